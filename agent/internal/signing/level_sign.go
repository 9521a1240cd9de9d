package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"kyso/signature/verify"
)

// common is the evidence that the documents of a batch share: one certificate
// signs them all.
type common struct {
	mu sync.Mutex
	ev verify.Evidence
	// first is held while the first document asks for what the others need too.
	first sync.Mutex
	asked bool
}

// wait lets the first document go ahead; done must be called when it is through.
func (c *common) wait() (done func()) {
	c.first.Lock()
	if c.asked {
		c.first.Unlock()
		return func() {}
	}
	c.asked = true
	return c.first.Unlock
}

func (c *common) get() verify.Evidence {
	c.mu.Lock()
	defer c.mu.Unlock()
	return verify.Evidence{Certificates: slices.Clip(c.ev.Certificates), CRLs: slices.Clip(c.ev.CRLs), OCSPs: slices.Clip(c.ev.OCSPs)}
}

// set keeps what one document needed. Of several at once the last stays, which
// is as good.
func (c *common) set(ev verify.Evidence) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ev = ev
}

// raise takes a document that was just signed, and has passed the self-check at
// B-T, to the level asked for, and checks it again.
func (s *Service) raise(ctx context.Context, result *Result, level string, shared *common, step func(done, total int64)) error {
	if rankOf(level) <= rankOf("B-T") {
		return nil
	}
	before, err := s.read(ctx, result.Signed, result.Size, nil)
	if err != nil {
		return err
	}
	defer shared.wait()()
	known := shared.get()
	c := s.levels.climb(ctx, result.Signed, result.Size, known)
	c.field = result.Field
	c.step = step
	for _, cert := range result.Identity.Chain {
		if !slices.ContainsFunc(known.Certificates, func(der []byte) bool { return bytes.Equal(der, cert.Raw) }) {
			c.evidence.Certificates = append(slices.Clip(c.evidence.Certificates), cert.Raw)
		}
	}
	if err := c.raise(level); err != nil {
		return err
	}
	shared.set(c.evidence)
	after, sum, err := c.seal(before, result.SHA256, result.Size)
	if err != nil {
		return err
	}
	c.tell(after)
	result.Signed, result.Size, result.SHA256, result.Level = c.data, c.size, sum, level
	return nil
}

// seal reads the finished document as a stranger would: it begins with the size
// bytes of digest it began from, and no signature of before lost anything. It
// gives the report, judged with what is really trusted, and the digest of all.
func (c *climb) seal(before *verify.Report, digest [32]byte, size int64) (after *verify.Report, sum [32]byte, err error) {
	whole := sha256.New()
	read := io.NewSectionReader(contextReader{c.ctx, c.data}, 0, c.size)
	if _, err := io.CopyN(whole, read, size); err != nil {
		return nil, sum, fmt.Errorf("read the document: %w", err)
	}
	if [32]byte(whole.Sum(nil)) != digest {
		return nil, sum, fmt.Errorf("%w: the original bytes are not its beginning", ErrSelfCheck)
	}
	if _, err := io.Copy(whole, read); err != nil {
		return nil, sum, fmt.Errorf("read the document: %w", err)
	}
	doc, err := c.open()
	if err != nil {
		return nil, sum, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	if after, err = c.judge(doc, verify.Evidence{}, false); err != nil {
		return nil, sum, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	if err := keeps(before, after); err != nil {
		return nil, sum, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	return after, [32]byte(whole.Sum(nil)), nil
}

// keeps checks that what was added to a document, evidence and document
// timestamps alone, took nothing from its signatures.
func keeps(before, after *verify.Report) error {
	added := len(after.Signatures) - len(before.Signatures)
	if added < 0 {
		return fmt.Errorf("%d signatures became %d", len(before.Signatures), len(after.Signatures))
	}
	next := 0
	for _, old := range before.Signatures {
		// Ours cover later bytes than all that were there.
		for added > 0 && next < len(after.Signatures) && after.Signatures[next].Revision > before.Revisions {
			if made := after.Signatures[next]; made.Kind != "timestamp" || !made.Intact || !made.Valid {
				return fmt.Errorf("what was added in field %q is no sound timestamp", made.Field)
			}
			next, added = next+1, added-1
		}
		if next == len(after.Signatures) {
			return errors.New("a signature is gone")
		}
		now := after.Signatures[next]
		next++
		switch {
		case now.Field != old.Field:
			return fmt.Errorf("the signature in field %q is in %q now", old.Field, now.Field)
		case old.Intact && !now.Intact, old.Valid && !now.Valid:
			return fmt.Errorf("the signature in field %q is no longer valid", old.Field)
		case worse(old.Modification, now.Modification):
			return fmt.Errorf("the signature in field %q does not allow what was added", old.Field)
		}
	}
	for ; next < len(after.Signatures); next++ {
		if made := after.Signatures[next]; made.Kind != "timestamp" || !made.Intact || !made.Valid {
			return fmt.Errorf("what was added in field %q is no sound timestamp", made.Field)
		}
	}
	return nil
}

// statusTime bounds how long a person waits for the status of his certificate
// before he may sign at a level that does without it.
const statusTime = 20 * time.Second

// standing leaves out the identities whose certificate is revoked, and at levels
// that need the status those where it cannot be had. It is asked for before the
// PIN is (Decree 68/2024, Articles 29 and 31). When nobody is left, the error
// says why.
func (s *Service) standing(ctx context.Context, level string, identities []Identity) (good []Identity, notices []verify.Message, err error) {
	if s.levels == nil || s.levels.Evidence == nil && rankOf(level) < rankOf("B-LT") {
		return identities, nil, nil
	}
	for _, id := range identities {
		why := func() error {
			if rankOf(level) >= rankOf("B-LT") {
				return s.levels.CheckCertificate(ctx, id)
			}
			limited, cancel := context.WithTimeout(ctx, statusTime)
			defer cancel()
			return s.levels.CheckCertificate(limited, id)
		}()
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		switch {
		case why == nil:
		case errors.Is(why, ErrEvidence) && rankOf(level) < rankOf("B-LT"):
			notice := statusUnknown(shown(id.Certificate.Subject.CommonName))
			notices = append(notices, notice)
			s.levels.warn(notice)
		default:
			if err == nil || errors.Is(why, ErrRevoked) {
				err = why
			}
			continue
		}
		good = append(good, id)
	}
	if len(good) == 0 {
		return nil, nil, err
	}
	return good, notices, nil
}
