package revocation_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"kyso/signature/revocation"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

// TestCertvalidatorOCSP runs the paths of certvalidator's openssl-ocsp.json:
// every certificate that says where its status is to be had needs a good one.
func TestCertvalidatorOCSP(t *testing.T) {
	dir := corpus.Path(t, "pkits", "pyhanko-certvalidator", "openssl-ocsp")
	var cases []struct {
		Name, Root, Cert string
		OCSPs            []string
		Other            []string `json:"other_certs"`
		Length           int      `json:"path_len"`
		Moment           time.Time
		Error            json.RawMessage
	}
	if err := json.Unmarshal(corpus.Read(t, dir, "openssl-ocsp.json"), &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 25 {
		t.Fatalf("%d cases", len(cases))
	}
	agree, misses, falseAlarms := 0, 0, 0
	for _, c := range cases {
		o := trust.Options{At: c.Moment}
		for _, name := range c.Other {
			o.Intermediates = append(o.Intermediates, parse(t, blocks(t, filepath.Join(dir, name))["CERTIFICATE"]))
		}
		leaf, root := parse(t, blocks(t, filepath.Join(dir, c.Cert))["CERTIFICATE"]), parse(t, blocks(t, filepath.Join(dir, c.Root))["CERTIFICATE"])
		path, err := trust.NewStore(root).Build(leaf, o)
		if err != nil || len(path) != c.Length {
			t.Errorf("%s: path of %d: %v", c.Name, len(path), err)
			continue
		}
		ev := revocation.Evidence{}
		for _, name := range c.OCSPs {
			ev.OCSPs = append(ev.OCSPs, unarmoured(t, corpus.Read(t, dir, name)))
		}
		why := ""
		for i, cert := range path[:len(path)-1] {
			if r := revocation.Check(cert, path[i+1], ev, c.Moment); r.Status != revocation.Good {
				why = r.WhyCode + " " + r.Why
			}
		}
		switch good := why == ""; {
		case good == (c.Error == nil):
			agree++
		case good:
			misses++
			t.Errorf("miss: %s", c.Name)
		default:
			falseAlarms++
			// Nothing is there about the intermediate CA, and here unknown is
			// never good.
			if c.Name != "delegated_with_intermediate_success" {
				t.Errorf("false alarm: %s: %s", c.Name, why)
			}
		}
	}
	t.Logf("certvalidator OCSP: %d agree, %d misses, %d false alarms", agree, misses, falseAlarms)
}

// TestCertvalidatorPaths builds the paths of certvalidator's own CAs. Ed448 is
// not known, and so nothing is proven with it.
func TestCertvalidatorPaths(t *testing.T) {
	at := time.Date(2021, 10, 5, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		dir, leaf string
		ok        bool
	}{
		{"testing-ca-ed25519", "signer.cert.pem", true}, {"testing-ca-ed25519", "signer2.cert.pem", true},
		{"testing-ca-ed25519", "tsa.cert.pem", true},
		{"testing-ca-ed448", "signer.cert.pem", false}, {"testing-ca-ed448", "tsa.cert.pem", false},
		{"testing-ca-pss", "signer1.cert.pem", true}, {"testing-ca-pss-exclusive", "signer1.cert.pem", true},
	} {
		dir := corpus.Path(t, "pkits", "pyhanko-certvalidator", c.dir)
		read := func(name string) []byte { return blocks(t, filepath.Join(dir, name))["CERTIFICATE"] }
		o := trust.Options{At: at}
		o.Intermediates = append(o.Intermediates, parse(t, read("interm.cert.pem")))
		_, err := trust.NewStore(parse(t, read("root.cert.pem"))).Build(parse(t, read(c.leaf)), o)
		if (err == nil) != c.ok {
			t.Errorf("%s %s: %v", c.dir, c.leaf, err)
		}
	}
}

// TestTimeSlide is the CA of the AdES past validation vectors, judged at one
// moment each: what slides between moments is package verify's.
func TestTimeSlide(t *testing.T) {
	dir := corpus.Path(t, "pkits", "pyhanko-certvalidator", "ades", "time-slide")
	root, interm, alice, gone := corpus.Certificate(t, dir, "certs", "root.crt"), corpus.Certificate(t, dir, "certs", "interm.crt"),
		corpus.Certificate(t, dir, "certs", "alice.crt"), corpus.Certificate(t, dir, "certs", "interm-revoked.crt")
	var ev revocation.Evidence
	for _, day := range []string{"2020-10-01", "2020-11-29", "2020-12-10"} {
		ev.CRLs = append(ev.CRLs, corpus.Read(t, dir, "root-"+day+".crl"), corpus.Read(t, dir, "interm-"+day+".crl"))
		ev.OCSPs = append(ev.OCSPs, corpus.Read(t, dir, "alice-"+day+".ors"))
	}
	revokedAt := time.Date(2020, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what string
		at   time.Time
		want revocation.Status
	}{
		{"before", revokedAt.Add(-time.Hour), revocation.Good}, {"at", revokedAt, revocation.Revoked}, {"after", revokedAt.AddDate(1, 0, 0), revocation.Revoked},
	} {
		if r := revocation.Check(alice, interm, ev, c.at); r.Status != c.want || !r.RevokedAt.Equal(revokedAt) {
			t.Errorf("%s: alice is %v since %v: %s", c.what, r.Status, r.RevokedAt, r.Why)
		}
		if r := revocation.Check(gone, root, ev, c.at); r.Status != c.want {
			t.Errorf("%s: the intermediate CA is %v: %s", c.what, r.Status, r.Why)
		}
	}
	if r := revocation.Check(interm, root, ev, revokedAt); r.Status != revocation.Good {
		t.Errorf("the other intermediate CA is %v: %s", r.Status, r.Why)
	}
	if r := revocation.Check(interm, root, ev, revokedAt.AddDate(1, 0, 0)); r.Status != revocation.Unknown {
		t.Errorf("a year later it is %v", r.Status)
	}
}
