package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kyso/signature/revocation"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

// openssl judges the commands of OpenSSL's test recipes.
func openssl(dir string, b *board) error {
	cases, odd, err := corpus.OpenSSL(dir)
	if err != nil {
		return err
	}
	b.odd("openssl", odd)
	test := filepath.Join(dir, "test")
	for _, c := range cases {
		w := wants(c.Expected == "OK")
		if w == mustFail && c.Expected != "FAIL" {
			b.judge("openssl "+c.Kind, c.Desc, w, func() (answer, error) {
				return answer{}, fmt.Errorf("unknown expectation %q", c.Expected)
			})
			continue
		}
		switch c.Kind {
		case "x509-verify":
			x509Verify(test, c, w, b)
		case "ocsp":
			name := c.Desc + " " + c.Response + " " + c.Issuer
			b.judge("openssl ocsp", name, w, func() (answer, error) { return ocspAnswer(test, c) })
		default:
			b.apart("openssl "+c.Kind, c.Desc, "not covered")
		}
	}
	return nil
}

// ocspAnswer asks a response about the certificate it was made for.
func ocspAnswer(test string, c corpus.OpenSSLCase) (answer, error) {
	text, err := os.ReadFile(filepath.Join(test, c.Response))
	if err != nil {
		return answer{}, err
	}
	response, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(string(text)))
	if err != nil {
		return answer{}, err
	}
	// WRID_D1.ors is about D1_Cert_EE.pem.
	folder := filepath.Dir(filepath.Join(test, c.Response))
	stem := strings.TrimSuffix(filepath.Base(c.Response), ".ors")
	stem = stem[strings.LastIndexByte(stem, '_')+1:]
	found, _ := filepath.Glob(filepath.Join(folder, stem+"_Cert_*.pem"))
	if len(found) != 1 {
		return answer{}, fmt.Errorf("%d certificates for %s", len(found), c.Response)
	}
	cert, err := readPEM(found[0])
	if err != nil {
		return answer{}, err
	}
	issuers, err := readPEM(filepath.Join(test, c.Issuer))
	if err != nil {
		return answer{}, err
	}
	if len(cert) == 0 || len(issuers) == 0 {
		return refused(errors.New("a certificate cannot be read")), nil
	}
	candidates := []trust.Anchor{issuers[0]}
	// What is handed in beside may stand between the issuer named and the
	// certificate, if the one named certified it.
	for _, name := range c.Untrusted {
		more, err := readPEM(filepath.Join(folder, filepath.Base(name)))
		if err != nil {
			return answer{}, err
		}
		o := trust.Options{}
		for _, m := range more {
			o.Intermediates = append(o.Intermediates, m.Certificate)
		}
		for _, m := range more {
			o.At = m.Certificate.NotBefore
			if _, err := trust.NewStore(issuers[0].Certificate).Build(m.Certificate, o); err == nil {
				candidates = append(candidates, m)
			}
		}
	}
	a := answer{Verdict: "failed"}
	for _, issuer := range candidates {
		// The recipes leave the responses' times aside, so any day of their
		// year will do.
		for day := range 366 {
			r := revocation.Check(cert[0].Certificate, issuer.Certificate, revocation.Evidence{OCSPs: [][]byte{response}}, ocspTime.AddDate(0, 0, day))
			a.SubIndication, a.Code, a.why = r.Status.String(), r.WhyCode, r.Why
			if r.Status != revocation.Unknown {
				a.Verdict, a.passed = "passed", true
				return a, nil
			}
		}
	}
	return a, nil
}

// ocspTime is when the year of OpenSSL's responses begins.
var ocspTime = time.Date(2012, 1, 1, 12, 0, 0, 0, time.UTC)
