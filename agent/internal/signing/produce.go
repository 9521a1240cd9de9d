package signing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
)

// prepare builds the unsigned update of o.
func (s *Service) prepare(ctx context.Context, o original, id Identity, r Request) (*pades.Unsigned, error) {
	doc, err := openPDF(contextReader{ctx, o.Data}, o.Size)
	if err != nil {
		return nil, err
	}
	u, err := pades.Prepare(doc, pades.Options{
		Certificate: id.Certificate, Chain: id.Chain, Time: s.clock(),
		Field: r.Field, Reason: r.Reason, Location: r.Location,
	})
	var format *pdf.FormatError
	if errors.As(err, &format) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, fmt.Errorf("prepare signature: %w", err)
	}
	return u, nil
}

// rehearse prepares a signature and throws it away: a locked document, a
// missing field, a structure we cannot extend, or an earlier signature that
// ours would harm is found before the person is asked, and no PIN is spent on
// it.
func (s *Service) rehearse(ctx context.Context, o original, id Identity, r Request) error {
	u, err := s.prepare(ctx, o, id, r)
	if err != nil || len(o.report.Signatures) == 0 {
		return err
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

// produce signs one document and checks what came out.
func (s *Service) produce(ctx context.Context, o original, id Identity, key Key, r Request, step func(stage Stage, done, total int64)) (Result, error) {
	step(StageSigning, 0, o.Size)
	u, err := s.prepare(ctx, o, id, r)
	if err != nil {
		return Result{}, err
	}
	// The file on disk could have changed since the person saw its digest. This
	// one is of the very bytes that were hashed for the signature, in the same
	// pass, so that what the token signs is what was approved.
	if u.OriginalSHA256() != o.summary.SHA256 {
		return Result{}, ErrChanged
	}
	step(StageSigning, o.Size, o.Size)
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	value, err := key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		return Result{}, fmt.Errorf("sign with the key: %w", err)
	}
	signed, err := u.Finish(value)
	if err != nil {
		return Result{}, fmt.Errorf("finish signature: %w", err)
	}
	result := Result{Name: o.Name, Signed: signed, Size: signed.Size(), Level: r.Level, Identity: id}
	if err := s.selfCheck(ctx, o, &result, step); err != nil {
		return Result{}, err
	}
	return result, nil
}

// selfCheck reads the result as a stranger would and fills in its digest and
// field. The original bytes must be its beginning, the new signature must be
// intact and valid, and no earlier signature may have lost anything.
func (s *Service) selfCheck(ctx context.Context, o original, result *Result, step func(stage Stage, done, total int64)) error {
	step(StageVerifying, 0, result.Size)
	whole := sha256.New()
	read := io.NewSectionReader(contextReader{ctx, result.Signed}, 0, result.Size)
	if _, err := io.CopyN(whole, read, o.Size); err != nil {
		return fmt.Errorf("read signed document: %w", err)
	}
	if [32]byte(whole.Sum(nil)) != o.summary.SHA256 {
		return fmt.Errorf("%w: the original bytes are not its beginning", ErrSelfCheck)
	}
	if _, err := io.Copy(whole, read); err != nil {
		return fmt.Errorf("read signed document: %w", err)
	}
	result.SHA256 = [32]byte(whole.Sum(nil))

	report, err := s.read(ctx, result.Signed, result.Size, func(done, total int64) { step(StageVerifying, done, total) })
	if err != nil {
		return err
	}
	result.Field, err = compare(o.report, report)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	return nil
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
		if harmless(old.Modification) && !harmless(now.Modification) {
			return nil, fmt.Errorf("the earlier signature in field %q does not allow ours", old.Field)
		}
	}
	return made, nil
}

func harmless(m verify.Modification) bool {
	return m == verify.ModificationNone || m == verify.ModificationAllowed
}

// sound tells whether a signature stands as its signer left it.
func sound(s verify.Signature) bool {
	return s.Intact && s.Valid && s.Modification != verify.ModificationNotAllowed
}
