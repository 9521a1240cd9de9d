package signing

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
)

// token gets a timestamp over digest, or an ErrTimestamp that says why not.
func (l *Levels) token(ctx context.Context, h crypto.Hash, digest []byte) ([]byte, time.Time, error) {
	if l == nil || l.Timestamps == nil {
		return nil, time.Time{}, fmt.Errorf("%w: %w", ErrTimestamp, ErrLevel)
	}
	token, at, err := l.Timestamps.Timestamp(ctx, h, digest)
	switch {
	case ctx.Err() != nil:
		return nil, time.Time{}, ctx.Err()
	case err != nil:
		return nil, time.Time{}, fmt.Errorf("%w: %w", ErrTimestamp, err)
	}
	return token, at, nil
}

// finish puts the signature value into u, from B-T on with a timestamp over it,
// for which pades.Options.Timestamp made room. Without the timestamp there is no
// signed document.
func (l *Levels) finish(ctx context.Context, u *pades.Unsigned, value []byte, level string) (*pades.Signed, error) {
	if rankOf(level) < rankOf("B-T") {
		return u.Finish(value)
	}
	sum := sha256.Sum256(value)
	token, at, err := l.token(ctx, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	if level == "B-T" {
		l.knowAuthority(token, sum[:], at)
	}
	return u.FinishStamped(value, token)
}

// timestamp appends a document timestamp.
func (c *climb) timestamp() error {
	doc, err := c.open()
	if err != nil {
		return err
	}
	u, err := pades.PrepareTimestamp(doc, pades.TimestampOptions{})
	if err != nil {
		return fmt.Errorf("prepare document timestamp: %w", damaged(err))
	}
	if err := c.rehearse(doc, u.Unfilled()); err != nil {
		return err
	}
	token, at, err := c.l.token(c.ctx, u.Hash(), u.Digest())
	if err != nil {
		return err
	}
	signed, err := u.Finish(token)
	if err != nil {
		return fmt.Errorf("finish document timestamp: %w: %w", ErrTimestamp, err)
	}
	if at.After(c.latest) {
		c.latest = at
	}
	c.data, c.size = signed, signed.Size()
	return nil
}

// rehearse finds out whether a timestamp would harm a signature, before the
// authority is waited for: a lock over every field, for instance, closes that
// of a timestamp too.
func (c *climb) rehearse(doc *pdf.File, unfilled *pades.Signed) error {
	before, err := c.judge(doc, verify.Evidence{}, false)
	if err != nil {
		return err
	}
	with, err := openPDF(contextReader{c.ctx, unfilled}, unfilled.Size())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	after, err := c.judge(with, verify.Evidence{}, false)
	if err != nil {
		return err
	}
	if _, err := compareEarlier(before, after); err != nil {
		return fmt.Errorf("%w: %w", pades.ErrLocked, err)
	}
	return nil
}

func damaged(err error) error {
	var format *pdf.FormatError
	if errors.As(err, &format) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// withEvidence puts into the document what its signatures need, and of the
// signatures out of scope what can be had.
func (c *climb) withEvidence() error {
	r, err := c.collect(false)
	if err != nil {
		return err
	}
	if c.field != "" && slices.ContainsFunc(r.Signatures, func(s verify.Signature) bool {
		return s.Field != c.field && s.Valid && s.Verdict == verify.Indeterminate
	}) {
		ours := c.problems
		if _, err := c.collect(true); err != nil {
			return err
		}
		c.problems = ours
	}
	return c.keep()
}

// raise takes the signatures in scope from B-T to level, B-LT or B-LTA. For
// B-LTA the evidence about the newest timestamp's own authority is in the store
// before that timestamp when it is the same that stamped the signature;
// otherwise, or when it is newer by then, it is added behind it, so that the
// document is whole today and not only after its first renewal.
func (c *climb) raise(level string) error {
	if err := c.withEvidence(); err != nil {
		return err
	}
	if err := c.confirm("B-LT"); err != nil {
		return err
	}
	if level != "B-LTA" {
		return nil
	}
	if err := c.timestamp(); err != nil {
		return err
	}
	if err := c.withEvidence(); err != nil {
		return err
	}
	return c.confirm("B-LTA")
}

// confirm judges the document as a stranger without a network would who trusts
// the CAs its chains end at: the signatures in scope pass at that level, and
// with them the timestamps that are not out of scope.
func (c *climb) confirm(level string) error {
	doc, err := c.open()
	if err != nil {
		return err
	}
	brought, err := readCarried(doc)
	if err != nil {
		return fmt.Errorf("read the signatures: %w: %w", ErrDamaged, err)
	}
	kept, err := readStored(doc)
	if err != nil {
		return fmt.Errorf("read the evidence: %w: %w", ErrDamaged, err)
	}
	r, err := c.judge(doc, verify.Evidence{}, true)
	if err != nil {
		return err
	}
	for i := range r.Signatures {
		s := &r.Signatures[i]
		if s.Kind == "timestamp" || c.field != "" && s.Field != c.field {
			continue
		}
		reached := s.Level == "legacy" || rankOf(s.Level) >= rankOf(level)
		if s.Verdict == verify.TotalPassed && reached && c.stampsPass(s) {
			continue
		}
		missing, _ := c.upwards(r.Missing, c.pool(brought, kept))
		missing = c.inScope(missing, brought, c.pool(brought, kept))
		if s.Verdict != verify.TotalFailed && s.SubIndication != "REVOKED_NO_POE" && len(missing) > 0 {
			return &EvidenceError{missing, c.problems}
		}
		if s.Verdict == verify.TotalPassed {
			return fmt.Errorf("%w: field %q is at level %s", ErrUnreachable, shown(s.Field), s.Level)
		}
		switch {
		case s.SubIndication == "REVOKED", s.SubIndication == "REVOKED_NO_POE":
			return verdictError(ErrRevoked, s)
		case s.Verdict == verify.TotalFailed:
			return verdictError(ErrBadSignature, s)
		}
		return verdictError(ErrUnreachable, s)
	}
	return nil
}

// stampsPass tells whether the timestamps of s pass, so that the document does
// not rest on something that nobody can check later. Those of the past that the
// newer ones have replaced may be as they are.
func (c *climb) stampsPass(s *verify.Signature) bool {
	for i := len(s.Timestamps) - 1; i >= 0; i-- {
		return s.Timestamps[i].Verdict == verify.TotalPassed // the newest
	}
	return false
}

// tell warns of what stops nothing.
func (c *climb) tell(r *verify.Report) {
	for _, top := range c.tops {
		c.l.warn(untrustedRoot(shown(top.Subject.CommonName)))
	}
	for i := range r.Signatures {
		s := &r.Signatures[i]
		if s.Signer != nil && (c.field == "" || s.Field == c.field) && rankOf(s.Level) >= rankOf("B-LT") && olderStatus(r, s) {
			c.l.warn(statusOlder(shown(s.Signer.Name)))
		}
	}
}
