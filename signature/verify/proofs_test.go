package verify_test

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// signOnto adds a signature of id to b, with a token of tsa when there is one.
func signOnto(t testing.TB, b []byte, id pki.Identity, chain *pki.PKI, at time.Time, tsa *pki.PKI) []byte {
	t.Helper()
	u, err := pades.Prepare(open(t, b), pades.Options{Certificate: id.Certificate, Chain: chain.Chain(), Time: at, Timestamp: tsa != nil})
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	var stamp []byte
	if tsa != nil {
		stamp = token(t, tsa, sha256sum(value), at)
	}
	signed, err := u.FinishStamped(value, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return whole(t, signed)
}

func crls(p *pki.PKI, at time.Time) [][]byte { return [][]byte{p.At(at).CRL(), p.At(at).RootCRL()} }

// TestWhatADocumentTimestampProves: what stands before it, in long-term
// validation, at its own time; and nothing else.
func TestWhatADocumentTimestampProves(t *testing.T) {
	w := first()
	letter := document(t, documents.Letter)
	before := stampAt(t, signOnto(t, letter, w.RevokedPerson, w, day(2019, 6, 1), nil), w, day(2019, 7, 1))
	after := signOnto(t, stampAt(t, signOnto(t, letter, w.Persons[0], w, day(2019, 6, 1), nil), w, day(2019, 7, 1)), w.RevokedPerson, w, day(2019, 7, 2), nil)
	future := stampAt(t, signOnto(t, letter, w.Persons[0], w, day(2019, 6, 1), nil), w, day(2020, 2, 1))
	for _, c := range []struct {
		name    string
		data    []byte
		process verify.Process
		which   int
		sub     string
		source  string
	}{
		{"before it", before, verify.LongTerm, 0, "", "document-timestamp"},
		{"before it, times of signatures alone", before, verify.WithTime, 0, "REVOKED_NO_POE", "validation-time"},
		{"after it", after, verify.LongTerm, 2, "REVOKED_NO_POE", "validation-time"},
		{"of the future", future, verify.LongTerm, 1, "TIMESTAMP_ORDER_FAILURE", "validation-time"},
		{"before one of the future", future, verify.LongTerm, 0, "", "validation-time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := judgeAt(t, c.data, day(2020, 1, 5), c.process, w).Signatures[c.which]
			if s.SubIndication != c.sub || (s.Verdict == verify.TotalPassed) != (c.sub == "") || s.BestTime.Source != c.source {
				t.Errorf("%s %s %+v, best time %+v", s.Verdict, s.SubIndication, s.Reason, s.BestTime)
			}
		})
	}
}

// TestNotYetValid: a signature proven older than its certificate is none.
func TestNotYetValid(t *testing.T) {
	w := first()
	b := signOnto(t, document(t, documents.Letter), w.FuturePerson, w, day(2020, 6, 1), w)
	s := judgeAt(t, b, day(2022, 1, 5), verify.LongTerm, w).Signatures[0]
	if s.Verdict != verify.TotalFailed || s.SubIndication != "NOT_YET_VALID" {
		t.Errorf("%s %s %+v", s.Verdict, s.SubIndication, s.Reason)
	}
}

// TestEvidenceMustBeAsOldAsItsCA: a CRL that nothing proves to be older than
// the moment its CA's status was last known may be anybody's.
func TestEvidenceMustBeAsOldAsItsCA(t *testing.T) {
	signer, tsa := first(), madeAt(2021)
	signed := signOnto(t, document(t, documents.Letter), signer.Persons[0], signer, day(2022, 6, 1), tsa)
	covered := stampAt(t, store(t, signed, signer, day(2022, 6, 2)), tsa, day(2022, 6, 3))
	added := store(t, stampAt(t, signed, tsa, day(2022, 6, 3)), signer, day(2022, 6, 2))
	at := day(2025, 6, 1)
	for want, b := range map[string][]byte{"": covered, "NO_POE": added} {
		r, err := verify.Document(open(t, b), verify.Evidence{CRLs: crls(tsa, at)}, verify.Policy{
			Trust: trust.NewStore(slices.Concat(signer.Anchors(), tsa.Anchors())...), At: at,
		})
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Signatures[0]; s.SubIndication != want || (s.Verdict == verify.TotalPassed) != (want == "") {
			t.Errorf("want %q: %s %s %+v", want, s.Verdict, s.SubIndication, s.Reason)
		}
	}
}

// TestResponderExpired: what an OCSP responder signed counts after its
// certificate has expired only with a proof that it is older.
func TestResponderExpired(t *testing.T) {
	// The responder stamps its answers with the real time, and is good for a
	// year from when the PKI was made.
	moment := time.Now().UTC().Truncate(time.Second)
	signer, err := pki.New(pki.Options{Now: moment.AddDate(0, -9, 0), BaseURL: "http://127.0.0.1/pki", Keys: pki.FastKeys})
	if err != nil {
		t.Fatal(err)
	}
	tsa, err := pki.New(pki.Options{Now: moment, BaseURL: "http://127.0.0.1/pki", Keys: pki.FastKeys})
	if err != nil {
		t.Fatal(err)
	}
	person := signer.Persons[0]
	signed := signOnto(t, document(t, documents.Letter), person, signer, moment.Add(-time.Hour), tsa)
	with, err := pades.AddEvidence(open(t, signed), pades.Evidence{
		OCSPs: [][]byte{signer.At(moment).OCSPResponse(person.Certificate)}, CRLs: [][]byte{signer.At(moment).RootCRL()},
	})
	if err != nil {
		t.Fatal(err)
	}
	bare := whole(t, with)
	covered := stampAt(t, bare, tsa, moment.Add(24*time.Hour))
	for _, c := range []struct {
		name   string
		data   []byte
		months int
		sub    string
	}{
		{"while the responder is good", bare, 1, ""},
		{"after it expired", bare, 6, "REVOCATION_OUT_OF_BOUNDS_NO_POE"},
		{"after it expired, and proven older", covered, 6, ""},
		{"after the signer expired too", bare, 60, "NO_POE"},
		{"after the signer expired too, and proven older", covered, 60, ""},
	} {
		at := moment.AddDate(0, c.months, 0)
		r, err := verify.Document(open(t, c.data), verify.Evidence{CRLs: append(crls(tsa, at), signer.At(at).RootCRL())}, verify.Policy{
			Trust: trust.NewStore(slices.Concat(signer.Anchors(), tsa.Anchors())...), At: at,
		})
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Signatures[0]; s.SubIndication != c.sub || (s.Verdict == verify.TotalPassed) != (c.sub == "") {
			t.Errorf("%s: %s %s %+v, best time %+v, revocation %+v", c.name, s.Verdict, s.SubIndication, s.Reason, s.BestTime, s.Revocation)
		}
	}
}
