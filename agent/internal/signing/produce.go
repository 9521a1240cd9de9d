package signing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
)

// prepare builds the unsigned update of o, which doc holds. Nothing but what the
// update needs is read. A rehearsal asks no timestamp authority.
func (s *Service) prepare(ctx context.Context, doc *pdf.File, o *original, id Identity, r Request, rehearsal bool) (*pades.Unsigned, error) {
	options := pades.Options{
		Certificate: id.Certificate, Chain: id.Chain, Time: s.clock(),
		Field: r.Field, Reason: recorded(r.Reason, o.outOfOrder(r)), Location: r.Location, Certify: r.Certify,
		Timestamp: r.Level != "B-B", Hashed: o.hashed,
	}
	if r.ContentTimestamp {
		if err := s.contentTimestamp(ctx, o, &options, rehearsal); err != nil {
			return nil, err
		}
	}
	if r.Stamp != nil {
		shown, err := o.appearance(doc, r, id, options.Time)
		if err != nil {
			return nil, err
		}
		options.Appearance = shown
	}
	u, err := pades.Prepare(doc, options)
	var format *pdf.FormatError
	if errors.As(err, &format) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, fmt.Errorf("prepare signature: %w", err)
	}
	// What the token signs is what was approved, and says what was shown.
	if u.OriginalSHA256() != o.summary.SHA256 {
		return nil, ErrChanged
	}
	if !rehearsal && !reflect.DeepEqual(u.Terms(), o.terms) {
		return nil, fmt.Errorf("%w: its field asks for something else now", ErrChanged)
	}
	return u, nil
}

// rehearse prepares a signature and throws it away: a locked document, a
// missing field, a structure we cannot extend, or an earlier signature that
// ours would harm is found before the person is asked, and no PIN is spent on
// it.
func (s *Service) rehearse(ctx context.Context, doc *pdf.File, o *original, id Identity, r Request) error {
	u, err := s.prepare(ctx, doc, o, id, r, true)
	if err != nil {
		return err
	}
	o.terms = u.Terms()
	if err := showable(o.terms.Reason); err != nil {
		return err // the document's own
	}
	o.summary.Reason, o.summary.Terms = o.terms.Reason, termsOf(o.terms, o.stampText)
	o.summary.Demanded = o.terms.Reason != recorded(r.Reason, o.outOfOrder(r)) || o.terms.Certify != r.Certify
	if o.at != nil {
		o.summary.Stamp = o.at.where
		o.summary.Notices = append(o.summary.Notices, o.at.notices...)
	}
	if len(o.report.Signatures) == 0 {
		return nil
	}
	unfilled := u.Unfilled()
	after, err := s.read(ctx, unfilled, unfilled.Size(), nil)
	if err != nil {
		return err
	}
	if _, err := compareEarlier(o.report, after); err != nil {
		return fmt.Errorf("%w: %w", pades.ErrLocked, err)
	}
	return nil
}

