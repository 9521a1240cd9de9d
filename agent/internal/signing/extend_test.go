package signing_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// extend raises data, and checks that it is still there, byte for byte.
func (b *bench) extend(t *testing.T, data []byte, level string) ([]byte, *signing.Extended, error) {
	t.Helper()
	x, err := b.levels.Extend(t.Context(), document("a.pdf", data), verify.Evidence{}, level, nil)
	if err != nil {
		return nil, nil, err
	}
	out, err := io.ReadAll(io.NewSectionReader(x.Signed, 0, x.Size))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := signingtest.Digest(bytes.NewReader(out), int64(len(out)))
	if err != nil || sum != x.SHA256 || !bytes.HasPrefix(out, data) || x.Changed != (len(out) > len(data)) {
		t.Errorf("the original is not its beginning, or the digest is wrong; %v", err)
	}
	return out, x, nil
}

func mustSign(t *testing.T, b *bench, level string) []byte {
	t.Helper()
	r, err := b.sign(t, letter(t), b.worlds[0].Persons[0], level)
	if err != nil {
		t.Fatal(err)
	}
	return bytesOf(t, r)
}

// TestExtend: from every level to every higher one, and to the same again.
func TestExtend(t *testing.T) {
	b := at2020(t)
	names := []string{"B-B", "B-T", "B-LT", "B-LTA"}
	// stamps are the document timestamps each step takes.
	stamps := map[string]int{"B-B B-T": 1, "B-B B-LT": 1, "B-B B-LTA": 2, "B-T B-LTA": 1, "B-LT B-LTA": 1, "B-LTA B-LTA": 1}
	for i, from := range names {
		data := mustSign(t, b, from)
		for j, to := range names[1:] {
			name := from + " " + to
			t.Run(name, func(t *testing.T) {
				out, x, err := b.extend(t, data, to)
				if err != nil {
					t.Fatal(err)
				}
				want := names[max(i, j+1)]
				if got := x.After.Signatures[0].Level; got != want || x.Before.Signatures[0].Level != from {
					t.Errorf("from %s to %s", x.Before.Signatures[0].Level, got)
				}
				if x.Stamped != stamps[name] {
					t.Errorf("%d timestamps, want %d", x.Stamped, stamps[name])
				}
				if changes := i < j+1 || to == "B-LTA"; x.Changed != changes {
					t.Errorf("changed %v", x.Changed)
				}
				if j+1 >= 2 {
					b.wantPassed(t, out, b.levels.Clock(), want)
				}
			})
		}
	}
}

// TestRenew follows one signature through the years: it is renewed with the
// authority of another CA before the first one's ends, and stands when the
// signer's certificate, its responder's and the first authority's are all over.
func TestRenew(t *testing.T) {
	a, z := firstWorld(), secondWorld()
	b := newBench(t, date(2020, 6, 1, 9), []string{a.TSAURL()}, a, z)
	signed := mustSign(t, b, "B-LTA")
	end := a.TSA.Certificate.NotAfter // 1 January 2029, 12 h
	after := end.Add(3 * time.Hour)
	if r := b.judgeAt(t, signed, after); r.Verdict == verify.TotalPassed {
		t.Error("it passes without having been renewed")
	}

	// The day before the end of the first authority.
	b = newBench(t, end.Add(-18*time.Hour), []string{z.TSAURL()}, a, z)
	renewed, x, err := b.extend(t, signed, "B-LTA")
	if err != nil {
		t.Fatal(err)
	}
	if x.Stamped != 1 {
		t.Errorf("%d timestamps", x.Stamped)
	}
	if signer := x.After.Signatures[0].Signer; !signer.NotAfter.Before(b.levels.Clock()) {
		t.Fatalf("the signer is good until %v", signer.NotAfter)
	}
	b.wantPassed(t, renewed, b.levels.Clock(), "B-LTA")
	b.wantPassed(t, renewed, after, "B-LTA")
	if best := b.judgeAt(t, renewed, after).Signatures[0].BestTime; !best.Value.Equal(date(2020, 6, 1, 9)) {
		t.Errorf("best time %+v", best)
	}
	// And once more, years later, by the same authority.
	b = newBench(t, date(2031, 3, 1, 9), []string{z.TSAURL()}, a, z)
	again, _, err := b.extend(t, renewed, "B-LTA")
	if err != nil {
		t.Fatal(err)
	}
	b.wantPassed(t, again, b.levels.Clock(), "B-LTA")

	// Too late: the first authority is over before anything vouched for it.
	b = newBench(t, after, []string{z.TSAURL()}, a, z)
	var why *signing.VerdictError
	if _, _, err := b.extend(t, signed, "B-LTA"); !errors.As(err, &why) || signing.Code(err) != "LEVEL_UNREACHABLE" {
		t.Errorf("too late: %v", err)
	}
}

