package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kyso/agent/internal/hostmanifest"
)

// TestBrowserPolicies reads files as administrators write them; the keys are
// those of the browsers' own lists of policies.
func TestBrowserPolicies(t *testing.T) {
	ids := []string{hostmanifest.ChromeID, hostmanifest.FirefoxID, "abcdefghijklmnopabcdefghijklmnop"}
	chrome := "etc/opt/chrome/policies/managed/a.json"
	for name, c := range map[string]struct {
		files map[string]string
		want  BrowserPolicy
	}{
		"loopback": {map[string]string{chrome: `{"LoopbackNetworkAllowedForUrls":["https://eoffice.example"],"HomepageLocation":"https://x.example"}`},
			BrowserPolicy{ID: "chrome", Loopback: []string{"https://eoffice.example"}}},
		"two files": {map[string]string{chrome: `{"NativeMessagingBlocklist":["*"]}`, "etc/opt/chrome/policies/managed/b.json": `{"NativeMessagingAllowlist":["vn.kyso.host"]}`},
			BrowserPolicy{ID: "chrome"}},
		"all hosts blocked":  {map[string]string{chrome: `{"NativeMessagingBlocklist":["*"],"NativeMessagingAllowlist":["org.example"]}`}, BrowserPolicy{ID: "chrome", HostBlocked: true}},
		"this host blocked":  {map[string]string{chrome: `{"NativeMessagingBlocklist":["vn.kyso.host"]}`}, BrowserPolicy{ID: "chrome", HostBlocked: true}},
		"machine's hosts":    {map[string]string{"etc/opt/edge/policies/managed/x.json": `{"NativeMessagingUserLevelHosts":false}`}, BrowserPolicy{ID: "edge", MachineHostsOnly: true}},
		"extensions blocked": {map[string]string{"etc/chromium/policies/managed/x.json": `{"ExtensionInstallBlocklist":["*"]}`}, BrowserPolicy{ID: "chromium", ExtensionBlocked: true}},
		"ours allowed":       {map[string]string{"etc/chromium/policies/managed/x.json": `{"ExtensionInstallBlocklist":["*"],"ExtensionInstallAllowlist":["abcdefghijklmnopabcdefghijklmnop"]}`}, BrowserPolicy{ID: "chromium"}},
		"ours forced": {map[string]string{"etc/brave/policies/managed/x.json": `{"ExtensionInstallBlocklist":["*"],"ExtensionInstallForcelist":["macengpdlehkbnphmgbiaalindljbkom;https://updates.example/x.xml"]}`},
			BrowserPolicy{ID: "brave"}},
		"settings":       {map[string]string{chrome: `{"ExtensionSettings":{"*":{"installation_mode":"blocked"},"macengpdlehkbnphmgbiaalindljbkom":{"installation_mode":"force_installed"}}}`}, BrowserPolicy{ID: "chrome"}},
		"settings block": {map[string]string{chrome: `{"ExtensionSettings":{"*":{"installation_mode":"blocked"}}}`}, BrowserPolicy{ID: "chrome", ExtensionBlocked: true}},
		"Firefox": {map[string]string{"etc/firefox/policies/policies.json": `{"policies":{"LocalNetworkAccess":{"SkipDomains":["eoffice.example"]},"ExtensionSettings":{"*":{"installation_mode":"blocked"}}}}`},
			BrowserPolicy{ID: "firefox", Loopback: []string{"eoffice.example"}, ExtensionBlocked: true}},
		"damaged": {map[string]string{chrome: `{`}, BrowserPolicy{ID: "chrome", Damaged: chrome}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range c.files {
				path := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			list := ReadBrowserPolicies(root+"/", ids)
			if len(list) != 1 {
				t.Fatalf("%+v", list)
			}
			got, want := list[0], c.want
			if want.Damaged != "" {
				want.Damaged = root + "//" + want.Damaged
				want.Damaged = filepath.Clean(want.Damaged)
				got.Damaged = filepath.Clean(got.Damaged)
			}
			if got.ID != want.ID || got.HostBlocked != want.HostBlocked || got.MachineHostsOnly != want.MachineHostsOnly || got.ExtensionBlocked != want.ExtensionBlocked ||
				got.Damaged != want.Damaged || !slices.Equal(got.Loopback, want.Loopback) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	if list := ReadBrowserPolicies(t.TempDir(), ids); len(list) != 0 {
		t.Errorf("of nothing: %+v", list)
	}
}
