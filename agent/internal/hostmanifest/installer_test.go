package hostmanifest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestInstaller: the .msi brings what Install would write, and names it where
// browsers look.
func TestInstaller(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "installer", "windows")
	for name, firefox := range map[string]bool{"vn.kyso.host.chrome.json": false, "vn.kyso.host.firefox.json": true} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var got Manifest
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if want := Make("kyso-agent.exe", firefox, nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	wxs, err := os.ReadFile(filepath.Join(dir, "kyso.wxs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`Google\Chrome`, `Microsoft\Edge`, `Chromium`, `Mozilla`} {
		if n := strings.Count(string(wxs), `Root="HKLM" Key="Software\`+key+`\NativeMessagingHosts\`+Name+`" Type="string"`); n != 1 {
			t.Errorf("kyso.wxs has %d keys of %s", n, key)
		}
	}
}
