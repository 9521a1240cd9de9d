//go:build linux && cgo

package token_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kyso/agent/internal/token"
	virtual "kyso/testdata/virtualtoken/device"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

// TestContractOfTheWire is the part of the contract about the way between
// library and token. SoftHSM has none: what its files can do instead is asserted
// in the same rows.
func TestContractOfTheWire(t *testing.T) {
	for _, row := range []struct {
		name string
		test func(*testing.T, contracted)
	}{
		{"remove while signing", contractRemove},
		{"remove between signatures", contractRemoveIdle},
		{"insert while watching", contractInsert},
		{"slow", contractSlow},
		{"dies while signing", contractDies},
		{"answers with garbage", contractGarbage},
	} {
		for _, name := range []string{"SoftHSM", "OpenSC"} {
			t.Run(row.name+"/"+name, func(t *testing.T) { row.test(t, contractTokens[name](t)) })
		}
	}
}

// pull takes the token out; the function it returns puts it back.
func (c contracted) pull(t *testing.T) (back func()) {
	t.Helper()
	if c.card != nil {
		c.card.Remove()
		return func() {
			c.card.Insert()
			virtualtokentest.Await(t, "the reader sees the card", func() bool { return c.card.Status().Powered })
		}
	}
	here, away := filepath.Join(c.f.dir, "tokens"), filepath.Join(c.f.dir, "away")
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	move(here, away)
	if err := os.Mkdir(here, 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.RemoveAll(here); err != nil {
			t.Fatal(err)
		}
		move(away, here)
	}
}

// afterwards: the token is there again, and what was lost was one signature.
func (c contracted) afterwards(t *testing.T, m *token.Module) {
	t.Helper()
	var last error
	virtualtokentest.Await(t, "the token signs again", func() bool {
		list, err := m.Identities(context.Background())
		if last = err; err != nil {
			return false
		}
		for _, i := range list {
			if i.Certificate.Equal(shared.holders["rsa"].cert) {
				k, err := m.Open(context.Background(), i.ID, []byte(c.pin), token.OpenOptions{})
				if last = err; err != nil {
					return false
				}
				sign(t, k)
				k.Close()
				return true
			}
		}
		return false
	})
	if t.Failed() {
		t.Log(last)
	}
	c.tries(t, 0, 0)
}

func contractRemove(t *testing.T, c contracted) {
	m := c.start(t)
	k := c.open(t, m, "rsa")
	sign(t, k)
	if c.card == nil { // no command is ever under way: its files go between two signatures
		removed := time.Now()
		back := c.pull(t)
		_, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
		result := make(chan error, 1)
		result <- err
		expectRemoved(t, result, removed)
		k.Close()
		back()
		c.afterwards(t, m)
		return
	}
	c.card.SetSlow(200 * time.Millisecond)
	before := c.card.Card.Status().Counts.Commands
	result := make(chan error, 1)
	go func() {
		_, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
		result <- err
	}()
	virtualtokentest.Await(t, "the card is asked to sign", func() bool { return c.card.Card.Status().Counts.Commands > before })
	removed := time.Now()
	back := c.pull(t)
	expectRemoved(t, result, removed)
	c.card.Heal()
	began := time.Now()
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrTokenRemoved) {
		t.Errorf("with the key of a token that is out: %v", err)
	}
	k.Close()
	if list := hosts(t); len(list) != 0 || time.Since(began) > soon {
		t.Errorf("token hosts %v, after %v", list, time.Since(began))
	}
	back()
	c.afterwards(t, m)
}

// A token that is pulled out between two signatures.
func contractRemoveIdle(t *testing.T, c contracted) {
	m := c.start(t)
	for range 2 {
		k := c.open(t, m, "rsa")
		sign(t, k)
		removed := time.Now()
		back := c.pull(t)
		result := make(chan error, 1)
		go func() {
			_, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
			result <- err
		}()
		expectRemoved(t, result, removed)
		k.Close()
		back()
		c.afterwards(t, m)
	}
}

// expectRemoved waits for the end of a signature whose token was pulled out.
func expectRemoved(t *testing.T, result <-chan error, removed time.Time) {
	t.Helper()
	select {
	case err := <-result:
		t.Logf("told %v after the removal: %v", time.Since(removed).Round(time.Millisecond), err)
		if !errors.Is(err, token.ErrTokenRemoved) {
			t.Errorf("not told as a removal: %v", err)
		}
	case <-time.After(soon):
		t.Fatal("the signature hangs")
	}
}

