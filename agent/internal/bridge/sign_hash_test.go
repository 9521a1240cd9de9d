package bridge_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

const hashSite = "https://hash.example"

// newHashing is an agent on which hashSite may have digests signed, and site not.
func newHashing(t *testing.T, allowed *atomic.Bool, ask func(context.Context, signing.DataQuestion) (signing.Approval, error)) *agent {
	allowed.Store(true)
	return newAgent(t, agentOptions{origins: []string{site, hashSite}, rates: true,
		signing: func(s *signing.Options) { s.ApproveData = ask },
		bridge: func(b *bridge.Options) {
			b.HashSigning = func(o origin.Origin) bool { return allowed.Load() && o.String() == hashSite }
		}})
}

func agreesToHash(_ context.Context, q signing.DataQuestion) (signing.Approval, error) {
	return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("1234")}, nil
}

// signHash sends a request with a capability of its own.
func (p *page) signHash(id, members string) {
	p.t.Helper()
	p.send(`{"v":1,"id":%q,"type":"request","method":"sign-hash","params":{"capability":%q,%s}}`, id, p.authorize("sign-hash"), members)
}

// TestSignHashOverTheBridge: the value is r and s, and holds over the digest with
// the certificate that comes along, which certificates gives too.
func TestSignHashOverTheBridge(t *testing.T) {
	var allowed atomic.Bool
	a := newHashing(t, &allowed, agreesToHash)
	p := a.connectFrom(hashSite, newKey(t))
	digest := sha512.Sum384([]byte("x"))
	p.signHash("h1", fmt.Sprintf(`"certificate":"","hash":%q,"hashFunction":"SHA-384"`, origin.Encode(digest[:])))
	m := p.until("result")
	var r struct {
		Signature   string
		Algorithm   struct{ CryptoAlgorithm, HashFunction, PaddingScheme string }
		Certificate struct{ ID, Holder, DER string }
	}
	if err := json.Unmarshal(m.Result, &r); err != nil {
		t.Fatal(err)
	}
	if r.Algorithm.CryptoAlgorithm != "ECC" || r.Algorithm.HashFunction != "SHA-384" || r.Algorithm.PaddingScheme != "NONE" || r.Certificate.Holder != "Nguyễn Văn Thử" {
		t.Errorf("%s", m.Result)
	}
	value := decode(t, r.Signature)
	key := a.token.Identity.Certificate.PublicKey.(*ecdsa.PublicKey)
	if len(value) != 64 || !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(value[:32]), new(big.Int).SetBytes(value[32:])) {
		t.Errorf("%d bytes that do not verify", len(value))
	}
	if string(decode(t, r.Certificate.DER)) != string(a.token.Identity.Certificate.Raw) {
		t.Error("another certificate")
	}
	p.send(`{"v":1,"id":"c1","type":"request","method":"certificates"}`)
	if m := p.until("result"); !strings.Contains(string(m.Result), r.Certificate.DER) {
		t.Errorf("%s", m.Result)
	}
	// Others are not told the certificate, which names the citizen.
	q := a.connect()
	q.send(`{"v":1,"id":"c1","type":"request","method":"certificates"}`)
	if m := q.until("result"); strings.Contains(string(m.Result), `"der"`) {
		t.Errorf("%s", m.Result)
	}
}

// TestSignHashForNobodyElse: a site that no administrator has named gets no
// signature over a digest, by whatever way it asks.
func TestSignHashForNobodyElse(t *testing.T) {
	var allowed atomic.Bool
	a := newHashing(t, &allowed, func(context.Context, signing.DataQuestion) (signing.Approval, error) {
		t.Error("the person was asked")
		return signing.Approval{}, nil
	})
	digest := sha256.Sum256([]byte("x"))
	members := fmt.Sprintf(`"certificate":"","hash":%q,"hashFunction":"SHA-256"`, origin.Encode(digest[:]))
	p := a.connect()
	p.send(`{"v":1,"id":"1","type":"request","method":"authorize","params":{"operation":"sign-hash"}}`)
	p.wantError("1", "HASH_REFUSED")
	for _, operation := range []string{"sign", "certificates"} { // a capability for something else
		p.send(`{"v":1,"id":"2","type":"request","method":"sign-hash","params":{"capability":%q,%s}}`, p.authorize(operation), members)
		p.wantError("2", "CAPABILITY_REFUSED")
	}
	// Another connection's, of a site that may.
	q := a.connectFrom(hashSite, newKey(t))
	token := q.authorize("sign-hash")
	p.send(`{"v":1,"id":"3","type":"request","method":"sign-hash","params":{"capability":%q,%s}}`, token, members)
	p.wantError("3", "CAPABILITY_REFUSED")
	q.send(`{"v":1,"id":"3","type":"request","method":"sign-hash","params":{"capability":%q,%s}}`, token, members)
	q.wantError("3", "CAPABILITY_REFUSED") // used up
	// One that might until just now.
	token = q.authorize("sign-hash")
	allowed.Store(false)
	q.send(`{"v":1,"id":"4","type":"request","method":"sign-hash","params":{"capability":%q,%s}}`, token, members)
	q.wantError("4", "HASH_REFUSED")
	// Where no administrator says anything, nobody may.
	none := newAgent(t, agentOptions{}).connect()
	none.send(`{"v":1,"id":"1","type":"request","method":"authorize","params":{"operation":"sign-hash"}}`)
	none.wantError("1", "HASH_REFUSED")
	if _, _, signs := a.token.Counts(); signs != 0 {
		t.Errorf("%d signatures", signs)
	}
}

