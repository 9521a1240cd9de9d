package nativehost

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/agent/internal/hostmanifest"
)

const extensionDir = "../../../webext/extension"

// TestIDs: the id of an unpacked extension is the first half of the SHA-256 of
// its key, each digit as a letter from a on (Chrome, "manifest key").
func TestIDs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(extensionDir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	sum, id := sha256.Sum256(key), ""
	for _, b := range sum[:16] {
		id += string(rune('a'+b>>4)) + string(rune('a'+b&15))
	}
	if hostmanifest.ChromeID != id {
		t.Errorf("the key is of %s", id)
	}
	text, err = os.ReadFile(filepath.Join(extensionDir, "manifest.firefox.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Settings struct{ Gecko struct{ ID string } } `json:"browser_specific_settings"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil || manifest.Settings.Gecko.ID != hostmanifest.FirefoxID {
		t.Errorf("Firefox's manifest says %q, %v", manifest.Settings.Gecko.ID, err)
	}
}

func TestAsking(t *testing.T) {
	const id = "chrome-extension://macengpdlehkbnphmgbiaalindljbkom/"
	for _, c := range []struct {
		args []string
		want string
		id   string
	}{
		{[]string{id}, id, hostmanifest.ChromeID},
		{[]string{id, "--parent-window=0"}, id, hostmanifest.ChromeID},
		{[]string{"/usr/lib/mozilla/native-messaging-hosts/vn.kyso.host.json", "extension@kyso"}, "extension@kyso", hostmanifest.FirefoxID},
		{[]string{`C:\Program Files\Kyso\firefox.json`, "{6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1}"}, "{6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1}", "{6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1}"},
		{[]string{"chrome-extension://evil"}, "chrome-extension://evil", ""},
		{[]string{"chrome-extension://extension@kyso/"}, "chrome-extension://extension@kyso/", ""},
		{[]string{"chrome-extension://macengpdlehkbnphmgbiaalindljbkom"}, "chrome-extension://macengpdlehkbnphmgbiaalindljbkom", ""},
		{args: nil}, {args: []string{"agent"}}, {args: []string{"verify", "a.pdf"}}, {args: []string{"sites.json"}}, {args: []string{"policy", "sign"}}, {args: []string{"x.json", "out.json"}}, {args: []string{"extension@kyso"}},
	} {
		got, ok := Asking(c.args)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q: %q, %v", c.args, got, ok)
		}
		if parsed, err := parseAsking(got); string(parsed) != c.id || (err == nil) != (c.id != "") {
			t.Errorf("%q: %q, %v", c.args, parsed, err)
		}
	}
	// Firefox names the bare id; Chromium's comes with its scheme alone.
	if _, err := parseAsking("macengpdlehkbnphmgbiaalindljbkom"); err == nil {
		t.Error("a bare Chromium id is taken")
	}
	if !mayConnect(hostmanifest.ChromeID, nil) || !mayConnect(hostmanifest.FirefoxID, nil) || mayConnect("macengpdlehkbnphmgbiaalindljbkoa", nil) || !mayConnect("macengpdlehkbnphmgbiaalindljbkoa", []string{"macengpdlehkbnphmgbiaalindljbkoa"}) {
		t.Error("who may connect")
	}
}
