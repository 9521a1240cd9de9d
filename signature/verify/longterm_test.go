package verify_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/tsp"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// These tests go through years, so their PKIs are made at fixed moments, early
// enough for RSA 2048 to be acceptable to the end.
var (
	// first: signers 2019 to 2024, TSA 2019 to 2029; one signer was revoked on
	// 2 December 2019.
	first = sync.OnceValue(func() *pki.PKI { return madeAt(2020) })
	// second comes when the first ends: its TSA is good from 2026 to 2036.
	second = sync.OnceValue(func() *pki.PKI { return madeAt(2027) })
)

func madeAt(year int) *pki.PKI {
	p, err := pki.New(pki.Options{Now: day(year, 1, 1), BaseURL: "http://127.0.0.1/pki", Keys: pki.FastKeys})
	if err != nil {
		panic(err)
	}
	return p
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}

// token is p's timestamp over digest at a moment.
func token(t testing.TB, p *pki.PKI, digest []byte, at time.Time) []byte {
	t.Helper()
	token, err := tsp.ParseResponse(p.At(at).TimestampResponse(tsp.NewRequest(crypto.SHA256, digest, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func sha256sum(b []byte) []byte {
	h := crypto.SHA256.New()
	h.Write(b)
	return h.Sum(nil)
}

func whole(t testing.TB, s *pades.Signed) []byte {
	t.Helper()
	var w bytes.Buffer
	if _, err := s.WriteTo(&w); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// signAt signs the letter as id, with a timestamp of that moment when stamped.
func signAt(t testing.TB, id pki.Identity, at time.Time, stamped bool) []byte {
	t.Helper()
	u, err := pades.Prepare(open(t, document(t, documents.Letter)), pades.Options{
		Certificate: id.Certificate, Chain: first().Chain(), Time: at, Timestamp: stamped,
	})
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	var stamp []byte
	if stamped {
		stamp = token(t, first(), sha256sum(value), at)
	}
	signed, err := u.FinishStamped(value, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return whole(t, signed)
}

// store adds p's CAs and its CRLs of a moment to the document.
func store(t testing.TB, b []byte, p *pki.PKI, at time.Time) []byte {
	t.Helper()
	ev := pades.Evidence{
		Certificates: [][]byte{p.SubCA.Certificate.Raw, p.Root.Certificate.Raw, p.TSA.Certificate.Raw},
		CRLs:         [][]byte{p.At(at).CRL(), p.At(at).RootCRL()},
	}
	signed, err := pades.AddEvidence(open(t, b), ev)
	if err != nil {
		t.Fatal(err)
	}
	return whole(t, signed)
}

// stampAt adds a document timestamp.
func stampAt(t testing.TB, b []byte, p *pki.PKI, at time.Time) []byte {
	t.Helper()
	u, err := pades.PrepareTimestamp(open(t, b), pades.TimestampOptions{})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := u.Finish(token(t, p, u.Digest(), at))
	if err != nil {
		t.Fatal(err)
	}
	return whole(t, signed)
}

// judgeAt judges b with fresh CRLs of both PKIs that were there by then.
func judgeAt(t testing.TB, b []byte, at time.Time, process verify.Process, fresh ...*pki.PKI) *verify.Report {
	t.Helper()
	var ev verify.Evidence
	for _, p := range fresh {
		ev.CRLs = append(ev.CRLs, p.At(at).CRL(), p.At(at).RootCRL())
	}
	anchors := slices.Concat(first().Anchors(), second().Anchors())
	r, err := verify.Document(open(t, b), ev, verify.Policy{Trust: trust.NewStore(anchors...), At: at, Process: process})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestWithTime: a trusted timestamp moves the moment a signature is judged at,
// and so decides about a later revocation.
func TestWithTime(t *testing.T) {
	revoked := first().RevokedPerson
	good := first().Persons[0]
	today := day(2020, 1, 5)
	for _, c := range []struct {
		name    string
		data    []byte
		at      time.Time
		process verify.Process
		sub     string
		source  string
	}{
		{"stamped before the revocation", signAt(t, revoked, day(2019, 7, 1), true), today, verify.LongTerm, "", "timestamp"},
		{"the same, without looking at times", signAt(t, revoked, day(2019, 7, 1), true), today, verify.Basic, "REVOKED_NO_POE", "validation-time"},
		{"claimed before the revocation", signAt(t, revoked, day(2019, 7, 1), false), today, verify.LongTerm, "REVOKED_NO_POE", "validation-time"},
		{"stamped after the revocation", signAt(t, revoked, day(2019, 12, 20), true), today, verify.LongTerm, "REVOKED_NO_POE", "timestamp"},
		{"good and stamped", signAt(t, good, day(2019, 12, 20), true), today, verify.WithTime, "", "timestamp"},
		{"stamped in the future", signAt(t, good, day(2020, 2, 1), true), today, verify.LongTerm, "", "validation-time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judgeAt(t, c.data, c.at, c.process, first())
			s := r.Signatures[0]
			if s.SubIndication != c.sub || (s.Verdict == verify.TotalPassed) != (c.sub == "") || s.BestTime.Source != c.source || !s.Valid {
				t.Errorf("%s %s %+v, best time %+v, stamps %+v", s.Verdict, s.SubIndication, s.Reason, s.BestTime, s.Timestamps)
			}
			if c.name == "stamped in the future" && s.Timestamps[0].SubIndication != "TIMESTAMP_ORDER_FAILURE" {
				t.Errorf("a timestamp of the future: %+v", s.Timestamps)
			}
		})
	}
}

// TestPast follows one signature through the years (ETSI EN 319 102-1, 5.6).
func TestPast(t *testing.T) {
	signed := signAt(t, first().Persons[0], day(2020, 6, 1), true)
	stored := store(t, signed, first(), day(2020, 6, 2))
	before := store(t, signed, first(), day(2020, 5, 30))
	archived := stampAt(t, stored, first(), day(2020, 6, 3))
	renewed := stampAt(t, store(t, archived, first(), day(2028, 1, 1)), second(), day(2028, 1, 2))
	bare := stampAt(t, archived, second(), day(2028, 1, 2))
	late := stampAt(t, store(t, archived, first(), day(2028, 12, 25)), second(), day(2029, 2, 1))
	a, b := first(), second()
	for _, c := range []struct {
		name    string
		data    []byte
		at      time.Time
		process verify.Process
		fresh   []*pki.PKI
		level   string
		sub     string // empty: passes
	}{
		{"while all is good", signed, day(2021, 1, 1), verify.LongTerm, []*pki.PKI{a}, "B-T", ""},
		{"expired, status not kept", signed, day(2025, 6, 1), verify.LongTerm, []*pki.PKI{a}, "B-T", "NO_POE"},
		{"expired, status kept", stored, day(2025, 6, 1), verify.LongTerm, []*pki.PKI{a}, "B-LT", ""},
		{"expired, times alone", stored, day(2025, 6, 1), verify.WithTime, []*pki.PKI{a}, "B-LT", "OUT_OF_BOUNDS_NO_POE"},
		{"expired, status from before signing", before, day(2025, 6, 1), verify.LongTerm, []*pki.PKI{a}, "B-LT", "OUT_OF_BOUNDS_NO_POE"},
		{"expired, nothing fresh about the TSA", stored, day(2025, 6, 1), verify.LongTerm, nil, "B-LT", "OUT_OF_BOUNDS_NO_POE"},
		{"archived", archived, day(2025, 6, 1), verify.LongTerm, []*pki.PKI{a}, "B-LTA", ""},
		{"archived, the TSA has expired", archived, day(2029, 6, 1), verify.LongTerm, []*pki.PKI{a, b}, "B-LTA", "OUT_OF_BOUNDS_NO_POE"},
		{"renewed in time", renewed, day(2029, 6, 1), verify.LongTerm, []*pki.PKI{a, b}, "B-LTA", ""},
		{"renewed in time, nothing fresh about the new TSA", renewed, day(2029, 6, 1), verify.LongTerm, nil, "B-LTA", "OUT_OF_BOUNDS_NO_POE"},
		{"renewed without the first TSA's status", bare, day(2029, 6, 1), verify.LongTerm, []*pki.PKI{b}, "B-LTA", "OUT_OF_BOUNDS_NO_POE"},
		{"renewed too late", late, day(2029, 6, 1), verify.LongTerm, []*pki.PKI{a, b}, "B-LTA", "OUT_OF_BOUNDS_NO_POE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judgeAt(t, c.data, c.at, c.process, c.fresh...)
			s := r.Signatures[0]
			if s.SubIndication != c.sub || (s.Verdict == verify.TotalPassed) != (c.sub == "") || s.Level != c.level || !s.Valid {
				t.Errorf("%s %s %+v, level %s, best time %+v", s.Verdict, s.SubIndication, s.Reason, s.Level, s.BestTime)
				for _, st := range s.Timestamps {
					t.Errorf("  %s %s %s %s %+v", st.Kind, st.Time, st.Verdict, st.SubIndication, st.Reason)
				}
			}
			if c.data != nil && &c.data[0] == &before[0] && (s.Reason == nil || s.Reason.Code != "NO_PROOF_OF_EXISTENCE") {
				t.Errorf("the reason is %+v", s.Reason)
			}
			if c.sub == "" && !s.BestTime.Value.Equal(day(2020, 6, 1)) {
				t.Errorf("best time %+v", s.BestTime)
			}
			if c.sub == "" && r.Verdict != verify.TotalPassed {
				t.Errorf("the document: %s %s %+v", r.Verdict, r.SubIndication, r.Reason)
			}
		})
	}
}

// TestTimestampOrder: a signature timestamp younger than the document
// timestamp over it cannot be.
func TestTimestampOrder(t *testing.T) {
	b := stampAt(t, signAt(t, first().Persons[0], day(2020, 6, 10), true), first(), day(2020, 6, 5))
	s := judgeAt(t, b, day(2020, 6, 11), verify.LongTerm, first()).Signatures[0]
	if s.Verdict != verify.Indeterminate || s.SubIndication != "TIMESTAMP_ORDER_FAILURE" {
		t.Errorf("%s %s %+v", s.Verdict, s.SubIndication, s.Reason)
	}
}

// detached makes a CMS over content as id; with stamps as given.
func detached(t testing.TB, id pki.Identity, content, contentStamp []byte, stamp func(value []byte) []byte) []byte {
	t.Helper()
	u, err := cms.Prepare(cms.Content{Certificate: id.Certificate, Chain: first().Chain(), Digest: sha256sum(content), ContentTimestamp: contentStamp})
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	var unsigned []cms.Attribute
	if stamp != nil {
		unsigned = append(unsigned, cms.Attribute{Type: cms.OIDTimestamp, Values: [][]byte{stamp(value)}})
	}
	der, err := u.Finish(value, unsigned...)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestDetached: what a content timestamp proves, and what a timestamp over
// other data does not.
func TestDetached(t *testing.T) {
	content := []byte("nội dung")
	revoked, good := first().RevokedPerson, first().Persons[0]
	over := func(data []byte, at time.Time) []byte { return token(t, first(), sha256sum(data), at) }
	for _, c := range []struct {
		name    string
		der     []byte
		content string
		verdict verify.Verdict
		sub     string
		stamp   string // sub-indication of the first timestamp
	}{
		{"good", detached(t, good, content, nil, nil), "nội dung", verify.TotalPassed, "", ""},
		{"other content", detached(t, good, content, nil, nil), "nội dụng", verify.TotalFailed, "HASH_FAILURE", ""},
		{"revoked", detached(t, revoked, content, nil, nil), "nội dung", verify.Indeterminate, "REVOKED_NO_POE", ""},
		{"made after the revocation", detached(t, revoked, content, over(content, day(2019, 12, 10)), nil), "nội dung", verify.TotalFailed, "REVOKED", ""},
		{"content timestamp over other content", detached(t, revoked, content, over([]byte("x"), day(2019, 12, 10)), nil), "nội dung", verify.Indeterminate, "REVOKED_NO_POE", "HASH_FAILURE"},
		{"made after the timestamp over it", detached(t, good, content, over(content, day(2019, 12, 10)), func(v []byte) []byte { return over(v, day(2019, 12, 9)) }), "nội dung", verify.Indeterminate, "TIMESTAMP_ORDER_FAILURE", ""},
		{"timestamp over another value", detached(t, revoked, content, nil, func(v []byte) []byte { return over(v[1:], day(2019, 7, 1)) }), "nội dung", verify.Indeterminate, "REVOKED_NO_POE", "HASH_FAILURE"},
		{"timestamp that cannot be read", detached(t, good, content, nil, func(v []byte) []byte { return []byte{0x30, 0} }), "nội dung", verify.TotalPassed, "", "FORMAT_FAILURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := day(2020, 1, 5)
			r, err := verify.Detached(c.der, func(h crypto.Hash) ([]byte, error) {
				w := h.New()
				w.Write([]byte(c.content))
				return w.Sum(nil), nil
			}, verify.Evidence{CRLs: [][]byte{first().At(at).CRL(), first().At(at).RootCRL()}}, verify.Policy{Trust: trust.NewStore(first().Anchors()...), At: at})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != c.verdict || r.SubIndication != c.sub {
				t.Errorf("%s %s %+v", r.Verdict, r.SubIndication, r.Reason)
			}
			if stamps := r.Signatures[0].Timestamps; c.stamp != "" && (len(stamps) != 1 || stamps[0].SubIndication != c.stamp) {
				t.Errorf("timestamps %+v", stamps)
			}
		})
	}
}

// TestExpiredNotRevoked: what is known of an expired certificate is told.
func TestExpiredNotRevoked(t *testing.T) {
	b := signAt(t, first().Persons[0], day(2020, 6, 1), false)
	end := first().Persons[0].Certificate.NotAfter
	for want, at := range map[string]time.Time{"OUT_OF_BOUNDS_NOT_REVOKED": end.AddDate(0, 0, -1), "OUT_OF_BOUNDS_NO_POE": end.AddDate(0, 0, -30)} {
		ev := verify.Evidence{CRLs: [][]byte{first().At(at).CRL()}}
		r, err := verify.Document(open(t, b), ev, verify.Policy{Trust: trust.NewStore(first().Anchors()...), At: end.AddDate(0, 3, 0)})
		if err != nil || r.Verdict != verify.Indeterminate || r.SubIndication != want {
			t.Errorf("CRL of %s: %s %s, want %s; %v", at, r.Verdict, r.SubIndication, want, err)
		}
	}
}

// TestOldGeneration: SHA-1 in certificates and CRLs passes below an anchor that
// allows it, until the date it names, and is told.
func TestOldGeneration(t *testing.T) {
	w := old(t)
	b := w.sign(t)
	for _, c := range []struct {
		name  string
		until time.Time
		sub   string
	}{
		{"allowed", day(2030, 3, 5), ""},
		{"not allowed any more", day(2025, 1, 1), "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"},
		{"never allowed", time.Time{}, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"},
	} {
		store := trust.NewStoreOf(trust.Anchor{Certificate: w.root, SHA1Until: c.until})
		r, err := verify.Document(open(t, b), verify.Evidence{CRLs: [][]byte{w.crl}}, verify.Policy{Trust: store, At: day(2026, 6, 1)})
		if err != nil {
			t.Fatal(err)
		}
		s := r.Signatures[0]
		told := slices.ContainsFunc(s.Warnings, func(m verify.Message) bool { return m.Code == "OLD_GENERATION" })
		if s.SubIndication != c.sub || (s.Verdict == verify.TotalPassed) != (c.sub == "") || told != (c.sub == "") {
			t.Errorf("%s: %s %s %+v, warnings %+v", c.name, s.Verdict, s.SubIndication, s.Reason, s.Warnings)
		}
	}
}

// oldWorld is a CA of the old generation with one signer.
type oldWorld struct {
	root, leaf *x509.Certificate
	key        *rsa.PrivateKey
	crl        []byte
}

func old(t testing.TB) oldWorld {
	t.Helper()
	make := func(name string, parent *x509.Certificate, parentKey *rsa.PrivateKey) (*x509.Certificate, *rsa.PrivateKey) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: day(2010, 3, 10), NotAfter: day(2030, 3, 5),
			SignatureAlgorithm: x509.SHA1WithRSA, KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if parent == nil {
			template.KeyUsage, template.IsCA, template.BasicConstraintsValid = x509.KeyUsageCertSign|x509.KeyUsageCRLSign, true, true
			parent, parentKey = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert, key
	}
	var w oldWorld
	root, rootKey := make("RootCA thế hệ cũ (thử nghiệm)", nil, nil)
	w.root = root
	w.leaf, w.key = make("Người ký thế hệ cũ (thử nghiệm)", root, rootKey)
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: day(2026, 5, 30), NextUpdate: day(2026, 6, 6), SignatureAlgorithm: x509.SHA1WithRSA,
	}, root, rootKey)
	if err != nil {
		t.Fatal(err)
	}
	w.crl = crl
	return w
}

func (w oldWorld) sign(t testing.TB) []byte {
	t.Helper()
	u, err := pades.Prepare(open(t, document(t, documents.Letter)), pades.Options{Certificate: w.leaf, Time: day(2026, 5, 31)})
	if err != nil {
		t.Fatal(err)
	}
	value, err := w.key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := u.Finish(value)
	if err != nil {
		t.Fatal(err)
	}
	return whole(t, signed)
}

// FuzzLongTerm changes a document with timestamps and evidence in it. It passes
// only with every byte its last timestamp covers as it was.
func FuzzLongTerm(f *testing.F) {
	good := stampAt(f, store(f, signAt(f, first().Persons[0], day(2020, 6, 1), true), first(), day(2020, 6, 2)), first(), day(2020, 6, 3))
	found, err := pades.Find(open(f, good))
	if err != nil {
		f.Fatal(err)
	}
	last := found[len(found)-1].Range
	for _, at := range []int64{found[0].Range[1] + 100, found[0].Range[2] + 500, last[1] + 9, last[1] + 4000, last[1] + 6001} {
		f.Add(int(at), []byte("30"), []byte{})
	}
	f.Add(0, []byte{}, good[len(good)-2000:])
	at := day(2025, 6, 1)
	ev := verify.Evidence{CRLs: [][]byte{first().At(at).CRL(), first().At(at).RootCRL()}}
	p := verify.Policy{Trust: trust.NewStore(first().Anchors()...), At: at}
	if r, err := verify.Document(open(f, good), ev, p); err != nil || r.Verdict != verify.TotalPassed {
		f.Fatalf("the document itself: %+v %v", r, err)
	}
	f.Fuzz(func(t *testing.T, at int, over, behind []byte) {
		b := bytes.Clone(good)
		if at >= 0 && at < len(b) {
			copy(b[at:], over)
		}
		b = append(b, behind...)
		doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		r, err := verify.Document(doc, ev, p)
		if err != nil || r.Verdict != verify.TotalPassed {
			return
		}
		if !bytes.Equal(b[:last[1]], good[:last[1]]) || !bytes.Equal(b[last[2]:last[2]+last[3]], good[last[2]:last[2]+last[3]]) {
			t.Fatal("passed with covered bytes changed")
		}
	})
}
