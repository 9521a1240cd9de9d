package verify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// TestPersonThenAgency is the order the law asks for: both signatures pass,
// and the person's covers its own revision.
func TestPersonThenAgency(t *testing.T) {
	w := world()
	b := sign(t, document(t, documents.LetterWithFields), w.Persons[0], pades.Options{Field: documents.PersonField})
	b = sign(t, b, w.Agencies[0], pades.Options{Field: documents.AgencyField})
	r := judge(t, b)
	if r.Verdict != verify.TotalPassed || len(r.Signatures) != 2 || r.Pages != 1 || r.Revisions != 4 {
		t.Fatalf("%+v", r)
	}
	person, agency := r.Signatures[0], r.Signatures[1]
	if person.Coverage != verify.CoverageRevision || person.Modification != verify.ModificationAllowed || person.Revision != 3 {
		t.Errorf("person: %+v", person)
	}
	if agency.Coverage != verify.CoverageWholeFile || agency.Modification != verify.ModificationNone || agency.Revision != 4 {
		t.Errorf("agency: %+v", agency)
	}
	for i, s := range r.Signatures {
		id := []pki.Identity{w.Persons[0], w.Agencies[0]}[i]
		if !s.Intact || !s.Valid || !s.Trusted || s.Level != "B-B" || s.Verdict != verify.TotalPassed {
			t.Errorf("signature %d: %+v", i+1, s)
		}
		if s.Signer.Name != id.Name || s.Issuer != w.SubCA.Name || s.Revocation.Status != "good" || s.Revocation.Source != "crl" {
			t.Errorf("signature %d: signer %+v, revocation %+v", i+1, s.Signer, s.Revocation)
		}
		if s.ClaimedTime == nil || !s.ClaimedTime.Equal(now) || s.BestTime.Source != "validation-time" {
			t.Errorf("signature %d: claimed %v, best %+v", i+1, s.ClaimedTime, s.BestTime)
		}
	}
}

// TestTrust: an unchanged document passes only with everything proven.
func TestTrust(t *testing.T) {
	w := world()
	good := sign(t, document(t, documents.Letter), w.Persons[0], pades.Options{})
	by := func(id pki.Identity) []byte { return sign(t, document(t, documents.Letter), id, pades.Options{}) }
	for _, c := range []struct {
		name     string
		data     []byte
		evidence verify.Evidence
		policy   verify.Policy
		sub      string
	}{
		{"no anchor", good, evidence(), verify.Policy{At: now}, "NO_CERTIFICATE_CHAIN_FOUND"},
		{"foreign anchor", good, evidence(), verify.Policy{At: now, Trust: trust.NewStore(w.TSA.Certificate)}, "NO_CERTIFICATE_CHAIN_FOUND"},
		{"no revocation evidence", good, verify.Evidence{}, policy(), "TRY_LATER"},
		{"CRL of the root alone", good, verify.Evidence{CRLs: [][]byte{w.RootCRL()}}, policy(), "TRY_LATER"},
		{"CRL of the sub CA alone", good, verify.Evidence{CRLs: [][]byte{w.CRL()}}, policy(), "TRY_LATER"},
		{"CRLs out of date", good, evidence(), verify.Policy{At: now.AddDate(0, 1, 0), Trust: policy().Trust}, "TRY_LATER"},
		{"CRLs from the future", good, evidence(), verify.Policy{At: now.AddDate(0, -1, 0), Trust: policy().Trust}, "TRY_LATER"},
		{"revoked", by(w.RevokedPerson), evidence(), policy(), "REVOKED_NO_POE"},
		{"expired", by(w.ExpiredPerson), evidence(), policy(), "OUT_OF_BOUNDS_NO_POE"},
		{"not yet valid", by(w.FuturePerson), evidence(), policy(), "OUT_OF_BOUNDS_NO_POE"},
		{"certificate for timestamps", by(w.TSA), evidence(), policy(), "CHAIN_CONSTRAINTS_FAILURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := verify.Document(open(t, c.data), c.evidence, c.policy)
			if err != nil {
				t.Fatal(err)
			}
			s := r.Signatures[0]
			if r.Verdict != verify.Indeterminate || r.SubIndication != c.sub || r.Reason == nil || s.Trusted || !s.Valid {
				t.Errorf("%s %s %+v, trusted %v", r.Verdict, r.SubIndication, r.Reason, s.Trusted)
			}
		})
	}
	ocsp := verify.Evidence{CRLs: [][]byte{w.RootCRL()}, OCSPs: [][]byte{w.OCSPResponse(w.Persons[0].Certificate)}}
	// The responder stamps its answer with the time of this very moment.
	later := policy()
	later.At = time.Now()
	r, err := verify.Document(open(t, good), ocsp, later)
	if err != nil || r.Verdict != verify.TotalPassed || r.Signatures[0].Revocation.Source != "ocsp" {
		t.Errorf("with OCSP: %+v %+v, %v", r.Reason, r.Signatures[0].Revocation, err)
	}
}

