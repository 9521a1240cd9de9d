package hostmanifest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	program = "/usr/bin/env" // root's own, as a package installs Kyso
	another = "/bin/sh"
	policy  = "abcdefghijklmnopabcdefghijklmnop"
)

// machine is a person's home and a machine's files, both empty.
func machine(t *testing.T) System {
	t.Helper()
	dir := t.TempDir()
	return System{Root: filepath.Join(dir, "root"), Home: filepath.Join(dir, "home"), Config: filepath.Join(dir, "home", ".config")}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// files are all files of the machine, below its two folders.
func files(t *testing.T, s System) (list []string) {
	t.Helper()
	filepath.WalkDir(filepath.Dir(s.Root), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(filepath.Dir(s.Root), path)
			list = append(list, rel)
		}
		return nil
	})
	return list
}

func TestMachine(t *testing.T) {
	s := machine(t)
	for range 2 { // the second time changes nothing
		results, err := s.Install(Machine, program, []string{policy, "kyso@agency.example", policy})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				t.Errorf("%s: %v", r.Where, r.Err)
			}
		}
	}
	// By the documentation of the browsers; no person's file is touched.
	want := []string{
		"root/etc/chromium/native-messaging-hosts/vn.kyso.host.json",
		"root/etc/opt/chrome/native-messaging-hosts/vn.kyso.host.json",
		"root/etc/opt/edge/native-messaging-hosts/vn.kyso.host.json",
		"root/usr/lib/mozilla/native-messaging-hosts/vn.kyso.host.json",
	}
	if got := files(t, s); !slices.Equal(got, want) {
		t.Errorf("files %q", got)
	}
	for path, text := range map[string]string{
		want[0]: `{"name":"vn.kyso.host","description":"Kyso – ký số và kiểm tra chữ ký số","path":"/usr/bin/env","type":"stdio","allowed_origins":["chrome-extension://macengpdlehkbnphmgbiaalindljbkom/","chrome-extension://abcdefghijklmnopabcdefghijklmnop/"]}`,
		want[3]: `{"name":"vn.kyso.host","description":"Kyso – ký số và kiểm tra chữ ký số","path":"/usr/bin/env","type":"stdio","allowed_extensions":["extension@kyso","kyso@agency.example"]}`,
	} {
		path = filepath.Join(filepath.Dir(s.Root), path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got, wanted any
		json.Unmarshal([]byte(text), &wanted)
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(wanted)
		if string(a) != string(b) {
			t.Errorf("%s holds %s", path, data)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v", path, st.Mode())
		}
	}
	// What others have put beside ours stays.
	beside := filepath.Join(s.Root, "etc/chromium/native-messaging-hosts/org.example.json")
	put(t, beside, `{"name":"org.example"}`)
	for range 2 {
		for _, r := range s.Remove(Machine) {
			if r.Err != nil {
				t.Errorf("%s: %v", r.Where, r.Err)
			}
		}
	}
	if got := files(t, s); !slices.Equal(got, []string{"root/etc/chromium/native-messaging-hosts/org.example.json"}) {
		t.Errorf("left behind: %q", got)
	}
	if _, err := os.Stat(filepath.Join(s.Root, "etc/opt/chrome")); err == nil {
		t.Error("an empty folder stayed")
	}
	if _, err := os.Stat(filepath.Join(s.Root, "usr/lib")); err != nil {
		t.Error("a folder of the system's went")
	}
}

