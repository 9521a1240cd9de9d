package revocation_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"kyso/signature/revocation"
)

// The times of these tests lie around the clock's, since x/crypto/ocsp writes
// it into producedAt.
var (
	at    = time.Now().UTC().Truncate(time.Minute)
	begin = at.AddDate(-1, 0, 0)
	end   = at.AddDate(1, 0, 0)
)

type entity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

var lastSerial int64

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func issue(t testing.TB, name string, key crypto.Signer, issuer *entity, change func(c *x509.Certificate)) *entity {
	t.Helper()
	lastSerial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(lastSerial), Subject: pkix.Name{CommonName: name}, NotBefore: begin, NotAfter: end,
		BasicConstraintsValid: true,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &entity{cert, key}
}

func asCA(c *x509.Certificate) {
	c.IsCA = true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
}

func asResponder(c *x509.Certificate) {
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
}

var noCheck = pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: []byte{5, 0}}

// world is a CA, a certificate of it, and a delegated responder.
type world struct{ ca, leaf, responder *entity }

func newWorld(t testing.TB) world {
	ca := issue(t, "CA", newKey(t), nil, asCA)
	return world{ca, issue(t, "Leaf", newKey(t), ca, nil), issue(t, "Responder", newKey(t), ca, asResponder)}
}

// answer is an OCSP response about w.leaf, signed by signer.
func (w world) answer(t testing.TB, signer *entity, change func(r *ocsp.Response)) []byte {
	t.Helper()
	r := ocsp.Response{Status: ocsp.Good, SerialNumber: w.leaf.cert.SerialNumber, ThisUpdate: at.Add(-time.Hour), NextUpdate: at.Add(time.Hour)}
	if signer != w.ca {
		r.Certificate = signer.cert
	}
	if change != nil {
		change(&r)
	}
	der, err := ocsp.CreateResponse(w.ca.cert, signer.cert, r, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// list is a CRL of signer with the given entries.
func list(t testing.TB, signer *entity, change func(l *x509.RevocationList), entries ...x509.RevocationListEntry) []byte {
	t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(10), ThisUpdate: at.Add(-time.Hour), NextUpdate: at.Add(time.Hour), RevokedCertificateEntries: entries}
	if change != nil {
		change(l)
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, signer.cert, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (w world) entry(when time.Time, reason int) x509.RevocationListEntry {
	return x509.RevocationListEntry{SerialNumber: w.leaf.cert.SerialNumber, RevocationTime: when, ReasonCode: reason}
}

func extension(oid asn1.ObjectIdentifier, critical bool, value []byte) pkix.Extension {
	return pkix.Extension{Id: oid, Critical: critical, Value: value}
}

var (
	oidIDP     = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidDelta   = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidUnknown = asn1.ObjectIdentifier{1, 2, 3, 4}
)

func with(extensions ...pkix.Extension) func(l *x509.RevocationList) {
	return func(l *x509.RevocationList) { l.ExtraExtensions = append(l.ExtraExtensions, extensions...) }
}

// delta makes a list a delta CRL with the given number over base.
func delta(number, base int64) func(l *x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.Number = big.NewInt(number)
		l.ThisUpdate = at.Add(-time.Minute)
		value, _ := asn1.Marshal(base)
		l.ExtraExtensions = append(l.ExtraExtensions, extension(oidDelta, true, value))
	}
}

func stale(l *x509.RevocationList) {
	l.ThisUpdate, l.NextUpdate = at.Add(-48*time.Hour), at.Add(-24*time.Hour)
}

type outcome struct {
	name   string
	ev     revocation.Evidence
	want   revocation.Status
	why    string
	source string
	check  func(t *testing.T, r revocation.Result)
}

func run(t *testing.T, w world, cases []outcome) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := revocation.Check(w.leaf.cert, w.ca.cert, c.ev, at)
			if r.Status != c.want || r.WhyCode != c.why || (c.source != "" && r.Source != c.source) {
				t.Fatalf("%v %s %q from %q; want %v %s", r.Status, r.WhyCode, r.Why, r.Source, c.want, c.why)
			}
			if (r.Status == revocation.Unknown) != (r.Why != "") || (r.Status == revocation.Unknown) != (r.Source == "") {
				t.Errorf("status and words disagree: %+v", r)
			}
			if c.check != nil {
				c.check(t, r)
			}
		})
	}
}

