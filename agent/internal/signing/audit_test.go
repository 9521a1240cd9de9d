package signing_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// auditor keeps entries in memory, with how often the token's PIN had been tried
// and its key used by then.
type auditor struct {
	mu      sync.Mutex
	token   *signingtest.Token
	entries []signing.AuditEntry
	before  [][2]int // tries, signatures
	err     error
}

func (a *auditor) Record(ctx context.Context, e signing.AuditEntry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.err != nil {
		return a.err
	}
	tries, _, signs := a.token.Counts()
	a.entries, a.before = append(a.entries, e), append(a.before, [2]int{tries, signs})
	return nil
}

func (f fixture) audited(t *testing.T, person signingtest.Person, change func(*signing.Options)) (*signing.Service, *auditor) {
	t.Helper()
	a := &auditor{token: f.token}
	o := signing.Options{Keys: f.token, Approver: person, Clock: clock, AskTimeout: 5 * time.Second, Audit: a}
	if change != nil {
		change(&o)
	}
	s, err := signing.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}

// TestAudited: the decision is recorded before the PIN is tried, the outcome of
// each document after, and both with the digests.
func TestAudited(t *testing.T) {
	f := newFixture(t, nobody(t))
	s, a := f.audited(t, signingtest.Agrees, nil)
	one, two := pdfOf(t, 1), pdfOf(t, 2)
	results, err := s.Sign(t.Context(), signing.Request{Origin: "https://eoffice.example", OnError: signing.Continue,
		Documents: []signing.Document{document("một.pdf", one), document("hỏng.pdf", []byte("no PDF")), document("hai.pdf", two)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.entries) != 2 {
		t.Fatalf("%d entries", len(a.entries))
	}
	decision, outcome := a.entries[0], a.entries[1]
	if a.before != nil && (a.before[0] != [2]int{0, 0} || a.before[1] != [2]int{1, 2}) {
		t.Errorf("recorded after %v tries and signatures", a.before)
	}
	if decision.Decision != signing.Approved || decision.Origin != "https://eoffice.example" || decision.Kind != "document" || decision.Identity == nil ||
		!decision.Identity.Certificate.Equal(f.token.Identity.Certificate) || len(decision.Request) < 20 || outcome.Request != decision.Request || outcome.Decision != "" || outcome.Identity == nil {
		t.Errorf("%+v\n%+v", decision, outcome)
	}
	want := []signing.AuditDocument{{Name: "một.pdf", Size: int64(len(one)), SHA256: sha256.Sum256(one)}, {Name: "hai.pdf", Size: int64(len(two)), SHA256: sha256.Sum256(two)}}
	if !slices.Equal(decision.Documents, want) {
		t.Errorf("approved %+v", decision.Documents)
	}
	for i, of := range []int{0, 2} {
		want[i].SignedSize, want[i].SignedSHA256, want[i].Outcome = int64(len(bytesOf(t, results[of]))), sha256.Sum256(bytesOf(t, results[of])), "SIGNED"
	}
	if !slices.Equal(outcome.Documents, want) {
		t.Errorf("outcome %+v", outcome.Documents)
	}
}

// TestNothingSignedUnrecorded: without a record there is no PIN and no signature.
func TestNothingSignedUnrecorded(t *testing.T) {
	f := newFixture(t, nobody(t))
	s, a := f.audited(t, signingtest.Agrees, nil)
	a.err = fmt.Errorf("write: %w", syscall.ENOSPC)
	_, err := s.Sign(t.Context(), signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}, nil)
	if signing.Code(err) != "AUDIT_PROBLEM" || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	f.wantCounts(t, 0, 0)
}

// TestAuditedRefusals: what comes to no signature is recorded as what it was.
func TestAuditedRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		person   signingtest.Person
		cancel   bool
		decision signing.Decision
		outcome  string // of the second entry
	}{
		"refused": {func(context.Context, signing.Question) (signing.Approval, error) { return signing.Approval{}, nil }, false, signing.Refused, ""},
		"no answer": {func(ctx context.Context, _ signing.Question) (signing.Approval, error) {
			<-ctx.Done()
			return signing.Approval{}, ctx.Err()
		}, false, signing.TimedOut, ""},
		"withdrawn": {func(ctx context.Context, _ signing.Question) (signing.Approval, error) {
			<-ctx.Done()
			return signing.Approval{}, ctx.Err()
		}, true, signing.Withdrawn, ""},
		"no screen": {func(context.Context, signing.Question) (signing.Approval, error) {
			return signing.Approval{}, signing.ErrNobodyToAsk
		}, false, signing.NotAsked, ""},
		"wrong PIN": {func(_ context.Context, q signing.Question) (signing.Approval, error) {
			return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("0000")}, nil
		}, false, signing.Approved, "PIN_INCORRECT"},
		"on the command line": {func(_ context.Context, q signing.Question) (signing.Approval, error) {
			return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("0000"), Decision: signing.CommandLine}, nil
		}, false, signing.CommandLine, "PIN_INCORRECT"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nobody(t))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			person := c.person
			if c.cancel {
				person = func(asking context.Context, q signing.Question) (signing.Approval, error) {
					cancel()
					return c.person(asking, q)
				}
			}
			s, a := f.audited(t, person, func(o *signing.Options) {
				if o.AskTimeout = 20 * time.Second; c.decision == signing.TimedOut {
					o.AskTimeout = 50 * time.Millisecond
				}
			})
			data := pdfOf(t, 1)
			if _, err := s.Sign(ctx, signing.Request{Origin: "https://a.example", Documents: []signing.Document{document("a.pdf", data)}}, nil); err == nil {
				t.Fatal("signed")
			}
			if len(a.entries) == 0 || a.entries[0].Decision != c.decision || len(a.entries[0].Documents) != 1 || a.entries[0].Documents[0].SHA256 != sha256.Sum256(data) {
				t.Fatalf("%+v", a.entries)
			}
			if agreed := c.outcome != ""; agreed != (a.entries[0].Identity != nil) || agreed && (len(a.entries) != 2 || a.entries[1].Outcome != c.outcome) || !agreed && len(a.entries) != 1 {
				t.Errorf("%+v", a.entries)
			}
		})
	}
}

