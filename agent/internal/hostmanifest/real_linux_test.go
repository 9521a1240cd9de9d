package hostmanifest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a browser may take to start on a busy machine.
const patience = 90 * time.Second

// background is the whole extension of these tests: it asks for the host.
const background = `(globalThis.browser ?? chrome).runtime.connectNative("` + Name + `");`

// registered is a person's home in which a program that notes its arguments is
// registered for all his browsers.
func registered(t *testing.T) (home, program string) {
	t.Helper()
	home = t.TempDir()
	s := System{Root: filepath.Join(home, "nothing"), Home: home, Config: filepath.Join(home, ".config")}
	put(t, filepath.Join(s.Config, "chromium", "Local State"), "{}")
	put(t, filepath.Join(home, ".mozilla/firefox/profiles.ini"), "")
	program = filepath.Join(home, "Phần mềm", "kyso")
	put(t, program, "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$0.new\"\nmv \"$0.new\" \"$0.arguments\"\ncat >/dev/null\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	results, err := s.Install(User, program, nil)
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	return home, program
}

// browse runs a browser in this home until the test ends, and gives the
// arguments with which it started the program.
func browse(t *testing.T, home, program, name string, args ...string) []string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "XDG_") || strings.HasPrefix(v, "DBUS_") }), "HOME="+home, "MOZ_HEADLESS=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it starts processes of its own
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (Debian packages chromium, firefox-esr)", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		select {
		case <-ended:
		default:
			<-ended
		}
	}()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		data, err := os.ReadFile(program + ".arguments")
		if err == nil {
			return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", name, err, &said)
		default:
		}
	}
	t.Fatalf("%s did not start the program\n%s", name, &said)
	return nil
}

// TestChromium: a real one finds the manifest, and starts the program for the
// extension whose key webext/extension has.
func TestChromium(t *testing.T) {
	home, program := registered(t)
	key, err := os.ReadFile("../../../webext/extension/key.pub")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := json.Marshal(map[string]any{
		"manifest_version": 3, "name": "test", "version": "1", "key": strings.TrimSpace(string(key)),
		"permissions": []string{"nativeMessaging"}, "background": map[string]any{"service_worker": "background.js"},
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(home, "extension")
	put(t, filepath.Join(dir, "manifest.json"), string(manifest))
	put(t, filepath.Join(dir, "background.js"), background)
	// Headless it would take an empty folder of its own; this is the one it has
	// where it shows a window.
	got := browse(t, home, program, "chromium", "--headless=new", "--user-data-dir="+filepath.Join(home, ".config", "chromium"), "--no-sandbox", "--disable-gpu", "--no-first-run", "--password-store=basic",
		"--disable-extensions-except="+dir, "--load-extension="+dir, "about:blank")
	if len(got) == 0 || got[0] != "chrome-extension://"+ChromeID+"/" {
		t.Errorf("started with %q", got)
	}
}

// TestFirefox: the same for the id of manifest.firefox.json.
func TestFirefox(t *testing.T) {
	home, program := registered(t)
	manifest, err := json.Marshal(map[string]any{
		"manifest_version": 3, "name": "test", "version": "1", "permissions": []string{"nativeMessaging"},
		"background":                map[string]any{"scripts": []string{"background.js"}},
		"browser_specific_settings": map[string]any{"gecko": map[string]any{"id": FirefoxID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	z := zip.NewWriter(&pack)
	for name, text := range map[string]string{"manifest.json": string(manifest), "background.js": background} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(home, "profile")
	put(t, filepath.Join(profile, "extensions", FirefoxID+".xpi"), pack.String())
	// Debian's takes an extension that nobody signed.
	put(t, filepath.Join(profile, "user.js"), `user_pref("xpinstall.signatures.required", false);
user_pref("extensions.autoDisableScopes", 0);
user_pref("extensions.startupScanScopes", 15);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.normandy.enabled", false);
`)
	got := browse(t, home, program, "firefox-esr", "--headless", "--no-remote", "--profile", profile, "about:blank")
	want := []string{filepath.Join(home, ".mozilla/native-messaging-hosts/vn.kyso.host.json"), FirefoxID}
	if !slices.Equal(got, want) {
		t.Errorf("started with %q, want %q", got, want)
	}
}