// TestFedora: there Firefox looks in lib64 where that is used.
func TestFedora(t *testing.T) {
	s := machine(t)
	put(t, filepath.Join(s.Root, "usr/lib64/mozilla/extensions/x"), "")
	if _, err := s.Install(Machine, program, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(files(t, s), "root/usr/lib64/mozilla/native-messaging-hosts/vn.kyso.host.json") {
		t.Errorf("%q", files(t, s))
	}
}

// TestUser: only the browsers that the person has get a file.
func TestUser(t *testing.T) {
	s := machine(t)
	put(t, filepath.Join(s.Config, "chromium", "Local State"), "{}")
	put(t, filepath.Join(s.Config, "mozilla", "firefox", "profiles.ini"), "") // of Firefox 147 and later
	results, err := s.Install(User, program, nil)
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, want := range []string{"home/.config/chromium/NativeMessagingHosts/vn.kyso.host.json", "home/.mozilla/native-messaging-hosts/vn.kyso.host.json"} {
		if !slices.Contains(files(t, s), want) {
			t.Errorf("no %s", want)
		}
	}
	found := s.Status(program, nil)
	if len(found) != 2 || found[0].ID != "chromium" || found[1].ID != "firefox" {
		t.Fatalf("%+v", found)
	}
	for _, f := range found {
		if r := f.Effective(); r.State != Right || r.Scope != User || r.Program != program || !f.Advice().Works {
			t.Errorf("%s: %+v, %+v", f.Name, r, f.Advice())
		}
	}
	s.Remove(User)
	if got := files(t, s); len(got) != 2 {
		t.Errorf("left behind: %q", got)
	}
	// Without a home nothing can be written, and nothing breaks.
	if results, err := (System{Root: s.Root}).Install(User, program, nil); err != nil || len(results) != 0 {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestStates(t *testing.T) {
	good, err := Make(program, false, []string{policy}).bytes()
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) string {
		text := strings.Replace(string(good), old, new, 1)
		if text == string(good) {
			t.Fatalf("the manifest has no %q", old)
		}
		return text
	}
	gone := filepath.Join(t.TempDir(), "kyso")
	link := filepath.Join(t.TempDir(), "kyso")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want State
	}{
		"right":         {string(good), Right},
		"by a link":     {swap(program, link), Right},
		"other program": {swap(program, another), WrongProgram},
		"program gone":  {swap(program, gone), ProgramGone},
		"a folder":      {swap(program, "/usr"), ProgramGone},
		"relative":      {swap(program, "kyso"), Damaged},
		"without the policy's": {swap(`,
    "chrome-extension://`+policy+`/"`, ""), WrongExtensions},
		"one more":               {swap(policy, strings.Repeat("a", 32)), WrongExtensions},
		"other type":             {swap("stdio", "http"), Damaged},
		"cut short":              {string(good[:len(good)/2]), Damaged},
		"empty":                  {"", Damaged},
		"no name":                {`{"path":"/usr/bin/env","type":"stdio"}`, Damaged},
		"of another":             {swap(Name, "org.example.host"), Foreign},
		"larger than any can be": {strings.Repeat(" ", maxManifest) + string(good), Damaged},
	} {
		t.Run(name, func(t *testing.T) {
			s := machine(t)
			put(t, filepath.Join(s.Root, "usr/lib/chromium/chromium"), "")
			path := filepath.Join(s.Config, "chromium/NativeMessagingHosts/vn.kyso.host.json")
			put(t, path, c.text)
			// A right one for the machine is hidden by the person's own.
			if _, err := s.Install(Machine, program, []string{policy}); err != nil {
				t.Fatal(err)
			}
			look := func() Found {
				found := s.Status(program, []string{policy})
				if len(found) != 1 {
					t.Fatalf("%+v", found)
				}
				return found[0]
			}
			f := look()
			if r := f.Effective(); r.State != c.want || r.Where != path {
				t.Errorf("%+v", r)
			}
			a := f.Advice()
			if a.Works != (c.want == Right) || a.Detail.VI == "" || a.Detail.EN == "" || (a.Remedy.VI == "") != a.Works {
				t.Errorf("%+v", a)
			}
			// Installing puts it right, except over another program's.
			results, err := s.Install(User, program, []string{policy})
			if err != nil || len(results) != 1 {
				t.Fatalf("%+v, %v", results, err)
			}
			data, _ := os.ReadFile(path)
			switch {
			case c.want == Foreign && (!errors.Is(results[0].Err, ErrForeign) || string(data) != c.text):
				t.Errorf("overwrote another's: %v", results[0].Err)
			case c.want != Foreign && (results[0].Err != nil || look().Effective().State != Right):
				t.Errorf("not put right: %v", results[0].Err)
			}
			s.Remove(User)
			if _, err := os.Stat(path); (err == nil) != (c.want == Foreign) {
				t.Errorf("after removal: %v", err)
			}
		})
	}
}

// TestOthersCanChange: such a program is not made everybody's.
func TestOthersCanChange(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root registers for everybody")
	}
	dir, err := os.MkdirTemp("/opt", "kyso-test-") // a folder that root alone may write, which /tmp is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "bin", "kyso")
	put(t, path, "#!/bin/sh\n")
	link := filepath.Join(t.TempDir(), "kyso")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change        func() error
		path          string
		machine, user bool
	}{
		"root's alone":            {func() error { return nil }, path, true, true},
		"by a link from anywhere": {func() error { return nil }, link, true, true}, // the file is what counts
		"group may write":         {func() error { return os.Chmod(path, 0o775) }, path, false, true},
		"everybody may write":     {func() error { return os.Chmod(path, 0o757) }, path, false, false},
		"folder open":             {func() error { return os.Chmod(filepath.Dir(path), 0o777) }, path, false, false},
		"sticky folder":           {func() error { return os.Chmod(filepath.Dir(path), 0o777|fs.ModeSticky) }, path, false, true},
		"folder of another":       {func() error { return os.Chown(filepath.Dir(path), 65534, 0) }, path, false, false},
		"another's":               {func() error { return os.Chown(path, 65534, 0) }, path, false, false},
		"no such file":            {func() error { return nil }, path + "x", false, false},
		"relative":                {func() error { return nil }, "kyso", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{os.Chown(path, 0, 0), os.Chmod(path, 0o755), os.Chown(filepath.Dir(path), 0, 0), os.Chmod(filepath.Dir(path), 0o755), os.Chmod(dir, 0o755), c.change()} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for scope, taken := range map[Scope]bool{Machine: c.machine, User: c.user} {
				s := machine(t)
				put(t, filepath.Join(s.Config, "chromium", "Local State"), "{}")
				_, err := s.Install(scope, c.path, nil)
				var refused *ProgramError
				if taken != (err == nil) || !taken && !errors.As(err, &refused) {
					t.Errorf("scope %d: %v", scope, err)
				}
				if written := len(files(t, s)) > 1; written != taken {
					t.Errorf("scope %d: written: %q", scope, files(t, s))
				}
			}
		})
	}
}

