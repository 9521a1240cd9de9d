package signing

import (
	"context"
	"fmt"
	"io"
	"slices"

	"kyso/signature/pades"
	"kyso/signature/verify"
)

// Extended is a signed document at a higher level, or renewed.
type Extended struct {
	// Signed is the original document followed by what was appended. It reads
	// the original through Document.Data.
	Signed io.ReaderAt
	Size   int64
	SHA256 [32]byte // of all Size bytes
	// Changed is false when the document was at the level already and nothing
	// was missing: Signed is the original then.
	Changed bool
	// Before and After are the verdicts over the original, with the evidence
	// that was given and fetched, and over Signed, without any but its own.
	// Both are judged with what is trusted here.
	Before, After *verify.Report
	// Stamped counts the document timestamps that were added.
	Stamped int
}

// Extend raises every signature of d to level, and renews what is at B-LTA
// already: evidence about the newest timestamp's authority, and then a new
// timestamp over it. A signature's own bytes are never touched, so what a B-B
// signature gets is a document timestamp. ev is evidence beside the document.
//
// A signature that is proven bad is refused (ErrBadSignature): what
// is added must not dress it up. So is one that stays undecided for another
// reason than missing revocation (ErrUnreachable). Other errors: ErrTimestamp,
// ErrEvidence, ErrUnsigned, ErrLevel, pades.ErrEncrypted, ErrNotPDF, ErrDamaged.
// progress, which may be nil, is called with what of the document is read.
func (l *Levels) Extend(ctx context.Context, d Document, ev verify.Evidence, level string, progress func(done, total int64)) (*Extended, error) {
	if err := l.check(level, false); err != nil {
		return nil, err
	}
	if level == "B-B" {
		return nil, fmt.Errorf("level %q: %w: every signature has it", level, ErrLevel)
	}
	x, err := l.extend(ctx, d, ev, level, progress)
	if err != nil {
		return nil, ended(ctx, err)
	}
	return x, nil
}

func (l *Levels) extend(ctx context.Context, d Document, ev verify.Evidence, level string, progress func(done, total int64)) (*Extended, error) {
	c := l.climb(ctx, d.Data, d.Size, ev)
	c.step = progress
	before, digest, err := c.begin(d)
	if err != nil {
		return nil, err
	}
	judged, err := c.collect(true)
	if err != nil {
		return nil, err
	}
	x := &Extended{}
	if x.Before, err = c.told(c.evidence); err != nil {
		return nil, err
	}
	if err := c.admit(judged); err != nil {
		return nil, err
	}
	if unstamped(judged) {
		if err := c.timestamp(); err != nil {
			return nil, err
		}
		x.Stamped++
	}
	if level != "B-T" {
		// A file at B-LTA is renewed the way it was made.
		if err := c.raise(level); err != nil {
			return nil, err
		}
		if level == "B-LTA" {
			x.Stamped++
		}
	}
	after, sum, err := c.seal(before, digest, d.Size)
	if err != nil {
		return nil, err
	}
	if err := reached(after, level); err != nil {
		return nil, err
	}
	c.tell(after)
	x.Signed, x.Size, x.SHA256, x.After, x.Changed = c.data, c.size, sum, after, c.size != d.Size
	return x, nil
}

// begin looks at the document as it came: it must be signed and open, and its
// digest is what the result must begin with.
func (c *climb) begin(d Document) (*verify.Report, [32]byte, error) {
	fixed, err := bind(d.Data, d.Size)
	if err != nil {
		return nil, [32]byte{}, err
	}
	hashed, err := digest(contextReader{c.ctx, d.Data}, d.Size, func(int64) {}, fixed)
	if err != nil {
		return nil, [32]byte{}, err
	}
	c.data = fixed
	doc, err := c.open()
	if err != nil {
		return nil, [32]byte{}, err
	}
	if doc.Encrypted() {
		return nil, [32]byte{}, pades.ErrEncrypted
	}
	sum := [32]byte(hashed.Sum(nil))
	before, err := c.judge(doc, verify.Evidence{}, false)
	if err != nil {
		return nil, sum, err
	}
	if !slices.ContainsFunc(before.Signatures, func(s verify.Signature) bool { return s.Kind != "timestamp" }) {
		return nil, sum, ErrUnsigned
	}
	return before, sum, nil
}

// told judges the document with what is really trusted.
func (c *climb) told(ev verify.Evidence) (*verify.Report, error) {
	doc, err := c.open()
	if err != nil {
		return nil, err
	}
	return c.judge(doc, ev, false)
}

// admit refuses what must not be extended. The report takes the tops for
// trusted, so that a foreign CA is no reason.
func (c *climb) admit(r *verify.Report) error {
	for i := range r.Signatures {
		s := &r.Signatures[i]
		switch {
		case s.Verdict == verify.TotalPassed:
		case s.Verdict == verify.TotalFailed:
			return verdictError(ErrBadSignature, s)
		// What extending brings is revocation, and with a timestamp the proof
		// of when.
		case s.SubIndication == "TRY_LATER", s.SubIndication == "NO_CERTIFICATE_CHAIN_FOUND":
		case s.Kind == "timestamp": // a signature that needs it fails by itself
		default:
			return verdictError(ErrUnreachable, s)
		}
	}
	return nil
}

// unstamped tells whether a signature has no timestamp that counts.
func unstamped(r *verify.Report) bool {
	return slices.ContainsFunc(r.Signatures, func(s verify.Signature) bool {
		if s.Kind == "timestamp" {
			return false
		}
		stamped := slices.ContainsFunc(s.Timestamps, func(t verify.Timestamp) bool {
			return t.Kind != "content" && t.Verdict != verify.TotalFailed && s.Signer != nil && !t.Time.After(s.Signer.NotAfter)
		})
		return !stamped
	})
}

// reached tells whether every signature got there. What is no PAdES baseline
// signature has no level to reach, and is only better proven.
func reached(r *verify.Report, level string) error {
	for _, s := range r.Signatures {
		if s.Kind != "timestamp" && s.Level != "legacy" && rankOf(s.Level) < rankOf(level) {
			return fmt.Errorf("%w: the signature in field %q is at level %s", ErrUnreachable, shown(s.Field), s.Level)
		}
	}
	return nil
}
