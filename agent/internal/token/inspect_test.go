//go:build linux && cgo

package token_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kyso/agent/internal/token"
)

// Every way a library can be broken is told apart, and the good one beside them
// is read all the same.
func TestInspect(t *testing.T) {
	f := newFixture(t)
	file := func(name string, content []byte) string {
		path := filepath.Join(f.dir, name)
		if err := os.WriteFile(path, content, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	library, err := os.ReadFile(f.faulty())
	if err != nil {
		t.Fatal(err)
	}
	foreign := append([]byte(nil), library...)
	foreign[18] = 3 // e_machine: 32-bit Intel
	libc, err := filepath.EvalSymlinks("/lib/x86_64-linux-gnu/libm.so.6")
	if err != nil {
		libc = "/lib/aarch64-linux-gnu/libm.so.6"
	}
	f.on("init-crash") // of the one library in this folder
	files := []token.ModuleFile{
		{Name: "tốt", Path: softHSM},
		{Name: "thiếu", Path: filepath.Join(f.dir, "missing.so")},
		{Name: "khác máy", Path: file("foreign.so", foreign)},
		{Name: "không phải thư viện", Path: file("text.so", []byte("không phải"))},
		{Name: "không phải PKCS#11", Path: libc},
		{Name: "đổ vỡ", Path: f.faulty()},
	}
	reports := token.Inspect(context.Background(), []string{os.Args[0], "token-host"}, files)
	if len(reports) != len(files) {
		t.Fatalf("%d reports, want %d", len(reports), len(files))
	}
	if r := reports[0]; r.Err != nil || len(r.Tokens) != 1 || r.Tokens[0].Label != label || r.Tokens[0].Certificates != 5 {
		t.Errorf("%s: %+v", r, r)
	}
	for i, want := range []token.ModuleProblem{token.ModuleMissing, token.ModuleForeign, token.ModuleForeign, token.ModuleNotPKCS11, token.ModuleCrashed} {
		r := reports[i+1]
		var got token.ModuleProblem
		if !errors.As(r.Err, &got) || got != want || !errors.Is(r.Err, token.ErrModule) {
			t.Errorf("%s: %v, want %q", r, r.Err, want)
		}
	}
}

// A library for another processor is loaded by another kyso.
func TestHostByPath(t *testing.T) {
	newFixture(t)
	host := filepath.Join(t.TempDir(), "kyso32")
	script := "#!/bin/sh\nexec " + os.Args[0] + " \"$@\"\n"
	if err := os.WriteFile(host, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	m := token.ModuleFile{Path: softHSM, Host: host}.Open([]string{"/nonexistent/kyso", "token-host"})
	defer m.Close()
	sign(t, open(t, m, "ec"))
}

func TestUserModules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kyso", "modules.json")
	if list, err := token.UserModules(path); err != nil || len(list) != 0 {
		t.Errorf("no file: %v, %v", list, err)
	}
	want := []token.ModuleFile{{Name: "Thẻ của tôi", Path: "/opt/x.so", Host: "/opt/kyso32"}}
	if err := token.WriteUserModules(path, want); err != nil {
		t.Fatal(err)
	}
	if got, err := token.UserModules(path); err != nil || len(got) != 1 || got[0] != want[0] {
		t.Errorf("%v, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := token.WriteUserModules(path, []token.ModuleFile{{Path: "relative.so"}}); err == nil {
		t.Error("a relative path is kept")
	}
	for name, content := range map[string]string{
		"relative": `[{"name":"","path":"x.so"}]`, "unknown member": `[{"path":"/x.so","exec":"/bin/sh"}]`,
		"more": `[] []`, "relative host": `[{"path":"/x.so","host":"kyso"}]`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := token.UserModules(path); err == nil {
			t.Errorf("%s: %v", name, list)
		}
	}
}

func FuzzUserModules(f *testing.F) {
	f.Add([]byte(`[{"name":"a","path":"/x.so"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "m.json")
		os.WriteFile(path, data, 0o600)
		list, err := token.UserModules(path)
		if err != nil {
			return
		}
		for _, m := range list {
			if !filepath.IsAbs(m.Path) {
				t.Errorf("%q", m.Path)
			}
		}
	})
}

func TestKnownModules(t *testing.T) {
	names := map[string]bool{}
	for _, k := range token.KnownModules() {
		if k.Name == "" || names[k.Name] {
			t.Errorf("%+v: no name, or a second one", k)
		}
		names[k.Name] = true
		if len(k.Linux)+len(k.Windows)+len(k.Darwin) == 0 {
			t.Errorf("%s: no file", k.Name)
		}
	}
}