func TestSandboxed(t *testing.T) {
	s := machine(t)
	for _, dir := range []string{
		filepath.Join(s.Root, "snap/firefox"), filepath.Join(s.Root, "var/lib/snapd/snap/chromium"),
		filepath.Join(s.Root, "var/lib/flatpak/app/org.mozilla.firefox"), filepath.Join(s.Home, ".local/share/flatpak/app/com.google.Chrome"),
	} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	state := func() (list []string) {
		for _, f := range s.Status(program, nil) {
			a := f.Advice()
			works := map[bool]string{true: "works", false: "not"}[a.Works]
			list = append(list, f.Confined+" "+f.App+" "+works)
			if a.Detail.VI == "" || a.Detail.EN == "" || a.Remedy.VI == "" || a.Remedy.EN == "" {
				t.Errorf("%s %s: %+v", f.Confined, f.App, a)
			}
		}
		return list
	}
	if got, want := state(), []string{"snap firefox not", "flatpak org.mozilla.firefox not", "snap chromium not", "flatpak com.google.Chrome not"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	// A Firefox in a sandbox is reached through the place of an ordinary one; of
	// what is registered for it nothing helps a Chromium there.
	if _, err := s.Install(User, program, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := state(), []string{"snap firefox works", "flatpak org.mozilla.firefox works", "snap chromium not", "flatpak com.google.Chrome not"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func FuzzJudge(f *testing.F) {
	good, _ := Make(program, true, nil).bytes()
	f.Add(good)
	f.Add([]byte(`{"name":"vn.kyso.host","path":7}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		want := Make(program, true, nil)
		if state, _ := judge(data, "/", want); state == Right && !strings.Contains(string(data), "extension@kyso") {
			// JSON may spell it in another way, but not leave it out.
			var m Manifest
			if json.Unmarshal(data, &m) != nil || !slices.Contains(m.AllowedExtensions, FirefoxID) {
				t.Errorf("%q counts", data)
			}
		}
	})
}