// TestSignHashParams: what is no digest of a function that is good enough is not
// asked about.
func TestSignHashParams(t *testing.T) {
	var allowed atomic.Bool
	a := newHashing(t, &allowed, func(context.Context, signing.DataQuestion) (signing.Approval, error) {
		t.Error("the person was asked")
		return signing.Approval{}, nil
	})
	a.server.TestOnlyUnlimited()
	p := a.connectFrom(hashSite, newKey(t))
	zeros := func(n int) string { return origin.Encode(make([]byte, n)) }
	for what, members := range map[string]string{
		"SHA-1":            `"certificate":"","hash":"` + zeros(20) + `","hashFunction":"SHA-1"`,
		"SHA-1 as SHA-256": `"certificate":"","hash":"` + zeros(20) + `","hashFunction":"SHA-256"`,
		"SHA-224":          `"certificate":"","hash":"` + zeros(28) + `","hashFunction":"SHA-224"`,
		"MD5":              `"certificate":"","hash":"` + zeros(16) + `","hashFunction":"MD5"`,
		"no function":      `"certificate":"","hash":"` + zeros(32) + `"`,
		"no hash":          `"certificate":"","hashFunction":"SHA-256"`,
		"a DigestInfo":     `"certificate":"","hash":"` + zeros(51) + `","hashFunction":"SHA-256"`,
		"padded":           `"certificate":"","hash":"` + zeros(32) + `=","hashFunction":"SHA-256"`,
		"hexadecimal":      `"certificate":"","hash":"` + strings.Repeat("00", 32) + `","hashFunction":"SHA-256"`,
		"loose bits":       `"certificate":"","hash":"` + zeros(32)[:42] + `B","hashFunction":"SHA-256"`,
		"unknown member":   `"certificate":"","hash":"` + zeros(32) + `","hashFunction":"SHA-256","document":"x.pdf"`,
		"a PIN":            `"certificate":"","hash":"` + zeros(32) + `","hashFunction":"SHA-256","pin":"1234"`,
		"certificate":      `"certificate":"` + strings.Repeat("a", 201) + `","hash":"` + zeros(32) + `","hashFunction":"SHA-256"`,
		"language":         `"certificate":"","hash":"` + zeros(32) + `","hashFunction":"SHA-256","language":"fr"`,
	} {
		p.signHash("h", members)
		if m := p.answer("h"); m.Error.Code != "BAD_REQUEST" {
			t.Errorf("%s: %+v", what, m.Error)
		}
	}
	p.signHash("h", `"certificate":"nobody's","hash":"`+zeros(32)+`","hashFunction":"SHA-256"`)
	p.wantError("h", "NO_CERTIFICATE")
}

// answer reads on to the answer of a request.
func (p *page) answer(id string) message {
	p.t.Helper()
	for {
		if m := p.next(); m.ID == id && (m.Type == "error" || m.Type == "result") {
			return m
		}
	}
}

// TestSignHashRefusedAndCancelled: a refusal counts as one, and a cancel closes the
// window.
func TestSignHashRefusedAndCancelled(t *testing.T) {
	var allowed atomic.Bool
	asked, gone := make(chan struct{}, 10), make(chan struct{}, 10)
	wait := new(atomic.Bool)
	a := newHashing(t, &allowed, func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error) {
		asked <- struct{}{}
		if !wait.Load() {
			return signing.Approval{}, nil
		}
		<-ctx.Done()
		gone <- struct{}{}
		return signing.Approval{}, ctx.Err()
	})
	digest := sha256.Sum256([]byte("x"))
	members := fmt.Sprintf(`"certificate":"","hash":%q,"hashFunction":"SHA-256"`, origin.Encode(digest[:]))
	p := a.connectFrom(hashSite, newKey(t))
	wait.Store(true)
	p.signHash("1", members)
	<-asked
	// One at a time, with documents too.
	q := a.connect()
	q.send("%s", signRequest("s", 1, pdfOf(t, 1)))
	q.upload(1, pdfOf(t, 1))
	q.until("progress:queued")
	q.send(`{"v":1,"id":"s","type":"cancel"}`)
	q.wantError("s", "CANCELLED")
	p.send(`{"v":1,"id":"1","type":"cancel"}`)
	p.wantError("1", "CANCELLED")
	<-gone
	wait.Store(false)
	for range 3 {
		p.signHash("2", members)
		p.wantError("2", "REFUSED")
	}
	p.signHash("3", members)
	p.wantError("3", "RATE_LIMITED")
	if _, _, signs := a.token.Counts(); signs != 0 {
		t.Errorf("%d signatures", signs)
	}
}