// TestExtendOldStatus: a status from before the signature is replaced by one
// from after it, when there is one.
func TestExtendOldStatus(t *testing.T) {
	b := at2020(t)
	w := b.worlds[0]
	w.Override("/ocsp", http.NotFoundHandler())
	w.Override("/crl/sub.crl", w.At(w.Now().Add(-48*time.Hour)).Handler())
	signed := mustSign(t, b, "B-LTA")
	if !slices.Contains(b.warned, "STATUS_OLDER") {
		t.Errorf("warned of %v", b.warned)
	}
	// The old list still counts for the authority, so nobody else asks anew.
	b = newBench(t, w.Now().Add(3*24*time.Hour), []string{w.TSAURL()}, w)
	w.Override("/ocsp", http.NotFoundHandler())
	w.Override("/crl/sub.crl", nil)
	extended, _, err := b.extend(t, signed, "B-LTA")
	if err != nil || len(b.warned) > 0 {
		t.Fatalf("%v, warned of %v", err, b.warned)
	}
	// Years later only one of the two can be shown to have been good.
	for name, c := range map[string]struct {
		data   []byte
		passes bool
	}{"as signed": {signed, false}, "extended": {extended, true}} {
		late := newBench(t, date(2025, 6, 1, 9), []string{w.TSAURL()}, w)
		doc, err := pdf.Open(bytes.NewReader(c.data), int64(len(c.data)))
		if err != nil {
			t.Fatal(err)
		}
		r, _, err := late.levels.Evidence.Complete(t.Context(), verify.Evidence{}, func(ev verify.Evidence) (*verify.Report, error) {
			return verify.Document(doc, ev, verify.Policy{Trust: late.levels.Anchors(), At: late.levels.Clock()})
		})
		if err != nil || (r.Verdict == verify.TotalPassed) != c.passes {
			t.Errorf("%s: %s %s, %v", name, r.Verdict, r.SubIndication, err)
		}
	}
}

// TestExtendRefused: what is bad stays so, and says why.
func TestExtendRefused(t *testing.T) {
	b := at2020(t)
	w := b.worlds[0]
	good := mustSign(t, b, "B-B")
	tampered := bytes.Replace(good, []byte("/MediaBox"), []byte("/mediaBox"), 1)
	if bytes.Equal(good, tampered) {
		t.Fatal("nothing was changed")
	}
	encrypted, err := documents.Open(documents.Encrypted)
	if err != nil {
		t.Fatal(err)
	}
	plain := &signing.Levels{Clock: b.levels.Clock, Timestamps: b.levels.Timestamps, Anchors: b.levels.Anchors}
	unchecked := *b
	unchecked.levels = plain
	revoked, err := unchecked.sign(t, letter(t), w.RevokedPerson, "B-B")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		code string
	}{
		"tampered":   {tampered, "SIGNATURE_BAD"},
		"revoked":    {bytesOf(t, revoked), "LEVEL_UNREACHABLE"}, // nothing proves it was made after
		"not signed": {letter(t), "NOT_SIGNED"},
		"encrypted":  {encrypted, "ENCRYPTED_PDF"},
		"not a PDF":  {[]byte("PK"), "NOT_A_PDF"},
		"damaged":    {good[:len(good)/2], "DAMAGED_PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := w.Asked("/tsa")
			if _, _, err := b.extend(t, c.data, "B-LTA"); signing.Code(err) != c.code {
				t.Errorf("%s: %v", signing.Code(err), err)
			}
			if w.Asked("/tsa") != asked {
				t.Error("the authority was asked")
			}
		})
	}
	if _, _, err := b.extend(t, good, "B-B"); !errors.Is(err, signing.ErrLevel) {
		t.Errorf("to B-B: %v", err)
	}
	// Years later, without a timestamp, nothing helps.
	late := newBench(t, date(2025, 6, 1, 9), []string{w.TSAURL()}, w)
	if _, _, err := late.extend(t, good, "B-LTA"); signing.Code(err) != "LEVEL_UNREACHABLE" {
		t.Errorf("expired: %s %v", signing.Code(err), err)
	}
}

