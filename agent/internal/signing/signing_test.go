package signing_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/verify"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// fixture is a token, a person, and the service between them.
type fixture struct {
	token   *signingtest.Token
	service *signing.Service
}

func newFixture(t *testing.T, person signingtest.Person) fixture {
	t.Helper()
	token, err := signingtest.NewToken(now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signing.New(signing.Options{Keys: token, Approver: person, Clock: clock, MaxDocumentBytes: 1 << 20, AskTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return fixture{token, s}
}

func (f fixture) wantCounts(t *testing.T, tries, signs int) {
	t.Helper()
	gotTries, open, gotSigns := f.token.Counts()
	if gotTries != tries || open != 0 || gotSigns != signs {
		t.Errorf("%d PINs tried, %d keys left open, %d signatures; want %d, 0, %d", gotTries, open, gotSigns, tries, signs)
	}
}

// nobody fails the test when it is asked.
func nobody(t *testing.T) signingtest.Person {
	return func(context.Context, signing.Question) (signing.Approval, error) {
		t.Error("the person was asked")
		return signing.Approval{}, nil
	}
}

func pdfOf(t *testing.T, pages int) []byte {
	t.Helper()
	b, err := signingtest.PDF(pages)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func document(name string, data []byte) signing.Document {
	return signing.Document{Name: name, Data: bytes.NewReader(data), Size: int64(len(data))}
}

func bytesOf(t *testing.T, r signing.Result) []byte {
	t.Helper()
	b, err := io.ReadAll(io.NewSectionReader(r.Signed, 0, r.Size))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSignBatch(t *testing.T) {
	one, two := pdfOf(t, 1), pdfOf(t, 3)
	var asked signing.Question
	pin := []byte("1234")
	f := newFixture(t, func(_ context.Context, q signing.Question) (signing.Approval, error) {
		asked = q
		return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: pin}, nil
	})
	var stages []signing.Stage
	results, err := f.service.Sign(context.Background(), signing.Request{
		Origin: "https://eoffice.example", Documents: []signing.Document{document("một.pdf", one), document("hai.pdf", two)}, Reason: "Phê duyệt",
	}, func(e signing.Event) {
		if !slices.Contains(stages, e.Stage) {
			stages = append(stages, e.Stage)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f.wantCounts(t, 1, 2)
	if !bytes.Equal(pin, make([]byte, 4)) {
		t.Error("the PIN was not zeroed")
	}
	want := []signing.Summary{
		{Name: "một.pdf", Size: int64(len(one)), Pages: 1, SHA256: sha256.Sum256(one), Reason: "Phê duyệt"},
		{Name: "hai.pdf", Size: int64(len(two)), Pages: 3, SHA256: sha256.Sum256(two), Reason: "Phê duyệt"},
	}
	if !reflect.DeepEqual(asked.Documents, want) || asked.Origin != "https://eoffice.example" || asked.Reason != "Phê duyệt" || asked.Language != "vi" {
		t.Errorf("asked %+v", asked)
	}
	if !slices.Equal(stages, []signing.Stage{signing.StageChecking, signing.StageWaiting, signing.StageSigning, signing.StageVerifying, signing.StageDone}) {
		t.Errorf("stages %v", stages)
	}
	for i, original := range [][]byte{one, two} {
		signed := bytesOf(t, results[i])
		if !bytes.HasPrefix(signed, original) || len(signed) == len(original) {
			t.Errorf("document %d was not appended to", i)
		}
		if sha256.Sum256(signed) != results[i].SHA256 || results[i].Field == "" || results[i].Level != "B-B" {
			t.Errorf("result %+v", results[i])
		}
		report, err := f.service.Look(context.Background(), document("x", signed), verify.Evidence{}, verify.Policy{At: now})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Signatures) != 1 || !report.Signatures[0].Valid || report.Verdict == verify.TotalPassed {
			t.Errorf("judged without any trust: %+v", report)
		}
	}
}

func TestSecondSignatureKeepsTheFirst(t *testing.T) {
	f := newFixture(t, signingtest.Agrees)
	data := pdfOf(t, 1)
	for n := range 3 {
		var seen int
		s, err := signing.New(signing.Options{Keys: f.token, Clock: clock, Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			seen = q.Documents[0].Signatures
			return signingtest.Agrees(ctx, q)
		})})
		if err != nil {
			t.Fatal(err)
		}
		results, err := s.Sign(context.Background(), signing.Request{Documents: []signing.Document{document("a.pdf", data)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if seen != n {
			t.Errorf("the person was told of %d signatures, there are %d", seen, n)
		}
		data = bytesOf(t, results[0])
	}
	report, err := f.service.Look(context.Background(), document("a.pdf", data), verify.Evidence{}, verify.Policy{At: now})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Signatures) != 3 {
		t.Fatalf("%d signatures", len(report.Signatures))
	}
	for _, s := range report.Signatures {
		if !s.Valid || s.Modification == verify.ModificationNotAllowed {
			t.Errorf("%+v", s)
		}
	}
}

// TestNamedField: a named field is made once and not signed twice.
func TestNamedField(t *testing.T) {
	f := newFixture(t, signingtest.Agrees)
	r := signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}, Field: "Lãnh đạo ký"}
	results, err := f.service.Sign(context.Background(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Field != r.Field {
		t.Errorf("signed in %q", results[0].Field)
	}
	r.Documents[0] = document("a.pdf", bytesOf(t, results[0]))
	if _, err := f.service.Sign(context.Background(), r, nil); signing.Code(err) != "FIELD_SIGNED" {
		t.Errorf("the second signature in the field got %v", err)
	}
	f.wantCounts(t, 1, 1)
}

// lockedPDF is certified with "no changes allowed" (ISO 32000-2, 12.8.2.2). Its
// signature is none, which does not make the wish less clear.
func lockedPDF() []byte {
	var b bytes.Buffer
	var offsets []int
	b.WriteString("%PDF-1.7\n")
	for i, object := range []string{
		"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>/Perms<</DocMDP 5 0 R>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>",
		"<</Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/FT/Sig/T(S)/V 5 0 R>>",
		"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 9 13 9]/Contents<00>/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]>>",
	} {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	b.WriteString("xref\n0 6\n0000000000 65535 f \n")
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

// TestRefusedBeforeAsking: what can be refused never reaches the person or the
// token's PIN.
func TestRefusedBeforeAsking(t *testing.T) {
	good := pdfOf(t, 1)
	encrypted := bytes.Replace(good, []byte("/Root"), []byte("/Encrypt<</Filter/Standard/V 1/R 2>>/Root"), 1)
	wrong := document("a.pdf", good)
	wrong.SHA256 = sha256.Sum256([]byte("another"))
	one := func(d signing.Document) signing.Request {
		return signing.Request{Documents: []signing.Document{d}}
	}
	for name, c := range map[string]struct {
		r    signing.Request
		code string
	}{
		"no documents":        {signing.Request{}, "BAD_REQUEST"},
		"too many":            {signing.Request{Documents: make([]signing.Document, signing.MaxDocuments+1)}, "BAD_REQUEST"},
		"no data":             {one(signing.Document{Name: "a.pdf", Size: 3}), "BAD_REQUEST"},
		"level":               {signing.Request{Documents: []signing.Document{document("a.pdf", good)}, Level: "B-LT"}, "LEVEL_UNSUPPORTED"},
		"not a PDF":           {one(document("a.pdf", []byte("PK\x03\x04 a word processor's file"))), "NOT_A_PDF"},
		"empty":               {one(document("a.pdf", nil)), "NOT_A_PDF"},
		"truncated":           {one(document("a.pdf", good[:len(good)*2/3])), "DAMAGED_PDF"},
		"encrypted":           {one(document("a.pdf", encrypted)), "ENCRYPTED_PDF"},
		"locked":              {one(document("a.pdf", lockedPDF())), "LOCKED_PDF"},
		"too large":           {one(document("a.pdf", make([]byte, 1<<20+1))), "TOO_LARGE"},
		"digest":              {one(wrong), "DOCUMENT_CHANGED"},
		"no such field":       {signing.Request{Documents: []signing.Document{document("a.pdf", good)}, Field: "Chỗ.ký"}, "NO_FIELD"},
		"no such certificate": {signing.Request{Documents: []signing.Document{document("a.pdf", good)}, CertificateID: "other"}, "NO_CERTIFICATE"},
		"second is bad":       {signing.Request{Documents: []signing.Document{document("a.pdf", good), document("b.pdf", []byte("x"))}}, "NOT_A_PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nobody(t))
			_, err := f.service.Sign(context.Background(), c.r, nil)
			if signing.Code(err) != c.code {
				t.Errorf("%v is %s, want %s", err, signing.Code(err), c.code)
			}
			f.wantCounts(t, 0, 0)
		})
	}
}

func TestUnusableCertificates(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*signing.Identity)
		code   string
	}{
		"expired":       {func(id *signing.Identity) { id.Certificate.NotAfter = now.Add(-time.Second) }, "CERTIFICATE_EXPIRED"},
		"not yet valid": {func(id *signing.Identity) { id.Certificate.NotBefore = now.Add(time.Second) }, "CERTIFICATE_EXPIRED"},
		"encryption":    {func(id *signing.Identity) { id.Certificate.KeyUsage = x509.KeyUsageKeyEncipherment }, "NO_CERTIFICATE"},
		"CA":            {func(id *signing.Identity) { id.Certificate.IsCA = true }, "NO_CERTIFICATE"},
		"locked":        {func(id *signing.Identity) { id.PINState = "locked" }, "PIN_LOCKED"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nobody(t))
			c.change(&f.token.Identity)
			_, err := f.service.Sign(context.Background(), signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}, nil)
			if signing.Code(err) != c.code {
				t.Errorf("%v is %s, want %s", err, signing.Code(err), c.code)
			}
		})
	}
}

// TestAnswers: what the person may say, and what it costs.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer      signing.Approval
		err         error
		code        string
		tries, sigs int
	}{
		"refused":               {signing.Approval{}, nil, "REFUSED", 0, 0},
		"refused with a PIN":    {signing.Approval{CertificateID: "token-1", PIN: []byte("1234")}, nil, "REFUSED", 0, 0},
		"other certificate":     {signing.Approval{Approved: true, CertificateID: "token-2", PIN: []byte("1234")}, nil, "CONSENT_PROBLEM", 0, 0},
		"wrong PIN, one try":    {signing.Approval{Approved: true, CertificateID: "token-1", PIN: []byte("9999")}, nil, "PIN_INCORRECT", 1, 0},
		"nobody":                {signing.Approval{}, signing.ErrNobodyToAsk, "NOBODY_TO_ASK", 0, 0},
		"window fails":          {signing.Approval{}, errors.New("no display"), "CONSENT_PROBLEM", 0, 0},
		"error and yes at once": {signing.Approval{Approved: true, CertificateID: "token-1", PIN: []byte("1234")}, errors.New("odd"), "CONSENT_PROBLEM", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			pin := c.answer.PIN
			f := newFixture(t, func(context.Context, signing.Question) (signing.Approval, error) { return c.answer, c.err })
			results, err := f.service.Sign(context.Background(), signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}, nil)
			if results != nil || signing.Code(err) != c.code {
				t.Errorf("%v is %s, want %s", err, signing.Code(err), c.code)
			}
			f.wantCounts(t, c.tries, c.sigs)
			if strings.Trim(string(pin), "\x00") != "" {
				t.Error("the PIN was not zeroed")
			}
		})
	}
}

