//go:build linux && cgo

package token_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"kyso/agent/internal/token"
)

// faultCase is one misbehaviour of the library at one call.
type faultCase struct {
	call, fault string // "crash", "hang", or the number that is its nonsense
	do          func(context.Context, *faultRun) error
	// want are the errors that fit, one of them; nil is "done all the same".
	want []error
}

// faultRun is a library of one case's own, in a folder of its own.
type faultRun struct {
	dir string
	m   *token.Module
	f   faultCase
}

// on switches the fault on. What a hanging call then delays is bounded.
func (r *faultRun) on() error {
	switch r.f.fault {
	case "hang":
		r.m.ListTimeout, r.m.SignTimeout = faultTime, faultTime
		fallthrough
	case "crash":
		return os.WriteFile(filepath.Join(r.dir, r.f.fault+"-at-"+r.f.call), nil, 0o600)
	}
	return os.WriteFile(filepath.Join(r.dir, "nonsense-at-"+r.f.call), []byte(r.f.fault), 0o600)
}

// faultTime is when a hanging call is given up, and faultBound when any call must
// have ended: the pauses before a restart and a quiet end are in it.
const (
	faultTime  = time.Second
	faultBound = 20 * time.Second
)

func (r *faultRun) identity(ctx context.Context) (string, error) {
	list, err := r.m.Identities(ctx)
	if err != nil {
		return "", err
	}
	for _, i := range list {
		if !utf8.ValidString(i.TokenLabel + i.TokenSerial + i.TokenModel + i.TokenManufacturer + i.Label) {
			return "", errors.New("a name that is not UTF-8")
		}
		if i.Certificate.Equal(shared.holders["rsa"].cert) {
			return i.ID, nil
		}
	}
	return "", errors.Join(r.m.Problems()...)
}

// The ways to the calls. Each switches the fault on where nothing before it is
// hurt by it.
func faultyList(ctx context.Context, r *faultRun) error {
	if err := r.on(); err != nil {
		return err
	}
	id, err := r.identity(ctx)
	if err != nil {
		return err
	}
	if id == "" {
		return token.ErrNoKey
	}
	return r.signWith(ctx, id, func() error { return nil })
}

func faultyOpen(ctx context.Context, r *faultRun) error {
	id, err := r.identity(ctx)
	if err != nil {
		return fmt.Errorf("before the fault: %v", err)
	}
	if err := r.on(); err != nil {
		return err
	}
	return r.signWith(ctx, id, func() error { return nil })
}

func faultySign(ctx context.Context, r *faultRun) error {
	id, err := r.identity(ctx)
	if err != nil {
		return fmt.Errorf("before the fault: %v", err)
	}
	return r.signWith(ctx, id, r.on)
}

func (r *faultRun) signWith(ctx context.Context, id string, opened func() error) error {
	if r.f.fault == "hang" { // Open has no bound of its own that could be set
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, faultTime+r.m.ListTimeout)
		defer cancel()
	}
	k, err := r.m.Open(ctx, id, []byte(pin), token.OpenOptions{})
	if err != nil {
		return err
	}
	if err := opened(); err != nil {
		return err
	}
	_, err = k.Sign(rand.Reader, digest(), crypto.SHA256)
	return errors.Join(err, k.Close())
}

// managing is an order that is given after the fault is on.
func managing(give func(context.Context, token.Device) error) func(context.Context, *faultRun) error {
	return func(ctx context.Context, r *faultRun) error {
		list, err := r.m.Devices(ctx)
		if err != nil || len(list) != 1 {
			return fmt.Errorf("before the fault: %d tokens, %v", len(list), err)
		}
		if err := r.on(); err != nil {
			return err
		}
		if r.f.fault == "hang" {
			var cancel func()
			ctx, cancel = context.WithTimeout(ctx, faultTime)
			defer cancel()
		}
		return give(ctx, list[0])
	}
}

func faultyWatch(ctx context.Context, r *faultRun) error {
	if err := r.on(); err != nil {
		return err
	}
	watched, cancel := context.WithTimeout(ctx, faultTime)
	defer cancel()
	r.m.Watch(watched, func() {})
	return faultyOpen(ctx, r) // which is not harmed
}

// errLeft: the new certificate is in the token, and the old one still there.
var errLeft = errors.New("left behind")

