package verify

import (
	"crypto/sha256"
	"time"
)

// proofs are the proofs of existence (ETSI EN 319 102-1, 5.6.2.3): since when
// an item of evidence is known to exist. What no trusted timestamp covers
// exists since the moment of validation.
type proofs struct {
	now   time.Time
	since map[[sha256.Size]byte]time.Time
	// sums spares hashing a long CRL again each time it is asked for.
	sums map[place][sha256.Size]byte
}

// place is where a slice lies in memory; evidence is never written to.
type place struct {
	first  *byte
	length int
}

func newProofs(now time.Time) *proofs {
	return &proofs{now, map[[sha256.Size]byte]time.Time{}, map[place][sha256.Size]byte{}}
}

func (p *proofs) id(der []byte) [sha256.Size]byte {
	if len(der) == 0 {
		return sha256.Sum256(nil)
	}
	at := place{&der[0], len(der)}
	sum, ok := p.sums[at]
	if !ok {
		sum = sha256.Sum256(der)
		p.sums[at] = sum
	}
	return sum
}

// add notes that der existed at t.
func (p *proofs) add(der []byte, t time.Time) {
	if id := p.id(der); t.Before(p.of(der)) {
		p.since[id] = t
	}
}

// of is the earliest moment der is proven to have existed.
//
//go:noinline
func (p *proofs) of(der []byte) time.Time {
	if t, ok := p.since[p.id(der)]; ok {
		return t
	}
	return p.now
}

// before is the part of list that is proven to have existed by t.
func (p *proofs) before(list [][]byte, t time.Time) [][]byte {
	if !t.Before(p.now) {
		return list
	}
	var found [][]byte
	for _, der := range list {
		if !p.of(der).After(t) {
			found = append(found, der)
		}
	}
	return found
}
