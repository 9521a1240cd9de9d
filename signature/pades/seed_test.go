//go:build !js

package pades_test

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// asking is a document whose field "a" has this seed value.
func asking(t *testing.T, seed string, catalog string) []byte {
	t.Helper()
	return build(t, catalog+" /AcroForm <</Fields [4 0 R]>>", "<</FT /Sig /T (a) /SV "+seed+" /Lock <</Action /Include /Fields [(x)] /P 3>>>>")
}

// TestSeedValues: what can be chosen is, what cannot be met is refused by name,
// advice binds nobody; and verify is content with what is signed.
func TestSeedValues(t *testing.T) {
	cert := func(entries string) string { return "<</Cert <<" + entries + ">>>>" }
	hex := func(b []byte) string { return fmt.Sprintf("<%X>", b) }
	self := hex(rsaSigner().cert.Raw)
	for _, c := range []struct {
		name, seed string
		o          pades.Options
		refused    string
		check      func(t *testing.T, d *pdf.Dict, digest string)
	}{
		{"nothing", "<<>>", pades.Options{}, "", nil},
		{"filter", "<</Filter /Adobe.PPKLite /Ff 1>>", pades.Options{}, "", nil},
		{"another filter", "<</Filter /Some.Other /Ff 1>>", pades.Options{}, "Filter", nil},
		{"another filter, as advice", "<</Filter /Some.Other>>", pades.Options{}, "", nil},
		{"subfilter", "<</SubFilter [/adbe.pkcs7.detached /ETSI.CAdES.detached] /Ff 2>>", pades.Options{}, "", nil},
		{"another subfilter", "<</SubFilter [/adbe.pkcs7.detached] /Ff 2>>", pades.Options{}, "SubFilter", nil},
		{"another subfilter, as advice", "<</SubFilter [/adbe.pkcs7.detached]>>", pades.Options{}, "", nil},
		{"version 3", "<</V 3 /Ff 4>>", pades.Options{}, "", nil},
		{"version 4", "<</V 4 /Ff 4>>", pades.Options{}, "V", nil},
		{"digest is chosen", "<</DigestMethod [/SHA1 /SHA384 /SHA512] /Ff 64>>", pades.Options{}, "", digestIs("sha384")},
		{"digest is chosen by advice too", "<</DigestMethod [/SHA512]>>", pades.Options{}, "", digestIs("sha512")},
		{"digest asked for is kept over advice", "<</DigestMethod [/SHA512]>>", pades.Options{Hash: crypto.SHA256}, "", digestIs("sha256")},
		{"digest asked for is not accepted", "<</DigestMethod [/SHA512] /Ff 64>>", pades.Options{Hash: crypto.SHA256}, "DigestMethod", nil},
		{"digest that nobody should use", "<</DigestMethod [/SHA1 /MD5] /Ff 64>>", pades.Options{}, "DigestMethod", nil},
		{"the only reason", "<</Reasons [(Duy\\360t)] /Ff 8>>", pades.Options{}, "", reasonIs("Duyðt")},
		{"one of the reasons", "<</Reasons [(a) (b)] /Ff 8>>", pades.Options{Reason: "b"}, "", reasonIs("b")},
		{"none of the reasons", "<</Reasons [(a) (b)] /Ff 8>>", pades.Options{Reason: "c"}, "Reasons", nil},
		{"no reason of two", "<</Reasons [(a) (b)] /Ff 8>>", pades.Options{}, "Reasons", nil},
		{"no reason may be given", "<</Reasons [(.)] /Ff 8>>", pades.Options{Reason: "c"}, "Reasons", nil},
		{"no reason is given", "<</Reasons [(.)] /Ff 8>>", pades.Options{}, "", reasonIs("")},
		{"reasons as advice", "<</Reasons [(a)]>>", pades.Options{}, "", reasonIs("")},
		{"an approval", "<</MDP <</P 0>>>>", pades.Options{}, "", certifies(nil)},
		{"an approval, not a certification", "<</MDP <</P 0>>>>", pades.Options{Certify: 2}, "MDP", nil},
		{"a certification is chosen", "<</MDP <</P 2>>>>", pades.Options{}, "", certifies(int64(2))},
		{"another certification", "<</MDP <</P 2>>>>", pades.Options{Certify: 3}, "MDP", nil},
		{"a certification nobody defined", "<</MDP <</P 7>>>>", pades.Options{}, "MDP", nil},
		{"a timestamp", "<</TimeStamp <</URL (http://tsa.example/) /Ff 1>>>>", pades.Options{}, "TimeStamp", nil},
		{"a timestamp, as advice", "<</TimeStamp <</URL (http://tsa.example/)>>>>", pades.Options{}, "", nil},
		{"revocation inside", "<</AddRevInfo true /Ff 32>>", pades.Options{}, "AddRevInfo", nil},
		{"revocation inside, as advice", "<</AddRevInfo true>>", pades.Options{}, "", nil},
		{"locked document", "<</LockDocument /true /Ff 128>>", pades.Options{}, "LockDocument", nil},
		{"locked by certifying", "<</LockDocument /true /Ff 128 /MDP <</P 1>>>>", pades.Options{}, "", certifies(int64(1))},
		{"not locked", "<</LockDocument /false /Ff 128>>", pades.Options{}, "", nil},
		{"not locked, and certified so", "<</LockDocument /false /Ff 128>>", pades.Options{Certify: 1}, "LockDocument", nil},
		{"attestation", "<</LegalAttestation [(ok)] /Ff 16>>", pades.Options{}, "", nil},
		{"another attestation", "<</LegalAttestation [(not ok)] /Ff 16>>", pades.Options{}, "LegalAttestation", nil},
		{"appearance", "<</AppearanceFilter (x) /Ff 256>>", pades.Options{}, "AppearanceFilter", nil},
		{"flags nobody defined", "<</Ff 512>>", pades.Options{}, "Ff", nil},
		{"malformed", "<</Ff (1)>>", pades.Options{}, "SV", nil},

		{"the certificate", cert("/Subject [" + self + "] /Ff 1"), pades.Options{}, "", nil},
		{"another certificate", cert("/Subject [<3000>] /Ff 1"), pades.Options{}, "Subject", nil},
		{"another certificate, as advice", cert("/Subject [<3000>]"), pades.Options{}, "", nil},
		{"another issuer", cert("/Issuer [" + hex(world().Root.Certificate.Raw) + "] /Ff 2"), pades.Options{}, "Issuer", nil},
		{"policy", cert("/OID [(1.2.3)] /Ff 4"), pades.Options{}, "OID", nil},
		{"name", cert("/SubjectDN [<</O (" + latin("Sở") + ")>>] /Ff 8"), pades.Options{}, "SubjectDN", nil},
		{"own name", cert("/SubjectDN [<</CN " + string(hexText(rsaSigner().cert.Subject.CommonName)) + ">>] /Ff 8"), pades.Options{}, "", nil},
		{"usage", cert("/KeyUsage [(11)] /Ff 32"), pades.Options{}, "", nil},
		{"another usage", cert("/KeyUsage [(X0)] /Ff 32"), pades.Options{}, "KeyUsage", nil},
		{"url", cert("/URL (http://x/) /URLType /ASSP /Ff 64"), pades.Options{}, "URL", nil},
		{"url to browse", cert("/URL (http://x/) /URLType /Browser /Ff 64"), pades.Options{}, "", nil},
		{"certificate flags nobody defined", cert("/Ff 16"), pades.Options{}, "Cert/Ff", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Field = "a"
			b := asking(t, c.seed, "/Legal <</Attestation (ok)>>")
			signed, err := trySign(b, rsaSigner(), c.o)
			var seed *pades.SeedError
			switch {
			case c.refused != "":
				if !errors.As(err, &seed) || seed.Demand != c.refused {
					t.Errorf("got %v, want %s", err, c.refused)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			path := write(t, signed)
			pleases(t, path, 1)
			r := inOrderAll(t, signed, 1)
			if s := r.Signatures[0]; s.SubIndication == "SIG_CONSTRAINTS_FAILURE" {
				t.Errorf("verify: %+v", s.Reason)
			}
			found, err := pades.Find(open(t, signed))
			if err != nil {
				t.Fatal(err)
			}
			if c.check != nil {
				der, _ := contents(t, signed, 0)
				c.check(t, found[0].Dict, mustTool(t, "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", write(t, der)))
			}
		})
	}
	// Issuers are found through the chain.
	id := world().Persons[0]
	b := asking(t, cert("/Issuer ["+hex(world().Root.Certificate.Raw)+"] /Ff 2"), "")
	if err := pades.Check(open(t, b), pades.Options{Field: "a", Certificate: id.Certificate, Chain: world().Chain()}); err != nil {
		t.Errorf("an issuer above: %v", err)
	}
	if err := pades.Check(open(t, b), pades.Options{Field: "a"}); err != nil {
		t.Errorf("without a certificate to look at: %v", err)
	}
	var seed *pades.SeedError
	later := sign(t, asking(t, "<</MDP <</P 2>>>>", ""), rsaSigner(), pades.Options{})
	if err := pades.Check(open(t, later), pades.Options{Field: "a"}); !errors.As(err, &seed) || seed.Demand != "MDP" {
		t.Errorf("a certification after another signature: %v", err)
	}
	stamp := asking(t, "<</TimeStamp <</URL (http://tsa.example/) /Ff 1>>>>", "")
	if s, err := pades.ReadSeed(open(t, stamp).View, fieldOf(t, stamp, "a").Dict); err != nil || s.TimestampURL != "http://tsa.example/" {
		t.Errorf("the TSA: %+v, %v", s, err)
	}
	if err := pades.Check(open(t, stamp), pades.Options{Field: "a", Timestamp: true}); err != nil {
		t.Errorf("with a timestamp: %v", err)
	}
	if err := pades.Check(open(t, document(t, documents.LetterWithFields)), pades.Options{Field: documents.PersonField}); err != nil {
		t.Error(err)
	}
}

func latin(s string) string { return strings.Map(func(r rune) rune { return r & 0x7F }, s) }

func hexText(s string) []byte { return fmt.Appendf(nil, "<%X>", string(pdf.TextString(s))) }

func digestIs(name string) func(*testing.T, *pdf.Dict, string) {
	return func(t *testing.T, _ *pdf.Dict, printed string) {
		if !strings.Contains(printed, "algorithm: "+name+" (") {
			t.Errorf("openssl does not see %s:\n%.600s", name, printed)
		}
	}
}

func reasonIs(want string) func(*testing.T, *pdf.Dict, string) {
	return func(t *testing.T, d *pdf.Dict, _ string) {
		if got, _ := d.Get("Reason").(pdf.String); got.Text() != want {
			t.Errorf("reason %q, want %q", got.Text(), want)
		}
	}
}

func certifies(want pdf.Object) func(*testing.T, *pdf.Dict, string) {
	return func(t *testing.T, d *pdf.Dict, _ string) {
		a, _ := d.Get("Reference").(pdf.Array)
		var got pdf.Object
		for _, o := range a {
			if r := o.(*pdf.Dict); r.Is("TransformMethod", "DocMDP") {
				got = r.Get("TransformParams").(*pdf.Dict).Get("P")
			}
		}
		if got != want {
			t.Errorf("certified with P %v, want %v", got, want)
		}
	}
}
