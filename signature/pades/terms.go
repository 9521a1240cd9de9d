package pades

// Terms are what a signature says and does besides approving the document:
// what Options ask for, and what the field to be signed adds to them. Whoever
// signs should be shown them before.
type Terms struct {
	// Reason is /Reason as it is written: that of Options, or the only one that
	// the field accepts.
	Reason string
	// Certify is the permission of the certification, by Options or by the
	// field's seed value; zero certifies nothing.
	Certify Permission
	// Lock is what signing closes, nil for nothing; Limit is what the field's
	// own Lock allows afterwards, zero when it does not say.
	Lock  *Lock
	Limit Permission
}

// Terms are those of the signature.
func (u *Unsigned) Terms() Terms { return u.terms }