func contractInsert(t *testing.T, c contracted) {
	m := c.start(t)
	seen := watching(t, m)
	k := c.open(t, m, "rsa") // a signature is being made in another process meanwhile
	sign(t, k)
	k.Close()
	time.Sleep(2 * time.Second) // for the first looks; later is only kinder
	if c.card == nil {
		back := c.pull(t)
		if !c.showsNewOne {
			select {
			case <-seen:
				t.Error("SoftHSM tells of its files after all: write it down")
			case <-time.After(time.Second):
			}
		}
		back()
		c.afterwards(t, m)
		return
	}
	for range 3 {
		began := time.Now()
		back := c.pull(t)
		tell(t, seen, "removal", began)
		back() // returns when the reader has seen the card
		tell(t, seen, "insertion", time.Now())
	}
	c.afterwards(t, m)
}

// tell waits, and logs how long after the card was out, or the reader saw it, the
// change was told. Half a second is promised; pcscd's own looks for the virtual
// reader (every 400 ms) are in it, and a busy machine's delays.
func tell(t *testing.T, seen <-chan time.Time, what string, began time.Time) {
	t.Helper()
	select {
	case at := <-seen:
		t.Logf("%s told after %v", what, at.Sub(began).Round(time.Millisecond))
	case <-time.After(2 * soon):
		t.Fatalf("%s was not told", what)
	}
}

func contractSlow(t *testing.T, c contracted) {
	m := c.start(t)
	if c.card == nil { // no wire to be slow: the library's own slowness is TestListingHarmsNoKey
		sign(t, c.open(t, m, "rsa"))
		return
	}
	// So slow that another process looks meanwhile whether the card is still there
	// (lookAfter): that must not cost the signature its PIN.
	for _, name := range []string{"always", "rsa"} {
		k := c.open(t, m, name)
		c.card.SetSlow(300 * time.Millisecond)
		began := time.Now()
		sign(t, k)
		sign(t, k)
		if d := time.Since(began); d < 2*time.Second {
			t.Errorf("two signatures in %v: nobody had to look", d)
		}
		c.card.Heal()
		k.Close()
	}
	// Too slow for a bound: the child is killed, the next signature made anew.
	k := c.open(t, m, "rsa")
	m.SignTimeout = 300 * time.Millisecond
	c.card.SetSlow(time.Second)
	began := time.Now()
	_, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
	if !errors.Is(err, token.ModuleHung) {
		t.Errorf("%v", err)
	}
	if d := time.Since(began); d > soon {
		t.Errorf("took %v", d)
	}
	c.card.Heal()
	m.SignTimeout = 0
	k.Close()
	c.afterwards(t, m)
}

func contractDies(t *testing.T, c contracted) {
	m := c.start(t)
	k := c.open(t, m, "rsa")
	if c.card == nil { // its library would have to die: TestFaultsEverywhere
		sign(t, k)
		return
	}
	c.card.DieAt(virtual.GeneralAuthenticate)
	result := make(chan error, 1)
	began := time.Now()
	go func() {
		_, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
		result <- err
	}()
	expectRemoved(t, result, began)
	if c.card.Status().Inserted {
		t.Error("the card is still in")
	}
	k.Close()
	c.card.Insert()
	virtualtokentest.Await(t, "the reader sees the card", func() bool { return c.card.Status().Powered })
	c.afterwards(t, m)
}

func contractGarbage(t *testing.T, c contracted) {
	m := c.start(t)
	if c.card == nil { // its library would have to lie: TestLibraryLies
		sign(t, c.open(t, m, "rsa"))
		return
	}
	for _, lie := range []virtual.Lie{virtual.Garbage, virtual.BitFlip} {
		k := c.open(t, m, "rsa")
		c.card.WrongAnswers(virtual.GeneralAuthenticate, lie)
		if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrModule) {
			t.Errorf("lie %t: %v", lie, err)
		} else {
			t.Log(err)
		}
		c.card.Heal()
		k.Close()
		c.afterwards(t, m)
	}
	// While it is being listed.
	c.card.WrongAnswers(virtual.GetData, virtual.Garbage)
	if list, err := c.start(t).Identities(context.Background()); err == nil && len(list) > 0 {
		t.Errorf("%d identities made of garbage", len(list))
	}
	c.card.Heal()
	c.afterwards(t, m)
}