func ocsps(items ...[]byte) revocation.Evidence { return revocation.Evidence{OCSPs: items} }
func crls(items ...[]byte) revocation.Evidence  { return revocation.Evidence{CRLs: items} }

func TestOCSP(t *testing.T) {
	w := newWorld(t)
	earlier, later := at.Add(-30*time.Minute), at.Add(30*time.Minute)
	revokedAt := func(when time.Time, reason int) func(r *ocsp.Response) {
		return func(r *ocsp.Response) { r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, when, reason }
	}
	twinCA := issue(t, "CA", newKey(t), nil, asCA)
	foreign := issue(t, "Responder", newKey(t), twinCA, asResponder)
	withoutUsage := issue(t, "Responder", newKey(t), w.ca, nil)
	expired := issue(t, "Responder", newKey(t), w.ca, func(c *x509.Certificate) { asResponder(c); c.NotAfter = at.Add(-time.Hour) })
	wrongUsage := issue(t, "Responder", newKey(t), w.ca, func(c *x509.Certificate) { asResponder(c); c.KeyUsage = x509.KeyUsageKeyEncipherment })
	noCheckResponder := issue(t, "Responder", newKey(t), w.ca, func(c *x509.Certificate) { asResponder(c); c.ExtraExtensions = []pkix.Extension{noCheck} })
	weakKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak := issue(t, "Responder", weakKey, w.ca, asResponder)
	direct := w.answer(t, w.ca, nil)
	revokesResponder := list(t, w.ca, nil, x509.RevocationListEntry{SerialNumber: w.responder.cert.SerialNumber, RevocationTime: earlier})
	run(t, w, []outcome{
		{name: "none", why: revocation.WhyNone},
		{name: "by the CA", ev: ocsps(direct), want: revocation.Good, source: "ocsp", check: func(t *testing.T, r revocation.Result) {
			if r.Signer != nil || r.SignerStatus != revocation.Good || !r.ThisUpdate.Equal(at.Add(-time.Hour)) || !r.NextUpdate.Equal(at.Add(time.Hour)) || r.ProducedAt.IsZero() {
				t.Errorf("%+v", r)
			}
		}},
		{name: "with SHA-256", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.IssuerHash = crypto.SHA256 })), want: revocation.Good},
		{name: "with SHA-512", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.IssuerHash = crypto.SHA512 })), want: revocation.Good},
		{name: "by a delegate", ev: ocsps(w.answer(t, w.responder, nil)), want: revocation.Good, check: func(t *testing.T, r revocation.Result) {
			if r.Signer == nil || !r.Signer.Equal(w.responder.cert) || r.NoCheck || r.SignerStatus != revocation.Unknown {
				t.Errorf("%+v", r)
			}
		}},
		{name: "by a delegate with nocheck", ev: ocsps(w.answer(t, noCheckResponder, nil)), want: revocation.Good, check: func(t *testing.T, r revocation.Result) {
			if !r.NoCheck || r.SignerStatus != revocation.Good {
				t.Errorf("%+v", r)
			}
		}},
		{name: "delegate's certificate beside", ev: revocation.Evidence{OCSPs: [][]byte{w.answer(t, w.responder, func(r *ocsp.Response) { r.Certificate = nil })},
			Certificates: []*x509.Certificate{w.responder.cert}}, want: revocation.Good},
		{name: "delegate's certificate nowhere", ev: ocsps(w.answer(t, w.responder, func(r *ocsp.Response) { r.Certificate = nil })), why: revocation.WhyIssuer},
		{name: "delegate without usage", ev: ocsps(w.answer(t, withoutUsage, nil)), why: revocation.WhyIssuer},
		{name: "delegate of another CA", ev: ocsps(w.answer(t, foreign, nil)), why: revocation.WhyIssuer},
		{name: "delegate expired", ev: ocsps(w.answer(t, expired, nil)), why: revocation.WhyIssuer},
		{name: "delegate may not sign", ev: ocsps(w.answer(t, wrongUsage, nil)), why: revocation.WhyIssuer},
		{name: "delegate revoked", ev: revocation.Evidence{OCSPs: [][]byte{w.answer(t, w.responder, nil)}, CRLs: [][]byte{
			list(t, w.ca, stale, x509.RevocationListEntry{SerialNumber: w.responder.cert.SerialNumber, RevocationTime: at.Add(-50 * time.Hour)})}}, why: revocation.WhyOutOfDate},
		{name: "delegate revoked, CRL says good", ev: revocation.Evidence{OCSPs: [][]byte{w.answer(t, w.responder, nil)}, CRLs: [][]byte{revokesResponder}}, want: revocation.Good, source: "crl"},
		{name: "weak key", ev: ocsps(w.answer(t, weak, nil)), why: revocation.WhyAlgorithm},
		{name: "weak key allowed", ev: revocation.Evidence{OCSPs: [][]byte{w.answer(t, weak, nil)}, Algorithms: anyAlgorithm}, want: revocation.Good},
		{name: "signed by another key", ev: ocsps(w.answer(t, &entity{w.ca.cert, newKey(t)}, func(r *ocsp.Response) { r.Certificate = nil })), why: revocation.WhySignature},
		{name: "another number", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.SerialNumber = big.NewInt(9999) })), why: revocation.WhyNone},
		{name: "another issuer", ev: ocsps(world{twinCA, w.leaf, nil}.answer(t, twinCA, nil)), why: revocation.WhyNone},
		{name: "revoked", ev: ocsps(w.answer(t, w.ca, revokedAt(earlier, ocsp.KeyCompromise))), want: revocation.Revoked, check: func(t *testing.T, r revocation.Result) {
			if !r.RevokedAt.Equal(earlier) || r.Reason != ocsp.KeyCompromise {
				t.Errorf("%+v", r)
			}
		}},
		{name: "revoked at that moment", ev: ocsps(w.answer(t, w.ca, revokedAt(at, 0))), want: revocation.Revoked},
		{name: "revoked later", ev: ocsps(w.answer(t, w.ca, revokedAt(later, 0))), want: revocation.Good, check: func(t *testing.T, r revocation.Result) {
			if !r.RevokedAt.Equal(later) {
				t.Errorf("%+v", r)
			}
		}},
		{name: "unknown", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.Status = ocsp.Unknown })), why: revocation.WhyUnknown},
		{name: "unknown and good", ev: ocsps(direct, w.answer(t, w.ca, func(r *ocsp.Response) { r.Status = ocsp.Unknown })), want: revocation.Good},
		{name: "good and revoked", ev: ocsps(direct, w.answer(t, w.ca, revokedAt(earlier, 0)), direct), want: revocation.Revoked},
		{name: "stale", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.NextUpdate = at.Add(-time.Second) })), why: revocation.WhyOutOfDate},
		{name: "stale but revoked", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { revokedAt(earlier, 0)(r); r.NextUpdate = at.Add(-time.Second) })), want: revocation.Revoked},
		{name: "stale hold", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) {
			revokedAt(earlier, ocsp.CertificateHold)(r)
			r.NextUpdate = at.Add(-time.Second)
		})), why: revocation.WhyOutOfDate},
		{name: "no nextUpdate, new", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.NextUpdate = time.Time{} })), want: revocation.Good},
		{name: "no nextUpdate, old", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.NextUpdate, r.ThisUpdate = time.Time{}, at.Add(-25*time.Hour) })), why: revocation.WhyOutOfDate},
		{name: "nextUpdate before thisUpdate", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) { r.NextUpdate = at.Add(-2 * time.Hour) })), why: revocation.WhyInconsistent},
		{name: "from the future", ev: revocation.Evidence{OCSPs: [][]byte{direct}, Latest: at.Add(-2 * time.Hour)}, why: revocation.WhyNotYet},
		{name: "critical extension", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) {
			r.ExtraExtensions = []pkix.Extension{extension(oidUnknown, true, []byte{5, 0})}
		})), why: revocation.WhyExtension},
		{name: "extension", ev: ocsps(w.answer(t, w.ca, func(r *ocsp.Response) {
			r.ExtraExtensions = []pkix.Extension{extension(oidUnknown, false, []byte{5, 0})}
		})), want: revocation.Good},
		{name: "error status", ev: ocsps(ocsp.TryLaterErrorResponse), why: revocation.WhyStatus},
		{name: "malformed", ev: ocsps([]byte{0x30, 0}), why: revocation.WhyMalformed},
		{name: "trailing byte", ev: ocsps(append(append([]byte{}, direct...), 0)), why: revocation.WhyMalformed},
	})
	if r := revocation.Check(w.leaf.cert, twinCA.cert, ocsps(direct), at); r.Status != revocation.Unknown {
		t.Errorf("another CA of the same name: %+v", r)
	}
	// Every changed byte makes it something else than good news about another
	// certificate; the signature covers all that matters.
	for i := range direct {
		changed := append([]byte{}, direct...)
		changed[i] ^= 1
		if r := revocation.Check(w.leaf.cert, w.ca.cert, ocsps(changed), at); r.Status != revocation.Unknown {
			t.Errorf("byte %d changed: %v", i, r.Status)
		}
	}
}

