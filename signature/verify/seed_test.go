package verify_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/cms"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/corpus"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// seeded makes a document whose field x1 carries the seed value sv and a
// signature of id; change, when not nil, edits the signature dictionary.
func seeded(t *testing.T, id pki.Identity, sv *pdf.Dict, stamped bool, change func(doc *pdf.File, u *pdf.Update, sig pdf.Ref, d *pdf.Dict)) []byte {
	t.Helper()
	b := addField(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		dict := sigDict("ETSI.CAdES.detached")
		dict.Set("M", pdf.String("D:20261102080000+07'00'"))
		sig := u.Add(dict)
		if change != nil {
			change(doc, u, sig, dict)
		}
		d.Set("V", sig)
		d.Set("SV", u.Add(sv))
	})
	return hole(t, b, signatureOf(t, id, stamped))
}

// signatureOf makes the CMS of id over the signed bytes, with a timestamp if
// stamped.
func signatureOf(t testing.TB, id pki.Identity, stamped bool) func(signed []byte) []byte {
	return func(s []byte) []byte {
		sum := sha256.Sum256(s)
		p, err := cms.Prepare(cms.Content{Certificate: id.Certificate, Chain: world().Chain(), Digest: sum[:]})
		if err != nil {
			t.Fatal(err)
		}
		value, err := id.Key.Sign(rand.Reader, p.Digest(), p.Opts())
		if err != nil {
			t.Fatal(err)
		}
		var more []cms.Attribute
		if stamped {
			more = append(more, cms.Attribute{Type: cms.OIDTimestamp, Values: [][]byte{stampToken(t, crypto.SHA256)(value)}})
		}
		der, err := p.Finish(value, more...)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
}

// reason gives the signature a reason.
func reason(text string) func(*pdf.File, *pdf.Update, pdf.Ref, *pdf.Dict) {
	return func(_ *pdf.File, _ *pdf.Update, _ pdf.Ref, d *pdf.Dict) { d.Set("Reason", pdf.TextString(text)) }
}

// certified makes the signature a certification with permission p.
func certified(t *testing.T, p int) func(*pdf.File, *pdf.Update, pdf.Ref, *pdf.Dict) {
	return func(doc *pdf.File, u *pdf.Update, sig pdf.Ref, d *pdf.Dict) {
		d.Set("Reference", pdf.Array{pdf.MakeDict(pdf.Name("TransformMethod"), pdf.Name("DocMDP"),
			pdf.Name("TransformParams"), pdf.MakeDict(pdf.Name("P"), p, pdf.Name("V"), pdf.Name("1.2")))})
		edit(t, u, rootOf(doc), func(root *pdf.Dict) {
			root.Set("Perms", pdf.MakeDict(pdf.Name("DocMDP"), sig))
			root.Set("Legal", pdf.MakeDict(pdf.Name("Attestation"), pdf.TextString("Không có nội dung động")))
		})
	}
}

// TestSeedValues: a condition of the field that is met, or only recommended,
// passes; one that is not met or cannot be judged does not, and is named.
func TestSeedValues(t *testing.T) {
	w := world()
	id := w.Persons[0]
	names := func(list ...string) (a pdf.Array) {
		for _, n := range list {
			a = append(a, pdf.Name(n))
		}
		return a
	}
	texts := func(list ...string) (a pdf.Array) {
		for _, s := range list {
			a = append(a, pdf.TextString(s))
		}
		return a
	}
	cert := func(flags int, key pdf.Name, value pdf.Object) *pdf.Dict {
		return pdf.MakeDict(pdf.Name("Cert"), pdf.MakeDict(pdf.Name("Ff"), flags, key, value))
	}
	sv := func(flags int, key pdf.Name, value pdf.Object) *pdf.Dict {
		return pdf.MakeDict(pdf.Name("Ff"), flags, key, value)
	}
	der := func(ids ...pki.Identity) (a pdf.Array) {
		for _, id := range ids {
			a = append(a, pdf.String(id.Certificate.Raw))
		}
		return a
	}
	const violated, unjudged, advice = "SEED_VALUE_VIOLATED", "SEED_VALUE", "SEED_VALUE_ADVICE"
	policy := id.Certificate.Policies[0].String()
	for _, c := range []struct {
		name   string
		sv     *pdf.Dict
		change func(*pdf.File, *pdf.Update, pdf.Ref, *pdf.Dict)
		// code is that of the reason, or of the warning where it passes; empty
		// for neither. entry is what the text must name.
		code, entry string
		stamped     bool
	}{
		{"nothing asked", pdf.MakeDict(pdf.Name("Ff"), 0x1FF), nil, "", "", false},
		{"filter", sv(1, "Filter", pdf.Name("Adobe.PPKLite")), nil, "", "", false},
		{"other filter", sv(1, "Filter", pdf.Name("CICI.SignIt")), nil, violated, "Filter", false},
		{"other filter advised", sv(0, "Filter", pdf.Name("CICI.SignIt")), nil, advice, "Filter", false},
		{"format", sv(2, "SubFilter", names("adbe.pkcs7.detached", "ETSI.CAdES.detached")), nil, "", "", false},
		{"other format", sv(2, "SubFilter", names("adbe.pkcs7.detached")), nil, violated, "SubFilter", false},
		{"other format advised", sv(0, "SubFilter", names("adbe.pkcs7.detached")), nil, advice, "SubFilter", false},
		{"format malformed", sv(2, "SubFilter", pdf.Name("ETSI.CAdES.detached")), nil, unjudged, "SubFilter", false},
		{"version 2.0", sv(4, "V", pdf.Real("2.0")), nil, "", "", false},
		{"version 4", sv(4, "V", 4), nil, unjudged, "V", false},
		{"reason", sv(8, "Reasons", texts("Phê duyệt", "Đồng ý")), reason("Đồng ý"), "", "", false},
		{"other reason", sv(8, "Reasons", texts("Phê duyệt", "Đồng ý")), reason("Từ chối"), violated, "Reasons", false},
		{"no reason", sv(8, "Reasons", texts("Phê duyệt")), nil, violated, "Reasons", false},
		{"other reason advised", sv(0, "Reasons", texts("Phê duyệt")), reason("Từ chối"), advice, "Reasons", false},
		{"forbidden reason", sv(8, "Reasons", texts(".")), reason("."), violated, "Reasons", false},
		{"forbidden reason by an empty list", sv(8, "Reasons", pdf.Array{}), reason("Đồng ý"), violated, "Reasons", false},
		{"forbidden reason by no list", pdf.MakeDict(pdf.Name("Ff"), 8), reason("Đồng ý"), violated, "Reasons", false},
		{"unrestricted reason", sv(0, "Reasons", texts(".")), reason("Đồng ý"), "", "", false},
		{"attestation", sv(16, "LegalAttestation", texts("Không có nội dung động")), certified(t, 2), "", "", false},
		{"other attestation", sv(16, "LegalAttestation", texts("Khác")), certified(t, 2), violated, "LegalAttestation", false},
		{"no attestation", sv(16, "LegalAttestation", texts("Khác")), nil, unjudged, "LegalAttestation", false},
		{"revocation data", sv(32, "AddRevInfo", true), nil, violated, "AddRevInfo", false},
		{"no revocation data", sv(32, "AddRevInfo", false), nil, "", "", false},
		{"digest", sv(64, "DigestMethod", names("SHA512", "SHA256")), nil, "", "", false},
		{"digest as text", sv(64, "DigestMethod", texts("sha256")), nil, "", "", false},
		{"other digest", sv(64, "DigestMethod", names("SHA384", "SHA512")), nil, violated, "DigestMethod", false},
		{"locked", sv(128, "LockDocument", pdf.Name("true")), certified(t, 1), "", "", false},
		{"not locked", sv(128, "LockDocument", pdf.Name("true")), certified(t, 2), violated, "LockDocument", false},
		{"locked though not wanted", sv(128, "LockDocument", pdf.Name("false")), certified(t, 1), violated, "LockDocument", false},
		{"lock left open", sv(128, "LockDocument", pdf.Name("auto")), nil, "", "", false},
		{"lock unknown", sv(128, "LockDocument", pdf.Name("maybe")), nil, unjudged, "LockDocument", false},
		{"appearance", sv(256, "AppearanceFilter", pdf.String("Dấu")), nil, unjudged, "AppearanceFilter", false},
		{"appearance advised", sv(0, "AppearanceFilter", pdf.String("a")), nil, "", "", false},
		{"undefined condition", pdf.MakeDict(pdf.Name("Ff"), 512), nil, unjudged, "Ff", false},
		{"approval", sv(0, "MDP", pdf.MakeDict(pdf.Name("P"), 0)), nil, "", "", false},
		{"approval but certified", sv(0, "MDP", pdf.MakeDict(pdf.Name("P"), 0)), certified(t, 2), violated, "MDP", false},
		{"certification", sv(0, "MDP", pdf.MakeDict(pdf.Name("P"), 2)), certified(t, 2), "", "", false},
		{"certification but approved", sv(0, "MDP", pdf.MakeDict(pdf.Name("P"), 2)), nil, violated, "MDP", false},
		{"certification the catalog does not know", sv(0, "MDP", pdf.MakeDict(pdf.Name("P"), 2)), func(doc *pdf.File, u *pdf.Update, sig pdf.Ref, d *pdf.Dict) {
			certified(t, 2)(doc, u, sig, d)
			edit(t, u, rootOf(doc), func(root *pdf.Dict) { root.Delete("Perms") })
		}, violated, "MDP", false},
		{"other certification", sv(0, "MDP", pdf.MakeDict(pdf.Name("P"), 2)), certified(t, 3), violated, "MDP", false},
		{"kind unknown", sv(0, "MDP", pdf.MakeDict(pdf.Name("P"), 7)), nil, unjudged, "MDP", false},
		{"timestamp", sv(0, "TimeStamp", pdf.MakeDict(pdf.Name("Ff"), 1)), nil, "", "", true},
		{"no timestamp", sv(0, "TimeStamp", pdf.MakeDict(pdf.Name("Ff"), 1, pdf.Name("URL"), pdf.String("http://tsa.example"))), nil, violated, "TimeStamp", false},
		{"no timestamp wanted", sv(0, "TimeStamp", pdf.MakeDict(pdf.Name("URL"), pdf.String("http://tsa.example"))), nil, "", "", false},
		{"signer", cert(1, "Subject", der(w.Persons[1], id)), nil, "", "", false},
		{"other signer", cert(1, "Subject", der(w.Persons[1])), nil, violated, "Subject", false},
		{"other signer advised", cert(0, "Subject", der(w.Persons[1])), nil, advice, "Subject", false},
		{"issuer", cert(2, "Issuer", der(w.SubCA)), nil, "", "", false},
		{"issuer above", cert(2, "Issuer", der(w.Root)), nil, "", "", false},
		{"other issuer", cert(2, "Issuer", der(w.Persons[1])), nil, violated, "Issuer", false},
		{"issuer malformed", cert(2, "Issuer", texts("CA")), nil, unjudged, "Issuer", false},
		{"policy", cert(4, "OID", texts(policy)), nil, "", "", false},
		{"other policy", cert(4, "OID", texts("1.2.3")), nil, violated, "OID", false},
		{"one policy of two", cert(4, "OID", texts(policy, "1.2.3")), nil, unjudged, "OID", false},
		{"name", cert(8, "SubjectDN", pdf.Array{pdf.MakeDict(pdf.Name("CN"), pdf.TextString(id.Certificate.Subject.CommonName), pdf.Name("2.5.4.6"), pdf.String("VN"))}), nil, "", "", false},
		{"other name", cert(8, "SubjectDN", pdf.Array{pdf.MakeDict(pdf.Name("cn"), pdf.String("Khac"), pdf.Name("C"), pdf.String("VN"))}), nil, violated, "SubjectDN", false},
		{"unknown part of a name", cert(8, "SubjectDN", pdf.Array{pdf.MakeDict(pdf.Name("shoe"), pdf.String("42"))}), nil, unjudged, "SubjectDN", false},
		{"reserved condition", cert(16, "OID", texts(policy)), nil, unjudged, "Cert/Ff", false},
		{"usage", cert(32, "KeyUsage", texts("0", "1X0")), nil, "", "", false},
		{"other usage", cert(32, "KeyUsage", texts("10", "XXXXX1")), nil, violated, "KeyUsage", false},
		{"page for enrolling", cert(64, "URL", pdf.String("http://ca.example")), nil, "", "", false},
		{"other use of a page", pdf.MakeDict(pdf.Name("Cert"), pdf.MakeDict(pdf.Name("Ff"), 64, pdf.Name("URLType"), pdf.Name("ASSP"))), nil, unjudged, "URL", false},
		{"signature policy", cert(0, "SignaturePolicyOID", pdf.String("1.2.3")), nil, advice, "SignaturePolicyOID", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judge(t, seeded(t, id, c.sv, c.stamped, c.change))
			s := r.Signatures[0]
			var said verify.Message
			for _, w := range s.Warnings {
				if w.Code == advice {
					said = w
				}
			}
			switch {
			case c.code == "" || c.code == advice:
				if s.Verdict != verify.TotalPassed {
					t.Fatalf("%s %s %+v", s.Verdict, s.SubIndication, s.Reason)
				}
			default:
				if s.Verdict != verify.Indeterminate || s.SubIndication != "SIG_CONSTRAINTS_FAILURE" {
					t.Fatalf("%s %s %+v", s.Verdict, s.SubIndication, s.Reason)
				}
				said = *s.Reason
			}
			if said.Code != c.code || !strings.Contains(said.VI, c.entry) {
				t.Errorf("said %+v, not %s of %s", said, c.code, c.entry)
			}
		})
	}
}

