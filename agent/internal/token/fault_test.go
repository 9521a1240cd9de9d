//go:build linux && cgo

package token_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"kyso/agent/internal/token"
)

// soon bounds what must not take long: a crash is noticed at once.
const soon = 10 * time.Second

func TestLibraryCrashesAtStart(t *testing.T) {
	f := newFixture(t)
	f.on("init-crash")
	m := f.module(f.faulty())
	start := time.Now()
	for range 3 {
		_, err := m.Identities(context.Background())
		if !errors.Is(err, token.ErrModule) || !strings.Contains(err.Error(), "stopped unexpectedly") {
			t.Fatalf("error = %v", err)
		}
	}
	// The second restart waits half a second.
	if d := time.Since(start); d < 500*time.Millisecond || d > soon {
		t.Errorf("three starts took %v", d)
	}
	f.off("init-crash")
	sign(t, open(t, m, "rsa"))
}

func TestLibraryFailsAtStart(t *testing.T) {
	f := newFixture(t)
	f.on("init-fail")
	m := f.module(f.faulty())
	if _, err := m.Identities(context.Background()); !errors.Is(err, token.ErrModule) || !strings.Contains(err.Error(), "CKR_GENERAL_ERROR") {
		t.Errorf("error = %v", err)
	}
	f.off("init-fail")
	find(t, m, "rsa")
}

func TestLibraryCrashesWhileSigning(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	k := open(t, m, "rsa")
	f.on("sign-crash")
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrModule) {
		t.Errorf("sign: %v", err)
	}
	f.off("sign-crash")
	// The key went with the child; signing again must not log in again.
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrModule) {
		t.Errorf("sign with the lost key: %v", err)
	}
	if err := k.Close(); err != nil {
		t.Errorf("close the lost key: %v", err)
	}
	if n := f.count("logins"); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
	sign(t, open(t, m, "rsa"))
}

func TestChildKilledWhileSigning(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	k := open(t, m, "ec")
	f.on("sign-hang")
	result := make(chan error, 1)
	go func() {
		_, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
		result <- err
	}()
	for start := time.Now(); f.count("signs") == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > soon {
			t.Fatal("C_Sign was not reached")
		}
	}
	if err := syscall.Kill(host(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-result:
		if !errors.Is(err, token.ErrModule) {
			t.Errorf("sign: %v", err)
		}
	case <-time.After(soon):
		t.Fatal("Sign did not notice that the child is gone")
	}
	f.off("sign-hang")
	sign(t, open(t, m, "ec"))
}