// TestExpired: once a certificate has expired its absence proves nothing unless
// the evidence says it keeps expired ones.
func TestExpired(t *testing.T) {
	w := newWorld(t)
	w.leaf = issue(t, "Leaf", newKey(t), w.ca, func(c *x509.Certificate) { c.NotAfter = at.Add(-24 * time.Hour) })
	generalized := func(when time.Time) []byte {
		der, err := asn1.MarshalWithParams(when, "generalized")
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	cutoff := func(when time.Time) func(r *ocsp.Response) {
		return func(r *ocsp.Response) {
			r.ExtraExtensions = []pkix.Extension{extension(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}, false, generalized(when))}
		}
	}
	keeps := func(when time.Time) func(l *x509.RevocationList) {
		return with(extension(asn1.ObjectIdentifier{2, 5, 29, 60}, false, generalized(when)))
	}
	run(t, w, []outcome{
		{name: "OCSP", ev: ocsps(w.answer(t, w.ca, nil)), why: revocation.WhyNotRetained},
		{name: "OCSP with archiveCutoff", ev: ocsps(w.answer(t, w.ca, cutoff(at.Add(-48*time.Hour)))), want: revocation.Good},
		{name: "OCSP with late archiveCutoff", ev: ocsps(w.answer(t, w.ca, cutoff(at.Add(-time.Hour)))), why: revocation.WhyNotRetained},
		{name: "CRL", ev: crls(list(t, w.ca, nil)), why: revocation.WhyNotRetained},
		{name: "CRL with expiredCertsOnCRL", ev: crls(list(t, w.ca, keeps(begin))), want: revocation.Good},
		{name: "CRL, revoked", ev: crls(list(t, w.ca, nil, w.entry(at.Add(-30*time.Hour), 1))), want: revocation.Revoked},
	})
}

