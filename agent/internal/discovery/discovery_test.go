//go:build !js

package discovery

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kyso/agent/internal/origin"
)

func TestWriteReadRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kyso", "agent-.json")
	if _, err := Read(path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("no file: %v", err)
	}
	key, err := origin.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, 17810, key, "1.0"); err != nil {
		t.Fatal(err)
	}
	a, err := Read(path)
	if err != nil || a.Port != 17810 || a.PID != os.Getpid() || a.Version != "1.0" {
		t.Fatalf("%+v, %v", a, err)
	}
	if der, err := a.PublicKey(); err != nil || string(der) != string(key.Public()) {
		t.Errorf("key: %v", err)
	}
	if err := Remove(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("still there")
	}
	if err := Remove(path); err != nil {
		t.Error(err)
	}

	// Of a process that has ended, as after a crash.
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, 17810, key, "1.0"); err != nil {
		t.Fatal(err)
	}
	stale := strings.Replace(read(t, path), fmt.Sprintf(`"pid":%d,`, os.Getpid()), fmt.Sprintf(`"pid":%d,`, gone.Process.Pid), 1)
	if err := os.WriteFile(path, []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("stale: %v", err)
	}
	// It is not this process's to remove, but to replace.
	if err := Remove(path); err != nil || read(t, path) != stale {
		t.Errorf("removed another's: %v", err)
	}
	if err := Write(path, 17811, key, "1.1"); err != nil {
		t.Fatal(err)
	}
	if a, err := Read(path); err != nil || a.Port != 17811 {
		t.Errorf("%+v, %v", a, err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestParseRefuses(t *testing.T) {
	key, err := origin.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	good := `{"port":17810,"pid":1,"key":"` + origin.Encode(key.Public()) + `","version":"1"}`
	if _, err := Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "two": good + good, "port 0": strings.Replace(good, "17810", "0", 1), "port": strings.Replace(good, "17810", "65536", 1),
		"no process": strings.Replace(good, `"pid":1`, `"pid":0`, 1), "all processes": strings.Replace(good, `"pid":1`, `"pid":-1`, 1),
		"unknown key": strings.Replace(good, `"pid"`, `"x":1,"pid"`, 1), "no key": strings.Replace(good, origin.Encode(key.Public()), "", 1),
		"key cut short": strings.Replace(good, origin.Encode(key.Public()), origin.Encode(key.Public())[:100], 1),
	} {
		if a, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"port":17810,"pid":1,"key":"AAAA","version":"1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Parse(b)
		if err == nil && (a.PID < 1 || a.Port < 1 || a.Port > 65535) {
			t.Errorf("%+v", a)
		}
	})
}
