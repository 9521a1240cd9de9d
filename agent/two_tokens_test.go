//go:build linux && cgo

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/token"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

const softHSMModule = "/usr/lib/softhsm/libsofthsm2.so"

// contenders are two persons with a token each.
type contenders struct {
	pins   map[string][]byte // by SHA-1 of the certificate, which no two share
	tokens string            // SoftHSM's folder
}

func newContenders(t *testing.T) contenders {
	t.Helper()
	dir := t.TempDir()
	c := contenders{pins: map[string][]byte{}, tokens: filepath.Join(dir, "tokens")}
	if err := os.Mkdir(c.tokens, 0o700); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+c.tokens+"\nobjectstore.backend = file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	for i, person := range world().Persons[:2] {
		label, pin := []string{"Thẻ A", "Thẻ B"}[i], []string{"1111222233", "4444555566"}[i]
		key, err := x509.MarshalPKCS8PrivateKey(person.Key)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{"key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), "cert.der": person.Certificate.Raw}
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		// Both have the same CKA_ID and label, as tokens of one batch do.
		run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", pin)
		run("softhsm2-util", "--import", filepath.Join(dir, "key.pem"), "--token", label, "--label", "ky", "--id", "01", "--pin", pin)
		run("pkcs11-tool", "--module", softHSMModule, "--token-label", label, "--login", "--pin", pin,
			"--write-object", filepath.Join(dir, "cert.der"), "--type", "cert", "--id", "01", "--label", "ky")
		c.pins[string(person.Certificate.Raw)] = []byte(pin)
	}
	return c
}

// person chooses one of the certificates at random, and remembers which was
// shown and approved.
type person struct {
	pins     map[string][]byte
	approved *x509.Certificate
}

func (p *person) Approve(_ context.Context, q signing.Question) (signing.Approval, error) {
	id := q.Identities[rand.IntN(len(q.Identities))]
	p.approved = id.Certificate
	return signing.Approval{Approved: true, CertificateID: id.ID, PIN: slices.Clone(p.pins[string(id.Certificate.Raw)])}, nil
}

// TestTwoTokens: whoever else uses the tokens, and however they come and go, a
// document is signed by the certificate that was shown and approved, or not at
// all; and no PIN is ever offered to the other person's token.
func TestTwoTokens(t *testing.T) {
	c := newContenders(t)
	kyso, err := exec.LookPath("kyso")
	if err != nil {
		t.Fatal(err)
	}
	original, err := signingtest.PDF(1)
	if err != nil {
		t.Fatal(err)
	}
	source := token.Combine(token.NewModule([]string{kyso, "token-host"}, softHSMModule))
	defer source.Close()

	ctx, stop := context.WithCancel(context.Background())
	var busy sync.WaitGroup
	busy.Go(func() { // other pages that ask which certificates there are
		for ctx.Err() == nil {
			source.Identities(ctx)
		}
	})
	busy.Go(func() { c.unplug(t, ctx) })

	const runs = 50 // by each of two
	signed := make([]int, 2)
	var workers sync.WaitGroup
	for w := range signed {
		workers.Go(func() {
			for range runs {
				who, err := c.signOnce(source, original)
				switch {
				case err == nil:
					signed[w]++
				case errors.Is(err, errOther):
					t.Errorf("approved was %s, but %v", who.Subject.CommonName, err)
				}
			}
		})
	}
	workers.Wait()
	stop()
	busy.Wait()
	t.Logf("signed %v of %d each; the others were refused", signed, runs)
	if signed[0] == 0 || signed[1] == 0 {
		t.Errorf("only %v were signed: this shows nothing", signed)
	}

	// A wrong PIN would have left its mark. A process of its own looks, because
	// SoftHSM sees the tokens that were there when it started.
	after := token.NewModule([]string{kyso, "token-host"}, softHSMModule)
	defer after.Close()
	list, err := after.Identities(context.Background())
	if err != nil || len(list) != 2 {
		t.Fatalf("%d identities at the end, %v", len(list), err)
	}
	for _, i := range list {
		if i.PIN != token.PINOK {
			t.Errorf("%s: PIN state %q: a wrong PIN was tried", i.TokenLabel, i.PIN)
		}
	}
}

var errOther = errors.New("another certificate signed")

// signOnce signs pdf as a person chooses, and looks who signed it.
func (c contenders) signOnce(source token.Source, original []byte) (*x509.Certificate, error) {
	p := &person{pins: c.pins}
	service, err := signing.New(signing.Options{Keys: &keys{source: source}, Approver: p, Clock: time.Now})
	if err != nil {
		return nil, err
	}
	r := signing.Request{Documents: []signing.Document{{Name: "a.pdf", Data: bytes.NewReader(original), Size: int64(len(original))}}}
	results, err := service.Sign(context.Background(), r, nil)
	if err != nil {
		return p.approved, err
	}
	doc, err := pdf.Open(results[0].Signed, results[0].Size)
	if err != nil {
		return p.approved, err
	}
	report, err := verify.Document(doc, verify.Evidence{}, verify.Policy{Trust: trust.NewStore(world().Root.Certificate), At: time.Now()})
	if err != nil {
		return p.approved, err
	}
	if len(report.Signatures) != 1 || !report.Signatures[0].Intact || !report.Signatures[0].Valid {
		return p.approved, errOther
	}
	want := sha256.Sum256(p.approved.Raw)
	if got := report.Signatures[0].Signer; got == nil || got.SHA256 != hex.EncodeToString(want[:]) {
		return p.approved, errOther
	}
	return p.approved, nil
}

// unplug takes one of the tokens away for a moment, again and again.
func (c contenders) unplug(t *testing.T, ctx context.Context) {
	entries, err := os.ReadDir(c.tokens)
	if err != nil {
		t.Error(err)
		return
	}
	for i := 0; ctx.Err() == nil; i++ {
		name := entries[i%len(entries)].Name()
		away := filepath.Join(filepath.Dir(c.tokens), name)
		if err := os.Rename(filepath.Join(c.tokens, name), away); err != nil {
			t.Error(err)
			return
		}
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		if err := os.Rename(away, filepath.Join(c.tokens, name)); err != nil {
			t.Error(err)
			return
		}
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
	}
}
