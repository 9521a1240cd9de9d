package fetch

import (
	"crypto"
	"time"
)

// IsPublic is tested alone: no test may speak to a public address.
var IsPublic = isPublic

// NeverSite is tested alone for the same reason.
var NeverSite = neverSite

// The bounds that tests count up to.
const (
	MaxRequests = maxRequests
	MaxPerHost  = maxPerHost
)

// Check judges one answer, as Timestamp does.
func (t *Timestamper) Check(answer []byte, h crypto.Hash, digest, nonce []byte, sent time.Time) ([]byte, time.Time, error) {
	return t.check(answer, h, digest, nonce, sent)
}
