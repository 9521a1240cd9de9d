package algorithm

import "crypto/x509"

// Work bounds what the verifications for one document may cost together, in
// units of about what one with RSA 2048 takes, 50 µs. Each search for a path
// and each question for revocation has bounds of its own, but a document may
// have a thousand signatures. A nil Work bounds nothing. It is not for several
// goroutines.
type Work struct {
	left  int
	known map[[2]*byte]error
}

// NewWork gives so many units.
func NewWork(units int) *Work { return &Work{units, map[[2]*byte]error{}} }

// Spend takes units; false when too few are left, and for all that follows.
func (w *Work) Spend(units int) bool {
	if w == nil {
		return true
	}
	w.left -= units
	if w.left < 0 {
		w.left = -1
	}
	return w.left >= 0
}

// Bytes is how many units of work it is to go through n bytes.
func Bytes(n int) int { return n >> 16 }

// cost is the price of one verification with the key of by: RSA grows with the
// square of its modulus, and the longer curves are slow.
func cost(by *x509.Certificate) int {
	const rsa2048 = 294 // bytes of its SubjectPublicKeyInfo
	n := len(by.RawSubjectPublicKeyInfo)
	if n < 200 {
		return 10
	}
	return 1 + 2*n*n/(rsa2048*rsa2048)
}

// Once calls verify for what lies at data, which never changes, with the key of
// by, unless that was done before; ok is false when no work is left.
func (w *Work) Once(data []byte, by *x509.Certificate, verify func() error) (err error, ok bool) {
	if w == nil || len(data) == 0 || len(by.Raw) == 0 {
		return verify(), true
	}
	at := [2]*byte{&data[0], &by.Raw[0]}
	// The same DSA certificate has another key on another path: see
	// InheritParameters.
	if err, known := w.known[at]; known && by.PublicKeyAlgorithm != x509.DSA {
		return err, true
	}
	if !w.Spend(cost(by) + Bytes(len(data))) {
		return nil, false
	}
	err = verify()
	w.known[at] = err
	return err, true
}
