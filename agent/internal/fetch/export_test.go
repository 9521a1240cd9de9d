package fetch

import (
	"crypto"
	"net"
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

// Patient is the connection that exchanges with sites have.
func Patient(c net.Conn, stall time.Duration) net.Conn { return &stallConn{c, stall} }
