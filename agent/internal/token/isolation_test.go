//go:build linux && cgo

package token_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kyso/agent/internal/token"
)

// A file that some library in the agent keeps open, for everybody, is not for
// the vendors' libraries.
func TestChildInheritsNoFile(t *testing.T) {
	f := newFixture(t)
	f.write("secret", "khóa của người khác")
	path := filepath.Join(f.dir, "secret")
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0) // without O_CLOEXEC, as C does
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	ordinary, err := os.Open(path) // with it, as Go does
	if err != nil {
		t.Fatal(err)
	}
	defer ordinary.Close()
	m := f.module(softHSM)
	k := open(t, m, "rsa")
	pid := host(t)
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	list, err := os.ReadDir(folder)
	if err != nil || len(list) < 4 { // its three and the answers
		t.Fatalf("%d descriptors, %v", len(list), err)
	}
	for _, entry := range list {
		if target, _ := os.Readlink(filepath.Join(folder, entry.Name())); target == path {
			t.Errorf("descriptor %s of the child is the agent's file", entry.Name())
		}
	}
	sign(t, k)
}

// The limits of what a library can do to the machine.
func TestChildIsLimited(t *testing.T) {
	f := newFixture(t)
	open(t, f.module(softHSM), "rsa")
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", host(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Max core file size 0 0 bytes", "Max data size 1073741824 1073741824 bytes"} {
		if !strings.Contains(strings.Join(strings.Fields(string(data)), " "), want) {
			t.Errorf("no %q in:\n%s", want, data)
		}
	}
}

// One library under two paths, as vendors install them, shows each token once,
// and a key is opened once.
func TestCopiedLibraryShowsTokenOnce(t *testing.T) {
	f := newFixture(t)
	data, err := os.ReadFile(softHSM)
	if err != nil {
		t.Fatal(err)
	}
	f.write("copy.so", string(data))
	c := token.Combine(f.module(softHSM), f.module(filepath.Join(f.dir, "copy.so")))
	list, err := c.Identities(context.Background())
	if err != nil || len(list) != 3 || len(c.Problems()) != 0 {
		t.Errorf("%d identities, %v, problems %v", len(list), err, c.Problems())
	}
	for _, i := range list {
		if i.Module != softHSM {
			t.Errorf("%s is from %s", i.Label, i.Module)
		}
	}
	if devices, problems := c.Devices(context.Background()); len(devices) != 1 || len(problems) != 0 {
		t.Errorf("%d tokens, problems %v", len(devices), problems)
	}
	sign(t, open(t, c, "ec"))
}

// A library that says at every look that its token was just removed, or that its
// slots do not exist, must not keep a processor busy.
func TestWatchBacksOff(t *testing.T) {
	for _, code := range []string{"50", "3"} { // CKR_DEVICE_REMOVED, CKR_SLOT_ID_INVALID
		t.Run(code, func(t *testing.T) {
			f := newFixture(t)
			f.write("nonsense-at-C_Initialize", code)
			watching(t, f.module(f.faulty()))
			time.Sleep(2 * time.Second)
			if n := f.count("inits"); n < 1 || n > 8 {
				t.Errorf("%d starts of the library in two seconds", n)
			}
		})
	}
}