func TestCRL(t *testing.T) {
	w := newWorld(t)
	earlier, later := at.Add(-30*time.Minute), at.Add(30*time.Minute)
	good := list(t, w.ca, nil)
	revoked := list(t, w.ca, nil, w.entry(earlier, 1))
	held := w.entry(earlier, revocation.ReasonCertificateHold)
	removed := w.entry(earlier, revocation.ReasonRemoveFromCRL)
	other := issue(t, "CA", newKey(t), nil, asCA)
	noSign := &entity{issue(t, "CA", w.ca.key, nil, func(c *x509.Certificate) { asCA(c); c.KeyUsage = x509.KeyUsageCertSign }).cert, w.ca.key}
	// [3] onlySomeReasons: keyCompromise..certificateHold (bits 1-6), and the rest.
	firstReasons := with(extension(oidIDP, true, []byte{0x30, 4, 0x83, 2, 1, 0x7e}))
	otherReasons := with(extension(oidIDP, true, []byte{0x30, 5, 0x83, 3, 7, 0x01, 0x80}))
	run(t, w, []outcome{
		{name: "good", ev: crls(good), want: revocation.Good, source: "crl"},
		{name: "revoked", ev: crls(revoked), want: revocation.Revoked, check: func(t *testing.T, r revocation.Result) {
			if !r.RevokedAt.Equal(earlier) || r.Reason != 1 {
				t.Errorf("%+v", r)
			}
		}},
		{name: "revoked later", ev: crls(list(t, w.ca, nil, w.entry(later, 1))), want: revocation.Good, check: func(t *testing.T, r revocation.Result) {
			if !r.RevokedAt.Equal(later) {
				t.Errorf("%+v", r)
			}
		}},
		{name: "another number", ev: crls(list(t, w.ca, nil, x509.RevocationListEntry{SerialNumber: big.NewInt(9999), RevocationTime: earlier})), want: revocation.Good},
		{name: "good and revoked", ev: crls(good, revoked, good), want: revocation.Revoked},
		{name: "OCSP good, CRL revoked", ev: revocation.Evidence{CRLs: [][]byte{revoked}, OCSPs: [][]byte{w.answer(t, w.ca, nil)}}, want: revocation.Revoked},
		{name: "CRL good, OCSP unknown", ev: revocation.Evidence{CRLs: [][]byte{good}, OCSPs: [][]byte{ocsp.TryLaterErrorResponse}}, want: revocation.Good},
		{name: "held", ev: crls(list(t, w.ca, nil, held)), want: revocation.Revoked, check: func(t *testing.T, r revocation.Result) {
			if r.Reason != revocation.ReasonCertificateHold {
				t.Errorf("%+v", r)
			}
		}},
		{name: "held, newer good", ev: crls(list(t, w.ca, nil, held), list(t, w.ca, func(l *x509.RevocationList) { l.ThisUpdate = at })), want: revocation.Good},
		{name: "held, older good", ev: crls(list(t, w.ca, nil, held), list(t, w.ca, func(l *x509.RevocationList) { l.ThisUpdate = at.Add(-2 * time.Hour) })), want: revocation.Revoked},
		{name: "twice on it", ev: crls(list(t, w.ca, delta(11, 10), removed, w.entry(earlier, 1))), want: revocation.Revoked},
		{name: "removeFromCRL on a complete CRL", ev: crls(list(t, w.ca, nil, removed)), why: revocation.WhyMalformed},
		{name: "stale", ev: crls(list(t, w.ca, stale)), why: revocation.WhyOutOfDate},
		{name: "stale, revoked", ev: crls(list(t, w.ca, stale, w.entry(at.Add(-50*time.Hour), 1))), want: revocation.Revoked},
		{name: "stale, held", ev: crls(list(t, w.ca, stale, w.entry(at.Add(-50*time.Hour), 6))), why: revocation.WhyOutOfDate},
		{name: "stale and revoked, newer good", ev: crls(list(t, w.ca, stale, w.entry(at.Add(-50*time.Hour), 1)), good), want: revocation.Revoked},
		{name: "issued later", ev: crls(list(t, w.ca, func(l *x509.RevocationList) { l.ThisUpdate, l.NextUpdate = later, later.Add(time.Hour) })), want: revocation.Good},
		{name: "issued later than gathered", ev: revocation.Evidence{CRLs: [][]byte{good}, Latest: at.Add(-2 * time.Hour)}, why: revocation.WhyNotYet},
		{name: "signed by another key", ev: crls(list(t, other, nil)), why: revocation.WhyIssuer},
		{name: "signed by another key of that identifier", ev: crls(list(t, &entity{w.ca.cert, newKey(t)}, nil)), why: revocation.WhySignature},
		{name: "unknown critical extension", ev: crls(list(t, w.ca, with(extension(oidUnknown, true, []byte{5, 0})))), why: revocation.WhyExtension},
		{name: "unknown extension", ev: crls(list(t, w.ca, with(extension(oidUnknown, false, []byte{5, 0})))), want: revocation.Good},
		{name: "unknown critical entry extension", ev: crls(list(t, w.ca, nil, x509.RevocationListEntry{SerialNumber: big.NewInt(9999), RevocationTime: earlier,
			ExtraExtensions: []pkix.Extension{extension(oidUnknown, true, []byte{5, 0})}})), why: revocation.WhyExtension},
		{name: "users only", ev: crls(list(t, w.ca, with(extension(oidIDP, true, []byte{0x30, 3, 0x81, 1, 0xff})))), want: revocation.Good},
		{name: "CAs only", ev: crls(list(t, w.ca, with(extension(oidIDP, true, []byte{0x30, 3, 0x82, 1, 0xff})))), why: revocation.WhyScope},
		{name: "attribute certificates only", ev: crls(list(t, w.ca, with(extension(oidIDP, true, []byte{0x30, 3, 0x85, 1, 0xff})))), why: revocation.WhyScope},
		{name: "users and CAs only", ev: crls(list(t, w.ca, with(extension(oidIDP, true, []byte{0x30, 6, 0x81, 1, 0xff, 0x82, 1, 0xff})))), why: revocation.WhyMalformed},
		{name: "some reasons", ev: crls(list(t, w.ca, firstReasons)), why: revocation.WhyReasons},
		{name: "all reasons in two", ev: crls(list(t, w.ca, firstReasons), list(t, w.ca, otherReasons)), want: revocation.Good},
		{name: "the same reasons twice", ev: crls(list(t, w.ca, firstReasons), list(t, w.ca, firstReasons)), why: revocation.WhyReasons},
		{name: "all reasons, one revokes", ev: crls(list(t, w.ca, firstReasons, w.entry(earlier, 1)), list(t, w.ca, otherReasons)), want: revocation.Revoked},
		{name: "another reason's revokes", ev: crls(list(t, w.ca, firstReasons, w.entry(earlier, 1))), want: revocation.Revoked},
		{name: "delta alone", ev: crls(list(t, w.ca, delta(11, 10))), why: revocation.WhyDelta},
		{name: "delta alone revokes", ev: crls(list(t, w.ca, delta(11, 10), w.entry(earlier, 1))), want: revocation.Revoked},
		{name: "delta alone removes", ev: crls(list(t, w.ca, delta(11, 10), removed)), why: revocation.WhyDelta},
		{name: "base and delta", ev: crls(good, list(t, w.ca, delta(11, 10))), want: revocation.Good, check: func(t *testing.T, r revocation.Result) {
			if !r.ThisUpdate.Equal(at.Add(-time.Minute)) {
				t.Errorf("%+v", r)
			}
		}},
		{name: "stale base, delta", ev: crls(list(t, w.ca, stale), list(t, w.ca, delta(11, 10))), want: revocation.Good},
		{name: "base, delta revokes", ev: crls(good, list(t, w.ca, delta(11, 10), w.entry(earlier, 1))), want: revocation.Revoked},
		{name: "base holds, delta lifts", ev: crls(list(t, w.ca, nil, held), list(t, w.ca, delta(11, 10), removed)), want: revocation.Good},
		{name: "base holds, older delta lifts", ev: crls(list(t, w.ca, nil, held), list(t, w.ca, delta(9, 8), removed)), want: revocation.Revoked},
		{name: "base too old for the delta", ev: crls(list(t, w.ca, stale), list(t, w.ca, delta(12, 11))), why: revocation.WhyOutOfDate},
		{name: "malformed", ev: crls([]byte{0x30, 0}), why: revocation.WhyMalformed},
		{name: "of another CA", ev: crls(list(t, issue(t, "Other", newKey(t), nil, asCA), nil)), why: revocation.WhyNone},
	})
	if r := revocation.Check(w.leaf.cert, noSign.cert, crls(good), at); r.Status != revocation.Unknown || r.WhyCode != revocation.WhyIssuer {
		t.Errorf("a CA that may not sign CRLs: %+v", r)
	}
	for i := range good {
		changed := append([]byte{}, good...)
		changed[i] ^= 1
		if r := revocation.Check(w.leaf.cert, w.ca.cert, crls(changed), at); r.Status != revocation.Unknown {
			t.Errorf("byte %d changed: %v", i, r.Status)
		}
	}
}

