package algorithm

import (
	"crypto"
	"crypto/dsa"
	"crypto/rsa"
	"fmt"
	"time"

	"kyso/signature/small"
)

// Weak is the error of Check: an algorithm that proves nothing at the time.
type Weak struct {
	// Algorithm is what is weak, for instance "SHA-1" or "RSA 1024".
	Algorithm string
	// Since is the first moment it was weak; zero means it always was.
	Since time.Time
}

// Error says what is weak and since when.
func (w *Weak) Error() string {
	if w.Since.IsZero() {
		return w.Algorithm + " is not secure"
	}
	return fmt.Sprintf("%s is not secure since %s", w.Algorithm, w.Since.Format(time.DateOnly))
}

// The dates of Check. ETSI TS 119 312 gives the idea (an algorithm has an end
// date per key length); the dates are the moments after which a signature made
// with it should no longer convince anybody.
var (
	// SHA-1: its first public collision is of February 2017, and public CAs
	// ended it on 1 January 2017. Government generation G1 in Viet Nam uses it
	// to 2030: the caller decides what it makes of the error.
	weakSHA1 = date(2017)
	// RSA below 2048 bits: NIST SP 800-131A disallows it after 2013.
	weakRSA1024 = date(2014)
	// 112-bit security (RSA 2048 to 2999, SHA-224): NIST IR 8547
	// deprecates it after 2030 and disallows it after 2035. Tokens with RSA 2048
	// are still handed out, for five years.
	weak112 = date(2036)
	// DSA below 2048 bits goes with RSA of that length. Longer keys end with
	// FIPS 186-5, which withdrew DSA for making signatures: published on
	// 3 February 2023, in force alone after a year of both.
	weakDSA = time.Date(2024, 2, 3, 0, 0, 0, 0, time.UTC)
)

//go:noinline
func date(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

// Check tells whether the algorithm with this key was acceptable at the given
// time: nil, or a *Weak. For a key it does not know it returns ErrUnsupported.
//
//	MD5, RSA below 1024 bits, RSA exponent below 3   never
//	RSA below 2048 bits                              before 2014
//	DSA below 2048 bits                              before 2014
//	SHA-1 as message digest                          before 2017
//	DSA                                              before 3 February 2024
//	RSA below 3000 bits, 224-bit digests             before 2036
//	everything else this package knows               no end date
//
// SHA-1 inside MGF1 is no reason: the mask needs no collision resistance.
func (s Signature) Check(pub crypto.PublicKey, at time.Time) error {
	if s.Key != Ed25519 {
		if err := CheckDigest(s.Hash, at); err != nil {
			return err
		}
	}
	if k, ok := pub.(*PSSPublicKey); ok {
		pub = k.Key
	}
	switch key := pub.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		name := fmt.Sprintf("RSA %d", bits)
		switch {
		case key.E < 3:
			return &Weak{Algorithm: fmt.Sprintf("RSA with exponent %d", key.E)}
		case bits < 1024:
			return &Weak{Algorithm: name}
		case bits < 2048:
			return weakFrom(name, weakRSA1024, at)
		case bits < 3000:
			return weakFrom(name, weak112, at)
		}
		return nil
	case *ECPublicKey:
		return nil
	case *dsa.PublicKey:
		if key.P == nil {
			break // inherited from an unknown key
		}
		bits := key.P.BitLen()
		name := fmt.Sprintf("DSA %d", bits)
		switch {
		case bits < 1024:
			return &Weak{Algorithm: name}
		case bits < 2048:
			return weakFrom(name, weakRSA1024, at)
		}
		return weakFrom(name, weakDSA, at)
	}
	if s.Key == Ed25519 {
		return nil
	}
	return small.Errorf("%w: key of type %T", ErrUnsupported, pub)
}

// CheckDigest is Check for a digest alone, such as a timestamp's imprint.
func CheckDigest(h crypto.Hash, at time.Time) error {
	switch h {
	case crypto.MD5:
		return &Weak{Algorithm: "MD5"}
	case crypto.SHA1:
		return weakFrom("SHA-1", weakSHA1, at)
	case crypto.SHA224, crypto.SHA512_224, crypto.SHA3_224:
		return weakFrom(h.String(), weak112, at)
	case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA512_256,
		crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512:
		return nil
	}
	return small.Errorf("%w: digest %d", ErrUnsupported, uint(h))
}

//go:noinline
func weakFrom(name string, since, at time.Time) error {
	if at.Before(since) {
		return nil
	}
	return &Weak{Algorithm: name, Since: since}
}
