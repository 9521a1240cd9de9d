//go:build linux && cgo

package token_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWatchListed: a library that is known to tell of tokens is not asked all the
// time, and one that has its name and does not tell is found out.
func TestWatchListed(t *testing.T) {
	f := newFixture(t)
	library := filepath.Join(f.dir, "opensc-pkcs11.so")
	if err := os.Link(f.faulty(), library); err != nil {
		t.Fatal(err)
	}
	f.on("wait-never")
	seen := watching(t, f.module(library))
	for start := time.Now(); f.count("lists") < 2; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > soon {
			t.Fatal("the slots are not watched")
		}
	}
	before := f.count("lists")
	time.Sleep(2 * time.Second)
	if n := f.count("lists") - before; n > 8 { // two calls a look, one look in two seconds; otherwise twenty
		t.Errorf("%d calls of C_GetSlotList in two seconds", n)
	}
	f.on("empty")
	expectChange(t, seen, "removal")
	f.off("empty")
	expectChange(t, seen, "insertion")
	untilListed(t, f)
}