// TestExtendUnreachable: no authority, no evidence: nothing comes out.
func TestExtendUnreachable(t *testing.T) {
	b := at2020(t)
	w := b.worlds[0]
	data := mustSign(t, b, "B-B")
	w.Override("/tsa", http.NotFoundHandler())
	for _, level := range []string{"B-T", "B-LT", "B-LTA"} {
		if _, _, err := b.extend(t, data, level); signing.Code(err) != "TIMESTAMP_UNAVAILABLE" {
			t.Errorf("%s: %v", level, err)
		}
	}
	w.Override("/tsa", nil)
	w.Override("/crl/root.crl", http.NotFoundHandler())
	_, _, err := b.extend(t, data, "B-LT")
	if signing.Code(err) != "EVIDENCE_UNAVAILABLE" || !strings.Contains(err.Error(), "/crl/root.crl") {
		t.Errorf("%v", err)
	}
	if _, x, err := b.extend(t, data, "B-T"); err != nil || x.After.Signatures[0].Level != "B-T" {
		t.Errorf("B-T needs no evidence: %v", err)
	}
	// Handed over, it is as good.
	ev := verify.Evidence{CRLs: [][]byte{w.At(w.Now()).RootCRL()}}
	x, err := b.levels.Extend(t.Context(), document("a.pdf", data), ev, "B-LT", nil)
	if err != nil || x.After.Verdict != verify.TotalPassed {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.Override("/tsa", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel(); time.Sleep(50 * time.Millisecond) }))
	if _, err := b.levels.Extend(ctx, document("a.pdf", data), ev, "B-T", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestExtendLocked: a signature that allows no change allows this.
func TestExtendLocked(t *testing.T) {
	b := at2020(t)
	r, err := b.signField(t, lockable(t, "Include", pdf.String("Số")), "B-T")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.sign(t, bytesOf(t, r), b.worlds[0].Agencies[0], "B-B"); signing.Code(err) != "LOCKED_PDF" {
		t.Fatalf("it is not locked: %v", err)
	}
	out, _, err := b.extend(t, bytesOf(t, r), "B-LTA")
	if err != nil {
		t.Fatal(err)
	}
	b.wantPassed(t, out, b.levels.Clock(), "B-LTA")

	// So does one that locks every field: a timestamp in a field of its own says
	// nothing that a lock is about.
	if r, err = b.signField(t, lockable(t, "All"), "B-T"); err != nil {
		t.Fatal(err)
	}
	if out, _, err = b.extend(t, bytesOf(t, r), "B-LTA"); err != nil {
		t.Fatal(err)
	}
	b.wantPassed(t, out, b.levels.Clock(), "B-LTA")
	if _, x, err := b.extend(t, bytesOf(t, r), "B-LT"); err != nil || x.After.Verdict != verify.TotalPassed {
		t.Errorf("all locked, B-LT: %v", err)
	}
}

// lockable has a field whose signature allows no later change (ISO 32000-2,
// 12.7.5.5).
func lockable(t *testing.T, action pdf.Name, names ...pdf.Object) []byte {
	t.Helper()
	data, err := documents.Open(documents.LetterWithFields)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	fields, err := doc.Fields()
	if err != nil {
		t.Fatal(err)
	}
	u, err := doc.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if f.Name == documents.PersonField {
			d, err := u.Dict(f.Ref)
			if err != nil {
				t.Fatal(err)
			}
			d.Set("Lock", pdf.MakeDict(pdf.Name("Action"), action, pdf.Name("Fields"), pdf.Array(names), pdf.Name("P"), 1))
			u.Set(f.Ref, d)
		}
	}
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return append(data, more...)
}

func (b *bench) signField(t *testing.T, data []byte, level string) (signing.Result, error) {
	t.Helper()
	s, err := signing.New(signing.Options{Keys: b.worlds[0].Hold(b.worlds[0].Persons[0]), Approver: signingtest.Person(signingtest.Agrees), Clock: b.levels.Clock, Levels: b.levels})
	if err != nil {
		t.Fatal(err)
	}
	results, err := s.Sign(t.Context(), signing.Request{Documents: []signing.Document{document("a.pdf", data)}, Level: level, Field: documents.PersonField}, nil)
	if err != nil {
		return signing.Result{}, err
	}
	return results[0], nil
}