func TestOneAtATime(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		close(asked)
		<-answer
		return signing.Approval{}, nil
	})
	r := signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}
	var first error
	var done sync.WaitGroup
	done.Go(func() { _, first = f.service.Sign(context.Background(), r, nil) })
	<-asked
	if !f.service.Busy() {
		t.Error("not busy while waiting for the person")
	}
	if _, err := f.service.Sign(context.Background(), r, nil); !errors.Is(err, signing.ErrBusy) {
		t.Errorf("the second request got %v", err)
	}
	close(answer)
	done.Wait()
	if !errors.Is(first, signing.ErrRefused) || f.service.Busy() {
		t.Errorf("the first request got %v", first)
	}
}

// TestCancelAtEveryStage: a cancelled request ends at once and leaves no key
// open. What the token has signed by then is still handed over.
func TestCancelAtEveryStage(t *testing.T) {
	for _, stage := range []signing.Stage{signing.StageChecking, signing.StageWaiting, signing.StageSigning, signing.StageVerifying} {
		t.Run(string(stage), func(t *testing.T) {
			f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
				if stage == signing.StageWaiting {
					<-ctx.Done()
					// A window that answers although it was closed.
				}
				return signingtest.Agrees(ctx, q)
			})
			ctx, cancel := context.WithCancel(context.Background())
			results, err := f.service.Sign(ctx, signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1)), document("b.pdf", pdfOf(t, 1))}}, func(e signing.Event) {
				if e.Stage == stage {
					cancel()
				}
			})
			_, open, signs := f.token.Counts()
			if open != 0 {
				t.Errorf("%d keys open", open)
			}
			switch stage {
			case signing.StageChecking, signing.StageWaiting:
				if results != nil || !errors.Is(err, context.Canceled) || signs != 0 {
					t.Errorf("%d signatures, got %v", signs, err)
				}
			default: // the first is at the token, or further
				if err != nil || len(results) != 2 || results[0].Err != nil || signs == 1 && !errors.Is(results[1].Err, context.Canceled) || signs == 2 && results[1].Err != nil {
					t.Errorf("%d signatures, got %+v, %v", signs, results, err)
				}
			}
		})
	}
}

