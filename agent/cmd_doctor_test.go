package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kyso/agent/internal/doctor"
)

// emptyHome is somebody's empty home, in which a Chromium has run.
func emptyHome(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_RUNTIME_DIR", home)
	state := filepath.Join(home, ".config", "chromium", "Local State")
	if err := os.MkdirAll(filepath.Dir(state), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(state, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// policyFile is a policy of the test's own.
func policyFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// plainPolicy has a library whose child ends at once: this program is the test,
// and no token-host.
const plainPolicy = `{"allowedOrigins":["https://eoffice.example"],"pkcs11Modules":["/nonexistent/lib.so"],"pkcs11Hosts":{"/nonexistent/lib.so":"/bin/false"}}`

func TestBrowserCommand(t *testing.T) {
	home := emptyHome(t)
	policy := policyFile(t, plainPolicy)
	file := filepath.Join(home, ".config/chromium/NativeMessagingHosts/vn.kyso.host.json")
	code, out, _ := call("vi", "--policy", policy, "browser")
	// A package on this machine would have registered itself.
	if _, err := os.Stat("/etc/chromium/native-messaging-hosts/vn.kyso.host.json"); err != nil && (code != exitFailed || !strings.Contains(out, "Chromium: Chưa đăng ký")) {
		t.Errorf("before: %d, %s", code, out)
	}
	if code, out, errs := call("vi", "--policy", policy, "browser", "install"); code != 0 || !strings.Contains(out, file) {
		t.Fatalf("install: %d, %s%s", code, out, errs)
	}
	if code, out, _ := call("en", "--policy", policy, "browser", "status"); code != 0 || !strings.Contains(out, "Chromium: Registered for you alone: "+file) {
		t.Errorf("after: %d, %s", code, out)
	}
	data, err := os.ReadFile(file)
	self := (&env{}).self()[0]
	if err != nil || !strings.Contains(string(data), `"path": "`+self+`"`) {
		t.Errorf("%s, %v", data, err)
	}
	if code, _, _ := call("vi", "browser", "remove"); code != 0 {
		t.Errorf("remove: %d", code)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the manifest stayed")
	}
	// The test's program lies in a folder that others may write to.
	if code, out, errs := call("vi", "--policy", policy, "browser", "install", "--machine"); code != exitFailed || out != "" || !strings.Contains(errs, "người khác có thể thay đổi") {
		t.Errorf("machine: %d, %s%s", code, out, errs)
	}
}

func TestDoctorCommand(t *testing.T) {
	emptyHome(t)
	policy := policyFile(t, plainPolicy)
	code, out, errs := call("vi", "--policy", policy, "doctor", "--json")
	var r doctor.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s%s", err, out, errs)
	}
	status := func(id string) (list []doctor.Status) {
		for _, c := range r.Checks {
			if c.ID == id {
				list = append(list, c.Status)
			}
		}
		return list
	}
	if code != exitFailed || r.Ready || r.Version != version {
		t.Errorf("%d, %+v", code, r)
	}
	for id, want := range map[string]doctor.Status{"agent": doctor.Warning, "policy": doctor.OK, "sites": doctor.OK, "module": doctor.Problem, "token": doctor.Warning, "log": doctor.OK, "clock": doctor.OK} {
		if got := status(id); !slices.Equal(got, []doctor.Status{want}) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if got := status("browser"); len(got) == 0 || got[0] == doctor.OK {
		t.Errorf("browser: %q", got)
	}
	// Problems first, in words, each with what to do.
	_, out, _ = call("vi", "--policy", policy, "doctor")
	lines := strings.Split(out, "\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[1], "✗ Lỗi – Thư viện của thiết bị: /nonexistent/lib.so: ") || !strings.HasPrefix(lines[2], "    Cách xử lý: Thư viện") {
		t.Errorf("%s", out)
	}
	if _, out, _ := call("en", "--policy", policy, "doctor"); !strings.Contains(out, "✗ Problem – Token library") || !strings.Contains(out, "Not ready") {
		t.Errorf("%s", out)
	}

	bad := policyFile(t, `{"allowedOriginz":[]}`)
	code, out, _ = call("vi", "--policy", bad, "doctor")
	if code != exitFailed || !strings.Contains(out, "✗ Lỗi – Chính sách: ") || !strings.Contains(out, "allowedOriginz") {
		t.Errorf("%d, %s", code, out)
	}
}