// TestIndirectCRL: somebody else's CRL counts when the certificate's points and
// the CRL say so and the CA certified its issuer.
func TestIndirectCRL(t *testing.T) {
	ca := issue(t, "CA", newKey(t), nil, asCA)
	crlSigner := func(c *x509.Certificate) { c.KeyUsage, c.SubjectKeyId = x509.KeyUsageCRLSign, []byte{1, 2, 3} }
	lister := issue(t, "Lister", newKey(t), ca, crlSigner)
	foreign := issue(t, "Lister", newKey(t), issue(t, "Stranger", newKey(t), nil, asCA), crlSigner)
	directory := func(name []byte) []byte { return append([]byte{0xa4, byte(len(name))}, name...) }
	// DistributionPoint { cRLIssuer [2] }.
	issuerName := directory(lister.cert.RawSubject)
	point := append([]byte{0xa2, byte(len(issuerName))}, issuerName...)
	point = append([]byte{0x30, byte(len(point))}, point...)
	points := extension(asn1.ObjectIdentifier{2, 5, 29, 31}, false, append([]byte{0x30, byte(len(point))}, point...))
	leaf := issue(t, "Leaf", newKey(t), ca, func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{points} })
	plain := issue(t, "Leaf", newKey(t), ca, nil)
	indirect := with(extension(oidIDP, true, []byte{0x30, 3, 0x84, 1, 0xff}))
	names := directory(ca.cert.RawSubject)
	of := extension(asn1.ObjectIdentifier{2, 5, 29, 29}, true, append([]byte{0x30, byte(len(names))}, names...))
	entry := x509.RevocationListEntry{SerialNumber: leaf.cert.SerialNumber, RevocationTime: begin}
	named := entry
	named.ExtraExtensions = []pkix.Extension{of}
	before := x509.RevocationListEntry{SerialNumber: big.NewInt(99999), RevocationTime: begin, ExtraExtensions: []pkix.Extension{of}}
	for _, c := range []struct {
		name   string
		leaf   *entity
		crl    []byte
		signer *entity
		want   revocation.Status
	}{
		{"not on it", leaf, list(t, lister, indirect), lister, revocation.Good},
		{"on it", leaf, list(t, lister, indirect, named), lister, revocation.Revoked},
		{"the number, of the lister itself", leaf, list(t, lister, indirect, entry), lister, revocation.Good},
		{"issuer inherited from the entry before", leaf, list(t, lister, indirect, before, entry), lister, revocation.Revoked},
		{"a certificate that names no lister", plain, list(t, lister, indirect), lister, revocation.Unknown},
		{"a CRL that is not indirect", leaf, list(t, lister, nil), lister, revocation.Unknown},
		{"a lister of another CA", leaf, list(t, foreign, indirect), foreign, revocation.Unknown},
	} {
		r := revocation.Check(c.leaf.cert, ca.cert, revocation.Evidence{CRLs: [][]byte{c.crl}, Certificates: []*x509.Certificate{c.signer.cert}}, at)
		if r.Status != c.want {
			t.Errorf("%s: %v %s %s", c.name, r.Status, r.WhyCode, r.Why)
		}
	}
}