func TestChildKilledWhileIdle(t *testing.T) {
	f := newFixture(t)
	m := f.module(softHSM)
	id := find(t, m, "ec").ID
	if err := syscall.Kill(host(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	find(t, m, "ec") // listing is repeated
	if err := syscall.Kill(host(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for len(hosts(t)) > 0 {
		time.Sleep(time.Millisecond)
	}
	k, err := m.Open(context.Background(), id, []byte(pin), token.OpenOptions{})
	if errors.Is(err, token.ErrModule) { // its end was not noticed yet: never repeated with a PIN
		k, err = m.Open(context.Background(), id, []byte(pin), token.OpenOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	sign(t, k)
	k.Close()
}

func TestLibraryHangs(t *testing.T) {
	f := newFixture(t)
	f.on("init-hang")
	m := f.module(f.faulty())
	m.SignTimeout, m.ListTimeout = 300*time.Millisecond, 300*time.Millisecond
	start := time.Now()
	_, err := m.Identities(context.Background())
	if !errors.Is(err, token.ErrModule) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("list: %v", err)
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("hanging token hosts %v were not killed", list)
	}
	f.off("init-hang")
	m.ListTimeout = 0
	k := open(t, m, "rsa")
	f.on("sign-hang")
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sign: %v", err)
	}
	f.off("sign-hang")
	m.SignTimeout = 0
	sign(t, open(t, m, "rsa"))
	if d := time.Since(start); d > soon {
		t.Errorf("took %v", d)
	}
}

// A call waiting for another one gives up by its own context.
func TestWaitingCallGivesUp(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	m.SignTimeout = 2 * time.Second
	k := open(t, m, "rsa")
	f.on("sign-hang")
	signed := make(chan struct{})
	go func() {
		k.Sign(rand.Reader, digest(), crypto.SHA256)
		close(signed)
	}()
	for f.count("signs") == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := m.Identities(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("list: %v", err)
	}
	<-signed
}

// A page that closes its tab while certificates are listed must not end
// another's signing: the key open in the same child lives on.
func TestListingHarmsNoKey(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	k := open(t, m, "rsa")
	id, pid := find(t, m, "ec").ID, host(t)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	// Often, because whether a call waits is settled by chance.
	for range 20 {
		if _, err := m.Identities(ended); !errors.Is(err, context.Canceled) {
			t.Fatalf("list with an ended context: %v", err)
		}
		given := []byte(pin)
		if _, err := m.Open(ended, id, given, token.OpenOptions{}); !errors.Is(err, context.Canceled) || given[0] != 0 {
			t.Fatalf("open with an ended context: %v, PIN %q", err, given)
		}
	}
	sign(t, k)

	// In the middle of a listing, which others wait for too.
	f.on("list-slow")
	before := f.count("lists")
	leaving, leave := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() {
		_, err := m.Identities(leaving)
		left <- err
	}()
	for start := time.Now(); f.count("lists") == before; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > soon {
			t.Fatal("C_GetSlotList was not reached")
		}
	}
	type result struct {
		list []token.Identity
		err  error
	}
	stayed := make(chan result, 3)
	for range cap(stayed) {
		go func() {
			list, err := m.Identities(context.Background())
			stayed <- result{list, err}
		}()
	}
	time.Sleep(50 * time.Millisecond) // for them to ask
	leave()
	select {
	case err := <-left:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled listing: %v", err)
		}
	case <-time.After(300 * time.Millisecond):
		t.Error("the caller who left was kept waiting")
	}
	for range cap(stayed) {
		if r := <-stayed; r.err != nil || len(r.list) != 3 {
			t.Errorf("shared listing: %d identities, %v", len(r.list), r.err)
		}
	}
	// The library's wrapper asks twice for a list: its length first.
	if n := f.count("lists") - before; n != 2 {
		t.Errorf("%d calls of C_GetSlotList for one shared listing, want 2", n)
	}
	f.off("list-slow")
	sign(t, k)
	if now := host(t); now != pid {
		t.Errorf("token host %d was replaced by %d", pid, now)
	}
}

// Close does not wait for a library that hangs in a listing.
func TestCloseWhileListing(t *testing.T) {
	f := newFixture(t)
	f.on("init-hang")
	m := f.module(f.faulty())
	listed := make(chan error, 1)
	go func() {
		_, err := m.Identities(context.Background())
		listed <- err
	}()
	for start := time.Now(); len(hosts(t)) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > soon {
			t.Fatal("no token host was started")
		}
	}
	start := time.Now()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := <-listed; !errors.Is(err, os.ErrClosed) {
		t.Errorf("list: %v", err)
	}
	if d := time.Since(start); d > soon {
		t.Errorf("took %v", d)
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts after Close: %v", list)
	}
}

func TestLibraryLies(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	f.on("sign-lie")
	for _, name := range []string{"rsa", "ec"} {
		k := open(t, m, name)
		if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrModule) || !strings.Contains(err.Error(), "does not fit") {
			t.Errorf("%s: %v", name, err)
		}
		k.Close()
	}
}

// Vendor libraries print to standard output, where the answers go.
func TestLibraryPrints(t *testing.T) {
	f := newFixture(t)
	f.on("chatty")
	sign(t, open(t, f.module(f.faulty()), "rsa"))
}

func TestChildAnswersNonsense(t *testing.T) {
	for role, want := range map[string]string{
		"garbage-host":  "garbage",
		"not-json-host": "garbage",
		"silent-host":   "no answer in time",
		"daemon-host":   "no answer in time",
		"exit-host":     "exit status 3",
	} {
		t.Run(role, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			start := time.Now()
			_, err := startModule(t, role, softHSM).Identities(ctx)
			if d := time.Since(start); d > soon {
				t.Errorf("took %v", d)
			}
			if !errors.Is(err, token.ErrModule) || !strings.Contains(err.Error(), want) {
				t.Errorf("error = %v, want one with %q", err, want)
			}
		})
	}
	m := token.NewModule([]string{"/nonexistent/kyso", "token-host"}, softHSM)
	defer m.Close()
	if _, err := m.Identities(context.Background()); !errors.Is(err, token.ErrModule) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing command: %v", err)
	}
}

// The child ends when its parent dies, even inside a hanging call.
func TestHostEndsWithItsInput(t *testing.T) {
	f := newFixture(t)
	f.on("init-hang")
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	host := exec.Command(os.Args[0], "token-host", f.faulty())
	host.Stdin = in
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	ended := make(chan struct{})
	go func() { host.Wait(); close(ended) }()
	time.Sleep(200 * time.Millisecond)
	select {
	case <-ended:
		t.Fatal("the token host ended before its input")
	default:
	}
	out.Close()
	select {
	case <-ended:
	case <-time.After(soon):
		host.Process.Kill()
		t.Fatal("the token host outlived its input")
	}
}