// read judges a document of ours as a stranger would, without any anchor.
func (s *Service) read(ctx context.Context, data io.ReaderAt, size int64, progress func(done, total int64)) (*verify.Report, error) {
	doc, err := openPDF(contextReader{ctx, data}, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	report, err := verify.Document(doc, verify.Evidence{}, verify.Policy{At: s.clock(), Progress: progress})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	return report, nil
}

// maxRaising bounds how many documents a timestamp authority is asked about at
// once. They are run for many, and refuse the greedy.
const maxRaising = 4

// complete makes the result of value, which the key made of u.Digest(), with its
// timestamp from B-T on, and lets go of everything that led to it. It may take
// minutes and must end when ctx does; up to maxRaising calls run beside the
// token, which goes on signing.
func (s *Service) complete(ctx context.Context, o *original, u *pades.Unsigned, value []byte, id Identity, r Request) (Result, error) {
	signed, err := s.levels.finish(ctx, u, value, r.Level)
	if err != nil {
		return Result{}, fmt.Errorf("finish signature: %w", err)
	}
	added := make([]byte, signed.Size()-o.Size)
	if _, err := io.ReadFull(io.NewSectionReader(signed, o.Size, int64(len(added))), added); err != nil {
		return Result{}, fmt.Errorf("finish signature: %w", err)
	}
	whole, err := o.hashed.Clone()
	if err != nil {
		return Result{}, fmt.Errorf("finish signature: %w", err)
	}
	whole.Write(added)
	return Result{
		Document: o.index, Name: o.Name, Signed: &appended{o.Data, o.Size, added}, Size: signed.Size(),
		SHA256: [32]byte(whole.Sum(nil)), Level: r.Level, Identity: id,
		Stamp: o.summary.Stamp, Notices: o.summary.Notices, Terms: o.summary.Terms,
	}, nil
}

// selfCheck reads the result as a stranger would and fills in its field. The new
// signature must be intact and valid over the whole file, and no earlier one may
// have lost anything. Since it was made over the digest of the bytes that were
// shown, a file that was exchanged meanwhile does not pass.
func (s *Service) selfCheck(ctx context.Context, o *original, result *Result, step func(done, total int64)) error {
	if fixed, ok := o.Data.(*bound); ok {
		fixed.forget() // what it is now counts
	}
	report, err := s.read(ctx, result.Signed, result.Size, step)
	if err == nil {
		if result.Field, err = compare(o.report, report); err == nil {
			return nil
		}
		err = fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	now, readErr := digest(contextReader{ctx, o.Data}, o.Size, func(int64) {}, nil)
	if ctx.Err() == nil && (readErr != nil || [32]byte(now.Sum(nil)) != o.summary.SHA256) {
		return fmt.Errorf("%w, since it was shown: %v", ErrChanged, err)
	}
	return err
}

// compare holds the report after signing against the one before. It returns
// the new signature's field.
func compare(before, after *verify.Report) (string, error) {
	made, err := compareEarlier(before, after)
	if err != nil {
		return "", err
	}
	if !made.Intact || !made.Valid {
		return "", errors.New("the new signature is not intact and valid")
	}
	return made.Field, nil
}

// compareEarlier finds the signature that was added, the one over the whole
// file, and checks that no other lost anything by it.
func compareEarlier(before, after *verify.Report) (made *verify.Signature, err error) {
	var earlier []*verify.Signature
	for i := range after.Signatures {
		if s := &after.Signatures[i]; s.Coverage == verify.CoverageWholeFile && made == nil {
			made = s
		} else {
			earlier = append(earlier, s)
		}
	}
	if made == nil {
		return nil, errors.New("the new signature does not cover the whole file")
	}
	if len(earlier) != len(before.Signatures) {
		return nil, fmt.Errorf("%d signatures became %d", len(before.Signatures), len(after.Signatures))
	}
	for i, old := range before.Signatures {
		now := earlier[i]
		if now.Field != old.Field {
			return nil, fmt.Errorf("signature %d was in field %q and is in %q", i+1, old.Field, now.Field)
		}
		if old.Intact && old.Valid && !(now.Intact && now.Valid) {
			return nil, fmt.Errorf("the earlier signature in field %q is no longer valid", old.Field)
		}
		if worse(old.Modification, now.Modification) {
			return nil, fmt.Errorf("the earlier signature in field %q does not allow ours", old.Field)
		}
	}
	return made, nil
}

func harmless(m verify.Modification) bool {
	return m == verify.ModificationNone || m == verify.ModificationAllowed
}

// worse tells whether a signature lost by what was added: what was harmless is
// not, or what was not decided is not allowed now.
func worse(old, now verify.Modification) bool {
	return harmless(old) && !harmless(now) || old != verify.ModificationNotAllowed && now == verify.ModificationNotAllowed
}

// sound tells whether a signature stands as its signer left it.
func sound(s verify.Signature) bool {
	return s.Intact && s.Valid && s.Modification != verify.ModificationNotAllowed
}