func TestAskTimeout(t *testing.T) {
	token, err := signingtest.NewToken(now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signing.New(signing.Options{Keys: token, Clock: clock, AskTimeout: 20 * time.Millisecond,
		Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			<-ctx.Done()
			return signingtest.Agrees(ctx, q)
		})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Sign(context.Background(), signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}, nil)
	if !errors.Is(err, signing.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	fixture{token, s}.wantCounts(t, 0, 0)
}

// swapped gives other bytes once it is told to.
type swapped struct {
	mu       sync.Mutex
	now, new []byte
}

func (s *swapped) swap() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.new
}

func (s *swapped) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.NewReader(s.now).ReadAt(p, off)
}

// TestSwappedDocument: bytes exchanged behind the person's back are not signed,
// and the token is not asked.
func TestSwappedDocument(t *testing.T) {
	good := pdfOf(t, 1)
	other := bytes.Replace(good, []byte("Helvetica"), []byte("Helvetics"), 1)
	if bytes.Equal(good, other) {
		t.Fatal("the other document is the same")
	}
	data := &swapped{now: good, new: other}
	f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		data.swap()
		return signingtest.Agrees(ctx, q)
	})
	_, err := f.service.Sign(context.Background(), signing.Request{Documents: []signing.Document{{Name: "a.pdf", Data: data, Size: int64(len(good))}}}, nil)
	if !errors.Is(err, signing.ErrChanged) {
		t.Errorf("got %v", err)
	}
	f.wantCounts(t, 1, 0)
}

// TestSwappedAfterSigning: bytes exchanged after the token has signed do not
// pass the self-check.
func TestSwappedAfterSigning(t *testing.T) {
	good := pdfOf(t, 1)
	data := &swapped{now: good, new: bytes.Replace(good, []byte("Helvetica"), []byte("Helvetics"), 1)}
	f := newFixture(t, signingtest.Agrees)
	results, err := f.service.Sign(context.Background(), signing.Request{Documents: []signing.Document{{Name: "a.pdf", Data: data, Size: int64(len(good))}}}, func(e signing.Event) {
		if e.Stage == signing.StageVerifying {
			data.swap()
		}
	})
	if !errors.Is(err, signing.ErrChanged) || len(results) != 1 || results[0].Signed != nil {
		t.Errorf("got %+v, %v", results, err)
	}
}
