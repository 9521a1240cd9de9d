package trust_test

import (
	"crypto"
	"crypto/rsa"
	"math/big"
	"testing"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
)

// TestOldGeneration: SHA-1 below one anchor, until its date, with a key that
// is long enough; nothing else.
func TestOldGeneration(t *testing.T) {
	anchor, other := issue(t, "old", newKey(t), nil, true, nil).cert, issue(t, "new", newKey(t), nil, true, nil).cert
	until := time.Date(2030, 3, 5, 0, 0, 0, 0, time.UTC)
	store := trust.NewStoreOf(trust.Anchor{Certificate: anchor, SHA1Until: until}, trust.Anchor{Certificate: other})
	key := func(bits uint) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1), E: 65537}
	}
	in := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name     string
		hash     crypto.Hash
		bits     uint
		at       time.Time
		below    int // 0: anchor, 1: other
		old, bad bool
	}{
		{"SHA-1 in its time", crypto.SHA1, 2048, in(2016), 0, false, false},
		{"SHA-1 later", crypto.SHA1, 2048, in(2026), 0, true, false},
		{"SHA-1 after the date", crypto.SHA1, 2048, until, 0, false, true},
		{"SHA-1 with RSA 1024", crypto.SHA1, 1024, in(2026), 0, false, true},
		{"SHA-1 below another anchor", crypto.SHA1, 2048, in(2026), 1, false, true},
		{"MD5", crypto.MD5, 2048, in(2026), 0, false, true},
		{"SHA-256", crypto.SHA256, 2048, in(2026), 0, false, false},
	} {
		below := store.Anchors()[c.below]
		old, err := store.Acceptable(algorithm.Signature{Key: algorithm.RSA, Hash: c.hash}, key(c.bits), c.at, below)
		if old != c.old || (err != nil) != c.bad {
			t.Errorf("%s: old generation %v, %v", c.name, old, err)
		}
	}
}
