//go:build linux && cgo

package token_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"kyso/agent/internal/token"
)

// hiddenPIN is a PIN that stands nowhere in this process's memory as it is.
type hiddenPIN struct{ masked, mask [16]byte }

func newHiddenPIN(t *testing.T) *hiddenPIN {
	t.Helper()
	h := &hiddenPIN{}
	if _, err := rand.Read(h.mask[:]); err != nil {
		t.Fatal(err)
	}
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		t.Fatal(err)
	}
	for i, r := range random {
		h.masked[i] = ('a' + r%26) ^ h.mask[i]
	}
	return h
}

// shown gives the PIN to somebody who is to zero it.
func (h *hiddenPIN) shown() []byte {
	b := make([]byte, len(h.mask))
	for i := range b {
		b[i] = h.masked[i] ^ h.mask[i]
	}
	return b
}

// copies counts the PIN in all writable memory of this process. It compares
// without putting the PIN together.
func (h *hiddenPIN) copies(t *testing.T) int {
	t.Helper()
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	// Read by pieces that overlap, so that a copy of the memory is never searched.
	const piece = 64 << 10
	var buffer [piece]byte
	found, searched := 0, 0
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); n != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		for at := from; at < to; at += piece - int64(len(h.mask)) {
			n, _ := memory.ReadAt(buffer[:min(piece, to-at)], at)
			searched += n
			for i := 0; i+len(h.mask) <= n; i++ {
				next := bytes.IndexByte(buffer[i:n-len(h.mask)+1], h.masked[0]^h.mask[0])
				if next < 0 {
					break
				}
				if i += next; h.at(buffer[i:]) {
					found++
				}
			}
			clear(buffer[:])
		}
	}
	if searched < 1<<20 {
		t.Fatalf("only %d bytes were searched", searched)
	}
	return found
}

func (h *hiddenPIN) at(b []byte) bool {
	for i, m := range h.masked {
		if b[i]^h.mask[i] != m {
			return false
		}
	}
	return true
}

// After every order of a token's keeper the agent's memory holds no PIN.
func TestPINsAreNotLeftInMemory(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(softHSM))
	i := *identityOf(d, shared.holders["ec"].cert)
	p := plan(t, d, renewal(t, "ec", nil))
	first, second := newHiddenPIN(t), newHiddenPIN(t)
	ctx, o := context.Background(), token.OpenOptions{}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"change", func() error { return d.ChangePIN(ctx, []byte(pin), first.shown(), o) }},
		{"change again", func() error { return d.ChangePIN(ctx, first.shown(), second.shown(), o) }},
		{"wrong PIN", func() error {
			if err := d.Rename(ctx, i, "mới", first.shown(), o); err == nil {
				return fmt.Errorf("the old PIN was taken")
			}
			return nil
		}},
		{"rename", func() error { return d.Rename(ctx, i, "mới", second.shown(), o) }},
		{"import", func() error { _, err := d.Import(ctx, p, nil, second.shown(), o); return err }},
		{"test", func() error { _, err := d.Test(ctx, i, second.shown(), o); return err }},
		{"unlock", func() error { return d.Unlock(ctx, []byte(soPIN), first.shown(), o) }},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if a, b := first.copies(t), second.copies(t); a+b != 0 {
			t.Errorf("after %s the memory holds %d and %d copies of the PINs", step.name, a, b)
		}
	}
	// The search finds what is there.
	kept := first.shown()
	if first.copies(t) == 0 {
		t.Error("a copy that was kept is not found")
	}
	runtime.KeepAlive(kept)
}