// TestAuditedCancelWhileSigning: what the token signed before a cancel is
// recorded though the request has ended.
func TestAuditedCancelWhileSigning(t *testing.T) {
	f := newFixture(t, nobody(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.token.BeforeSign = func(n int) error {
		if n == 2 {
			cancel()
		}
		return nil
	}
	s, a := f.audited(t, signingtest.Agrees, nil)
	var documents []signing.Document
	for i := range 5 {
		documents = append(documents, document(fmt.Sprint(i), pdfOf(t, 1)))
	}
	s.Sign(ctx, signing.Request{Documents: documents}, nil)
	if len(a.entries) != 2 || len(a.entries[1].Documents) != 5 {
		t.Fatalf("%+v", a.entries)
	}
	if first, last := a.entries[1].Documents[0].Outcome, a.entries[1].Documents[4].Outcome; first != "SIGNED" || last != "CANCELLED" {
		t.Errorf("first %s, last %s", first, last)
	}
}

// TestDataAudited: data is recorded like documents, and not signed where it
// cannot be.
func TestDataAudited(t *testing.T) {
	f := newFixture(t, nobody(t))
	agrees := func(o *signing.Options) { o.ApproveData = agreesToData }
	s, a := f.audited(t, nobody(t), agrees)
	code := []byte("ma-dang-nhap-1")
	r := signing.DataRequest{Origin: "https://eoffice.example", Purpose: signing.PurposeLogin, Format: signing.FormatCMS, Data: code}
	if _, err := s.SignData(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(a.entries) != 2 || a.before[0] != [2]int{0, 0} || a.before[1] != [2]int{1, 1} {
		t.Fatalf("%d entries, after %v tries and signatures", len(a.entries), a.before)
	}
	want := signing.AuditDocument{Name: "login", Size: int64(len(code)), SHA256: sha256.Sum256(code)}
	if d := a.entries[0]; d.Kind != "data" || d.Decision != signing.Approved || d.Origin != r.Origin || !slices.Equal(d.Documents, []signing.AuditDocument{want}) {
		t.Errorf("%+v", d)
	}
	want.Outcome = "SIGNED"
	if d := a.entries[1]; d.Decision != "" || !slices.Equal(d.Documents, []signing.AuditDocument{want}) {
		t.Errorf("%+v", d)
	}
	s, a = f.audited(t, nobody(t), agrees)
	a.err = syscall.ENOSPC
	if _, err := s.SignData(t.Context(), r); !errors.Is(err, signing.ErrAudit) {
		t.Errorf("signed without a record: %v", err)
	}
	f.wantCounts(t, 1, 1)
}
