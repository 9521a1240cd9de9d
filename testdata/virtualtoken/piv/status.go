package piv

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// A Status is what a card is like now.
type Status struct {
	PINTries int          `json:"pinTries"` // left; 0 is locked
	PUKTries int          `json:"pukTries"`
	LoggedIn bool         `json:"loggedIn"`
	Keys     []SlotStatus `json:"keys"`
	Counts   Counts       `json:"counts"`
}

// A SlotStatus is what a slot holds.
type SlotStatus struct {
	Slot      string    `json:"slot"` // "9A"
	Algorithm string    `json:"algorithm"`
	Subject   string    `json:"subject,omitempty"` // the common name
	Serial    string    `json:"serial,omitempty"`  // of the certificate, in hexadecimal digits
	NotAfter  time.Time `json:"notAfter,omitzero"`
}

var algorithmNames = map[byte]string{
	algorithmRSA2048: "RSA-2048", algorithmRSA3072: "RSA-3072", algorithmP256: "P-256", algorithmP384: "P-384",
}

// Status tells how the card is; it costs no try and changes nothing.
func (c *Card) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{PINTries: c.pin.left, PUKTries: c.puk.left, LoggedIn: c.verified, Counts: c.counts, Keys: []SlotStatus{}}
	for slot, key := range c.keys {
		line := SlotStatus{Slot: fmt.Sprintf("%02X", byte(slot)), Algorithm: algorithmNames[key.algorithm]}
		if certificate := c.certificateIn(slot); certificate != nil {
			line.Subject, line.NotAfter = certificate.Subject.CommonName, certificate.NotAfter
			line.Serial = fmt.Sprintf("%X", certificate.SerialNumber)
		}
		s.Keys = append(s.Keys, line)
	}
	slices.SortFunc(s.Keys, func(a, b SlotStatus) int { return int(a.Slot[1]) - int(b.Slot[1]) })
	return s
}

// Certificate is what is in slot now; nil when there is none.
func (c *Card) Certificate(slot Slot) *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.certificateIn(slot)
}

// SetCertificate puts a certificate into slot, as an administrator's tool would;
// nil takes it away.
func (c *Card) SetCertificate(slot Slot, certificate *x509.Certificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if certificate == nil {
		delete(c.objects, certificateTag[slot])
		return
	}
	c.objects[certificateTag[slot]] = certificateObject(certificate)
}

// Lock makes the PIN as if too many wrong ones had been given.
func (c *Card) Lock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pin.left = 0
	c.verified, c.fresh = false, false
}

// Unlock gives back all tries of PIN and PUK; both stay what they were.
func (c *Card) Unlock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pin.left, c.puk.left = c.tries, c.tries
}

// SetTries sets how many tries the PIN has left, from 0 (locked) to all.
func (c *Card) SetTries(left int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pin.left = max(0, min(left, c.tries))
}