// TestTampering: every byte that matters matters.
func TestTampering(t *testing.T) {
	b := sign(t, document(t, documents.Letter), world().Persons[0], pades.Options{})
	found, err := pades.Find(open(t, b))
	if err != nil {
		t.Fatal(err)
	}
	from, to := found[0].Range[1], found[0].Range[2]
	der := bytes.TrimRight(found[0].Contents, "\x00")
	flip := func(at int64) []byte {
		c := bytes.Clone(b)
		c[at] ^= 1
		return c
	}
	hexDigit := func(at int64, to byte) []byte {
		c := bytes.Clone(b)
		c[at] = to
		return c
	}
	replace := func(old, new string) []byte {
		if bytes.Count(b, []byte(old)) != 1 || len(old) != len(new) {
			t.Fatalf("%q stands %d times", old, bytes.Count(b, []byte(old)))
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}
	value := from + 1 + 2*int64(len(der)) - 2
	for _, c := range []struct {
		name string
		data []byte
		sub  string
	}{
		{"a byte of the page", flip(int64(bytes.Index(b, []byte("stream")) + 20)), "HASH_FAILURE"},
		{"the claimed time", replace(now.Format("(D:20060102150405+07'00')"), now.Add(time.Second).Format("(D:20060102150405+07'00')")), "HASH_FAILURE"},
		{"the signature value", hexDigit(value, "10"[b2i(b[value] == '1')]), "SIG_CRYPTO_FAILURE"},
		{"the padding", hexDigit(to-3, '1'), "FORMAT_FAILURE"},
		{"white space in Contents", hexDigit(to-2, ' '), "FORMAT_FAILURE"},
		{"one more byte at the end", append(bytes.Clone(b), 'x'), "FORMAT_FAILURE"},
		{"range starts later", replace("[0 "+num(from), "[1 "+num(from)), "FORMAT_FAILURE"},
		{"gap one byte longer", replace(num(to)+" ", num(to+1)+" "), "FORMAT_FAILURE"},
		{"the field's value goes elsewhere", replace("/SubFilter /ETSI.CAdES.detached", "/SubFilter /ETSI.RFC3161       "), "FORMAT_FAILURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judge(t, c.data)
			if r.Verdict == verify.TotalPassed || r.SubIndication != c.sub {
				t.Errorf("%s %s %v", r.Verdict, r.SubIndication, r.Reason)
			}
			if c.sub != "SIG_CRYPTO_FAILURE" && c.name != "one more byte at the end" && r.Signatures[0].Intact {
				t.Error("called intact")
			}
		})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func num(n int64) string { return string(appendInt(nil, n)) }

func appendInt(b []byte, n int64) []byte {
	if n >= 10 {
		b = appendInt(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// TestForeignCMS: a signature over something else proves nothing here.
func TestForeignCMS(t *testing.T) {
	w := world()
	b := sign(t, document(t, documents.Letter), w.Persons[0], pades.Options{})
	other := sign(t, document(t, documents.Decision), w.Persons[0], pades.Options{})
	theirs, err := pades.Find(open(t, other))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := pades.Find(open(t, b))
	if err != nil {
		t.Fatal(err)
	}
	pasted := bytes.Clone(b)
	hex.Encode(pasted[ours[0].Range[1]+1:], theirs[0].Contents)
	if r := judge(t, pasted); r.Verdict != verify.TotalFailed || r.SubIndication != "HASH_FAILURE" {
		t.Errorf("%s %s", r.Verdict, r.SubIndication)
	}
}

// TestNothingToJudge: what holds no signature, or cannot be looked at, is
// neither good nor bad.
func TestNothingToJudge(t *testing.T) {
	for name, code := range map[string]string{documents.Letter: "NO_SIGNATURE", documents.Encrypted: "ENCRYPTED", documents.LetterWithFields: "NO_SIGNATURE"} {
		r := judge(t, document(t, name))
		if r.Verdict != verify.Indeterminate || r.Reason.Code != code {
			t.Errorf("%s: %s %+v", name, r.Verdict, r.Reason)
		}
	}
	if _, err := verify.Document(open(t, document(t, documents.Letter)), verify.Evidence{}, verify.Policy{}); err == nil {
		t.Error("judged without a time")
	}
}

func TestProgress(t *testing.T) {
	b := sign(t, document(t, documents.Decision), world().Persons[0], pades.Options{})
	p := policy()
	var done, total, calls int64
	p.Progress = func(d, n int64) {
		if d <= done {
			t.Errorf("progress went from %d to %d", done, d)
		}
		done, total, calls = d, n, calls+1
	}
	if _, err := verify.Document(open(t, b), evidence(), p); err != nil {
		t.Fatal(err)
	}
	if calls == 0 || done != total || total > int64(len(b)) || total < int64(len(b))/2 {
		t.Errorf("%d calls, %d of %d", calls, done, total)
	}
}

func TestEvidenceAdd(t *testing.T) {
	w := world()
	var ev verify.Evidence
	crlPEM := append([]byte("-----BEGIN X509 CRL-----\n"), base64.StdEncoding.EncodeToString(w.CRL())...)
	crlPEM = append(crlPEM, "\n-----END X509 CRL-----\n"...)
	for _, data := range [][]byte{w.CRL(), crlPEM, w.OCSPResponse(w.Persons[0].Certificate), w.SubCA.Certificate.Raw, pki.PEM(w.SubCA.Certificate, w.Root.Certificate)} {
		if err := ev.Add(data); err != nil {
			t.Error(err)
		}
	}
	if len(ev.CRLs) != 2 || len(ev.OCSPs) != 1 || len(ev.Certificates) != 3 || !bytes.Equal(ev.CRLs[0], ev.CRLs[1]) {
		t.Errorf("%d CRLs, %d OCSPs, %d certificates", len(ev.CRLs), len(ev.OCSPs), len(ev.Certificates))
	}
	for _, data := range [][]byte{nil, []byte("text"), {0x30, 0x00}, document(t, documents.Letter)} {
		if err := ev.Add(data); err == nil {
			t.Errorf("%.10q was taken as evidence", data)
		}
	}
}
