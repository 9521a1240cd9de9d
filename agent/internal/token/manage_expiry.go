package token

import (
	"crypto/x509"
	"strings"
	"time"
)

// ExpiryState is how a certificate stands in its life.
type ExpiryState string

const (
	ExpiryValid  ExpiryState = "valid"         // more than 60 days left
	ExpiryRenew  ExpiryState = "renew"         // 60 days or fewer left: ask for renewal now
	ExpiryLate   ExpiryState = "late"          // fewer than 30 days left: renewal is not accepted any more
	ExpiryOver   ExpiryState = "expired"       // the last day is past
	ExpiryFuture ExpiryState = "not-yet-valid" // the first day is still to come
)

const (
	day = 24 * time.Hour
	// renewFrom is when people are told; the request goes through an agency's
	// hands and the mail.
	renewFrom = 60
	// renewLeast: a certificate must have this many days left to be renewed, or
	// to have its contents changed (Decree 68/2024/ND-CP, in the guidance of the
	// provinces).
	renewLeast = 30
)

// Expiry is what a calendar says of a certificate.
type Expiry struct {
	State ExpiryState
	// DaysLeft are whole days until it ends, negative when it has.
	DaysLeft int
	// ClockSuspect: the computer's clock stands before the certificate was
	// issued, or before this program was built, so nothing here is certain.
	ClockSuspect bool
	// Renewable: one may ask for renewal at this moment. Whether it has been
	// renewed already, which is allowed once, the certificate does not say; see
	// Renewed.
	Renewable bool
}

// ExpiryAt judges a certificate at a moment. built is when the program was
// built, zero where that is not known. A certificate is valid up to and
// including NotAfter (RFC 5280, 4.1.2.5).
func ExpiryAt(c *x509.Certificate, now, built time.Time) Expiry {
	left := c.NotAfter.Sub(now)
	e := Expiry{State: ExpiryValid, DaysLeft: int(left / day)}
	e.ClockSuspect = now.Before(c.NotBefore) || now.Before(built)
	switch {
	case left < 0:
		e.State = ExpiryOver
		e.DaysLeft = min(e.DaysLeft, -1) // also on the first day
	case now.Before(c.NotBefore):
		e.State = ExpiryFuture
	case left < renewLeast*day:
		e.State = ExpiryLate
	case left <= renewFrom*day:
		e.State = ExpiryRenew
	}
	e.Renewable = left >= renewLeast*day && e.State != ExpiryFuture
	return e
}

// Renewed tells whether i is the renewal of another certificate that is still on
// the device: one of the same key that ends earlier. (A change of contents does
// not move the end.) False means only that no such one is there.
func (d Device) Renewed(i Identity) bool {
	return d.has(i, func(other *x509.Certificate) bool { return other.NotAfter.Before(i.Certificate.NotAfter) })
}

// Replaced tells whether the device holds a newer certificate of the same key.
func (d Device) Replaced(i Identity) bool {
	return d.has(i, func(other *x509.Certificate) bool {
		end := other.NotAfter.Compare(i.Certificate.NotAfter)
		return end > 0 || end == 0 && other.NotBefore.After(i.Certificate.NotBefore)
	})
}

// has looks for another certificate of the same key.
func (d Device) has(i Identity, such func(*x509.Certificate) bool) bool {
	for _, other := range d.Identities {
		c := other.Certificate
		if !c.Equal(i.Certificate) && samePublic(c.PublicKey, i.Certificate.PublicKey) && such(c) {
			return true
		}
	}
	return false
}

// governmentIssuers are the organisations in whose name the Government's CAs
// issue, in both spellings there are, lower case.
var governmentIssuers = []string{"ban cơ yếu chính phủ", "ban co yeu chinh phu"}

// Government tells whether a certificate names the Government Cipher Committee
// as its issuer, so that the forms of Decree 68/2024/ND-CP are its own. It is
// for advice only: nothing is verified.
func Government(c *x509.Certificate) bool {
	for _, o := range c.Issuer.Organization {
		for _, g := range governmentIssuers {
			if strings.ToLower(strings.TrimSpace(o)) == g {
				return true
			}
		}
	}
	return false
}

// Mails are the holder's e-mail addresses, of the subject alternative name and
// of older certificates' subject.
func Mails(c *x509.Certificate) []string {
	list := append([]string(nil), c.EmailAddresses...)
	for _, n := range c.Subject.Names {
		// 1.2.840.113549.1.9.1, emailAddress of PKCS #9.
		if v, ok := n.Value.(string); ok && n.Type.String() == "1.2.840.113549.1.9.1" && !contained(list, v) {
			list = append(list, v)
		}
	}
	return list
}

func contained(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}