// TestFlood: a heap of worthless CRLs in front does not hide a revocation
// behind good news.
func TestFlood(t *testing.T) {
	w := newWorld(t)
	junk := list(t, &entity{w.ca.cert, newKey(t)}, nil)
	ev := ocsps(w.answer(t, w.ca, nil))
	for range 300 {
		ev.CRLs = append(ev.CRLs, junk)
	}
	ev.CRLs = append(ev.CRLs, list(t, w.ca, nil, w.entry(begin, 1)))
	if r := revocation.Check(w.leaf.cert, w.ca.cert, ev, at); r.Status != revocation.Unknown || r.WhyCode != revocation.WhyTooMany {
		t.Errorf("%v %s", r.Status, r.WhyCode)
	}
	ev.CRLs = make([][]byte, 2000)
	if r := revocation.Check(w.leaf.cert, w.ca.cert, ev, at); r.Status != revocation.Unknown || r.WhyCode != revocation.WhyTooMany {
		t.Errorf("%v %s", r.Status, r.WhyCode)
	}
}

// TestLongNames: items times certificates with long names are given up, and
// good news among them does not count.
func TestLongNames(t *testing.T) {
	w := newWorld(t)
	long := func(last string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			asResponder(c)
			for i := range 500 {
				c.Subject.ExtraNames = append(c.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: fmt.Sprint("unit ", i)})
			}
			c.Subject.CommonName = last
		}
	}
	absent := w.answer(t, issue(t, "Responder", newKey(t), w.ca, long("absent")), func(r *ocsp.Response) { r.Certificate = nil })
	other := issue(t, "Other", newKey(t), w.ca, long("other")).cert
	ev := ocsps(w.answer(t, w.ca, nil))
	for range 100 {
		ev.OCSPs = append(ev.OCSPs, absent)
		ev.Certificates = append(ev.Certificates, other)
	}
	if r := revocation.Check(w.leaf.cert, w.ca.cert, ev, at); r.Status != revocation.Unknown || r.WhyCode != revocation.WhyTooMany {
		t.Errorf("%v %s", r.Status, r.WhyCode)
	}
	ev.Certificates = ev.Certificates[:1]
	if r := revocation.Check(w.leaf.cert, w.ca.cert, ev, at); r.Status != revocation.Good {
		t.Errorf("one such certificate: %v %s", r.Status, r.WhyCode)
	}
}