// faultCases are all calls with all faults.
func faultCases(renewed token.Import) []faultCase {
	change := managing(func(ctx context.Context, d token.Device) error {
		return d.ChangePIN(ctx, []byte(pin), []byte(newPIN), token.OpenOptions{})
	})
	unlock := managing(func(ctx context.Context, d token.Device) error {
		return d.Unlock(ctx, []byte(soPIN), []byte(newPIN), token.OpenOptions{})
	})
	replace := managing(func(ctx context.Context, d token.Device) error {
		left, err := d.Import(ctx, renewed, renewed.Old, []byte(pin), token.OpenOptions{})
		if left != "" {
			return errLeft
		}
		return err
	})
	rename := managing(func(ctx context.Context, d token.Device) error {
		return d.Rename(ctx, *identityOf(d, shared.holders["rsa"].cert), "Nhãn", []byte(pin), token.OpenOptions{})
	})
	const (
		odd       = "3735928559"           // as a return code: none of PKCS#11's
		endless   = "4294967296"           // 2^32 of something
		gigabyte  = "1073741824"           // 1 GiB
		large     = "33554432"             // 32 Mi: the child can just hold it
		unknown   = "18446744073709551615" // CK_UNAVAILABLE_INFORMATION
		otherwise = ""
	)
	var (
		broken  = []error{token.ErrModule}
		harmed  = []error{token.ErrModule, token.ErrTokenRemoved, token.ErrNoKey, token.ErrPINIncorrect}
		nothing = []error{nil}
		// A certificate that cannot be read is none; 2^32 bytes are 0 to the wrapper.
		unreadable = []error{token.ErrNoKey}
	)
	var all []faultCase
	for _, c := range []struct {
		call     string
		do       func(context.Context, *faultRun) error
		hard     []error            // of a crash and of hanging
		nonsense map[string][]error // by number
	}{
		{"C_GetFunctionList", faultyList, broken, map[string][]error{odd: broken, otherwise: broken}},
		{"C_Initialize", faultyList, broken, map[string][]error{odd: broken}},
		{"C_GetSlotList", faultyList, broken, map[string][]error{endless: broken, large: broken, unknown: broken, "0": {token.ErrNoToken}}},
		{"C_GetTokenInfo", faultyList, broken, map[string][]error{unknown: nothing}},
		{"C_GetMechanismList", faultySign, broken, map[string][]error{endless: broken, large: {token.ErrUnsupported, token.ErrModule}, "0": {token.ErrUnsupported}}},
		{"C_OpenSession", faultyList, broken, map[string][]error{unknown: harmed, "0": harmed}},
		{"C_GetSessionInfo", faultyOpen, broken, map[string][]error{odd: nothing}},
		{"C_Login", faultyOpen, broken, map[string][]error{odd: broken, "0": {token.ErrNoKey}}},
		{"C_FindObjectsInit", faultyList, broken, map[string][]error{odd: broken}},
		{"C_FindObjects", faultyList, broken, map[string][]error{endless: broken, gigabyte: broken, "64": harmed, "0": {token.ErrNoKey}}},
		{"C_FindObjectsFinal", faultyList, broken, map[string][]error{odd: broken}},
		{"C_GetAttributeValue", faultyList, broken, map[string][]error{endless: unreadable, gigabyte: broken, large: broken, unknown: unreadable, "0": unreadable}},
		{"C_SignInit", faultySign, broken, map[string][]error{odd: broken, "0": broken}},
		{"C_Sign", faultySign, broken, map[string][]error{"0": broken, "20": broken, large: broken, gigabyte: broken, endless: broken, unknown: broken}},
		{"C_Logout", faultySign, nothing, map[string][]error{odd: nothing}},
		{"C_CloseSession", faultySign, nothing, map[string][]error{odd: nothing}},
		{"C_Finalize", faultySign, nothing, map[string][]error{odd: nothing}},
		{"C_SetPIN", change, broken, map[string][]error{odd: broken}},
		{"C_InitPIN", unlock, broken, map[string][]error{odd: broken}},
		{"C_CreateObject", replace, broken, map[string][]error{unknown: {token.ErrNotRestored}, "0": {token.ErrNotRestored}}},
		{"C_DestroyObject", replace, broken, map[string][]error{odd: {errLeft}, "0": {errLeft}}},
		{"C_SetAttributeValue", rename, broken, map[string][]error{odd: broken, "0": {token.ErrNotPossible}}},
		{"C_WaitForSlotEvent", faultyWatch, nothing, map[string][]error{unknown: nothing}},
	} {
		all = append(all, faultCase{c.call, "crash", c.do, c.hard}, faultCase{c.call, "hang", c.do, c.hard})
		for number, want := range c.nonsense {
			all = append(all, faultCase{c.call, number, c.do, want})
		}
	}
	return all
}