// TestSeedValueOfSignedRevision: a later revision cannot lift what a field
// demands; trying to is a forbidden change.
func TestSeedValueOfSignedRevision(t *testing.T) {
	bad := seeded(t, world().Persons[0], pdf.MakeDict(pdf.Name("Ff"), 2, pdf.Name("SubFilter"), pdf.Array{pdf.Name("adbe.pkcs7.detached")}), false, nil)
	b := update(t, bad, func(doc *pdf.File, u *pdf.Update) {
		fields, err := doc.Fields()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fields {
			if f.Name == "x1" {
				edit(t, u, f.Ref, func(d *pdf.Dict) { d.Delete("SV") })
			}
		}
	})
	if s := judge(t, b).Signatures[0]; s.Verdict != verify.TotalFailed || s.Reason.Code != "CHANGED_AFTER_SIGNING" {
		t.Errorf("%s %+v", s.Verdict, s.Reason)
	}
	if s := judge(t, bad).Signatures[0]; s.Reason == nil || s.Reason.Code != "SEED_VALUE_VIOLATED" {
		t.Errorf("before: %s %+v", s.Verdict, s.Reason)
	}
}

// TestSeedValueCorpus: pyHanko's tests say for each file whether the seed value
// is met.
func TestSeedValueCorpus(t *testing.T) {
	dir := corpus.Path(t, "pyhanko")
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []struct {
		record
		Expected struct {
			Met *bool `json:"seed_value_ok"`
		} `json:"expected"`
	}
	if err := json.Unmarshal(b, &records); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, r := range records {
		if r.Expected.Met == nil || !strings.Contains(r.Test, "test_seed_values.py") {
			continue
		}
		seen++
		got, why := judgeRecord(t, dir, r.record)
		if got == nil {
			t.Errorf("%s (%s): %s", r.File, r.Test, why)
			continue
		}
		if says := got.Reason != nil && strings.HasPrefix(got.Reason.Code, "SEED_VALUE"); says == *r.Expected.Met {
			t.Errorf("%s (%s): theirs is %v, ours %+v", r.File, r.Test, *r.Expected.Met, got.Reason)
		}
	}
	if seen < 20 {
		t.Errorf("only %d records", seen)
	}
}