// FuzzOCSP: no response makes the engine panic, and none speaks about a
// certificate nobody was asked about.
func FuzzOCSP(f *testing.F) {
	w := newWorld(f)
	f.Add(w.answer(f, w.ca, nil))
	f.Add(w.answer(f, w.responder, nil))
	f.Add(w.answer(f, w.responder, func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, begin }))
	f.Add(ocsp.TryLaterErrorResponse)
	other := issue(f, "Other", newKey(f), w.ca, nil)
	f.Fuzz(func(t *testing.T, response []byte) {
		ev := revocation.Evidence{OCSPs: [][]byte{response}, Certificates: []*x509.Certificate{w.responder.cert}}
		revocation.Check(w.leaf.cert, w.ca.cert, ev, at)
		if r := revocation.Check(other.cert, w.ca.cert, ev, at); r.Status != revocation.Unknown {
			t.Fatalf("%v about a certificate nobody was asked about", r.Status)
		}
	})
}

// FuzzCRL: no list makes the engine panic, and none but those the CA signed
// says anything: a certificate on them stays revoked.
func FuzzCRL(f *testing.F) {
	w := newWorld(f)
	good := list(f, w.ca, nil, w.entry(begin, 1))
	f.Add(good, []byte{})
	f.Add(list(f, w.ca, delta(11, 10), w.entry(begin, 1), w.entry(begin, 8)), good)
	f.Add(list(f, w.ca, with(extension(oidIDP, true, []byte{0x30, 4, 0x83, 2, 1, 0x7e}))), []byte{})
	if r := revocation.Check(w.leaf.cert, w.ca.cert, revocation.Evidence{CRLs: [][]byte{good}}, at); r.Status != revocation.Revoked {
		f.Fatalf("the list itself: %v %s", r.Status, r.Why)
	}
	f.Fuzz(func(t *testing.T, crl, second []byte) {
		ev := revocation.Evidence{CRLs: [][]byte{crl, second}, Certificates: []*x509.Certificate{w.responder.cert}}
		revocation.Check(w.leaf.cert, w.ca.cert, ev, at)
		ev.CRLs = append(ev.CRLs, good)
		if r := revocation.Check(w.leaf.cert, w.ca.cert, ev, at); r.Status == revocation.Good {
			t.Fatal("a revocation was hidden")
		}
	})
}