// TestFaultsEverywhere: whatever a library does at whatever call, the agent lives
// and says which library it was, and another token signs all the while.
func TestFaultsEverywhere(t *testing.T) {
	f := newFixture(t)
	renewed := plan(t, device(t, f.module(softHSM)), renewal(t, "rsa", nil))
	beside := newBeside(t, f)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	before := memory.Sys

	cases := faultCases(renewed)
	places := make(chan struct{}, 8) // children at once
	var wg sync.WaitGroup
	for n, c := range cases {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			name := c.call + "/" + c.fault
			r, err := newFaultRun(filepath.Join(f.dir, fmt.Sprint(n)), c)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.m.Close()
			began := time.Now()
			err = c.do(context.Background(), r)
			if d := time.Since(began); d > faultBound {
				t.Errorf("%s: took %v", name, d)
			}
			checkFault(t, name, r, err)
		})
	}
	wg.Wait()
	made, slowest := beside.stop()
	runtime.ReadMemStats(&memory)
	t.Logf("%d cases; %d signatures beside them, the slowest in %v; memory grew by %d KiB", len(cases), made, slowest, (memory.Sys-before)>>10)
	if grown := memory.Sys - before; grown > 64<<20 {
		t.Errorf("the parent's memory grew by %d bytes: it was not only the child's", grown)
	}
}

func checkFault(t *testing.T, name string, r *faultRun, err error) {
	t.Helper()
	fits := false
	for _, want := range r.f.want {
		fits = fits || want == nil && err == nil || want != nil && errors.Is(err, want)
	}
	if !fits {
		t.Errorf("%s: %v, want one of %v", name, err, r.f.want)
	}
	for _, plain := range []error{nil, errLeft, token.ErrNoKey, token.ErrNoToken} {
		if err == plain || plain != nil && errors.Is(err, plain) { // not about the library
			return
		}
	}
	if !strings.Contains(err.Error(), filepath.Join(r.dir, "faulty.so")) {
		t.Errorf("%s: %v: does not name the library", name, err)
	}
	if r.f.fault == "hang" && !errors.Is(err, token.ModuleHung) {
		t.Errorf("%s: %v", name, err)
	}
	if r.f.fault == "crash" && !errors.Is(err, token.ModuleCrashed) {
		t.Errorf("%s: %v", name, err)
	}
}

// newFaultRun makes a library and a token that are only this case's. The child
// is told of the token by env(1), because the test's own environment is shared.
func newFaultRun(dir string, c faultCase) (*faultRun, error) {
	if err := os.CopyFS(filepath.Join(dir, "tokens"), os.DirFS(filepath.Join(shared.dir, "tokens"))); err != nil {
		return nil, err
	}
	conf, err := writeConfiguration(dir, "tokens")
	if err != nil {
		return nil, err
	}
	library, err := os.ReadFile(filepath.Join(shared.dir, "faulty.so"))
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "faulty.so")
	if err := os.WriteFile(path, library, 0o755); err != nil {
		return nil, err
	}
	m := token.NewModule([]string{"/usr/bin/env", "SOFTHSM2_CONF=" + conf, os.Args[0], "token-host"}, path)
	return &faultRun{dir, m, c}, nil
}

// beside is another token, which signs until it is stopped.
type beside struct {
	t       *testing.T
	end     chan struct{}
	done    chan struct{}
	made    int
	slowest time.Duration
}

func newBeside(t *testing.T, f fixture) *beside {
	k := open(t, f.module(softHSM), "ec")
	b := &beside{t: t, end: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		for {
			select {
			case <-b.end:
				return
			case <-time.After(20 * time.Millisecond):
			}
			began := time.Now()
			if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); err != nil {
				t.Errorf("the other token: %v", err)
				return
			}
			b.made++
			b.slowest = max(b.slowest, time.Since(began))
		}
	}()
	return b
}

func (b *beside) stop() (made int, slowest time.Duration) {
	close(b.end)
	<-b.done
	if b.made == 0 {
		b.t.Error("the other token has not signed")
	}
	return b.made, b.slowest
}
