package revocation_test

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"testing"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/certificate"
	"kyso/signature/revocation"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

type pkitsCase struct {
	Name                        string
	CertPath, CRLPath           []string
	ShouldValidate              bool
	InitialPolicySet            []string
	InitialPolicyMappingInhibit bool
	InitialExplicitPolicy       bool
	InitialAnyPolicyInhibit     bool
}

var pkitsPolicies = map[string]string{
	"anyPolicy":          "2.5.29.32.0",
	"NIST-test-policy-1": "2.16.840.1.101.3.2.1.48.1",
	"NIST-test-policy-2": "2.16.840.1.101.3.2.1.48.2",
	"NIST-test-policy-3": "2.16.840.1.101.3.2.1.48.3",
	"NIST-test-policy-6": "2.16.840.1.101.3.2.1.48.6",
}

// TestPKITS runs the whole suite: a path, and every certificate below the
// anchor proven good by the case's CRLs.
func TestPKITS(t *testing.T) {
	root := corpus.Path(t, "pkits")
	var cases []pkitsCase
	if err := json.Unmarshal(corpus.Read(t, root, "vectors-go.json"), &cases); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	agree, misses, falseAlarms := 0, 0, 0
	for _, c := range cases {
		why := ""
		var certs []*x509.Certificate
		for _, name := range c.CertPath {
			cert, err := certificate.Parse(corpus.Read(t, root, "certs", name))
			if err != nil {
				why = err.Error()
				break
			}
			certs = append(certs, cert)
		}
		if why == "" {
			o := trust.Options{
				At: at,
				// Its DSA keys sign SHA-1.
				Algorithms: func(_ *x509.Certificate, sig algorithm.Signature, pub crypto.PublicKey, _ *x509.Certificate) error {
					return sig.Check(pub, time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC))
				},
				Intermediates:        certs[1 : len(certs)-1],
				ExplicitPolicy:       c.InitialExplicitPolicy,
				InhibitPolicyMapping: c.InitialPolicyMappingInhibit,
				InhibitAnyPolicy:     c.InitialAnyPolicyInhibit,
			}
			for _, p := range c.InitialPolicySet {
				o.PolicySet = append(o.PolicySet, pkitsPolicies[p])
			}
			path, err := trust.NewStore(certs[0]).Build(certs[len(certs)-1], o)
			if err != nil {
				why = err.Error()
			} else {
				why = checkPath(t, root, c, path, certs, at)
			}
		}
		switch valid := why == ""; {
		case valid == c.ShouldValidate:
			agree++
		case valid:
			misses++
			t.Errorf("miss: %s", c.Name)
		default:
			falseAlarms++
			t.Errorf("false alarm: %s: %s", c.Name, why)
		}
	}
	t.Logf("PKITS with CRLs: %d cases, %d agree, %d misses, %d false alarms", len(cases), agree, misses, falseAlarms)
}

// checkPath is empty when every certificate of path below the anchor is good,
// and every delegate that signed a CRL too.
func checkPath(t *testing.T, root string, c pkitsCase, path trust.Path, certs []*x509.Certificate, at time.Time) string {
	// The vectors name the CRLs, not the certificates of indirect CRL issuers;
	// those are files beside the others.
	pool := append([]*x509.Certificate(nil), certs...)
	for _, name := range []string{
		"indirectCRLCA3cRLIssuerCert.crt", "indirectCRLCA4cRLIssuerCert.crt", "SeparateCertificateandCRLKeysCRLSigningCert.crt",
		"SeparateCertificateandCRLKeysCA2CRLSigningCert.crt", "BasicSelfIssuedCRLSigningKeyCRLCert.crt",
		"BasicSelfIssuedNewKeyOldWithNewCACert.crt", "BasicSelfIssuedOldKeyNewWithOldCACert.crt",
		"indirectCRLCA5Cert.crt", "indirectCRLCA1Cert.crt",
	} {
		pool = append(pool, corpus.Certificate(t, root, "certs", name))
	}
	ev := revocation.Evidence{Certificates: pool, Algorithms: anyAlgorithm}
	for _, name := range c.CRLPath {
		ev.CRLs = append(ev.CRLs, corpus.Read(t, root, "crls", name))
	}
	for i, cert := range path[:len(path)-1] {
		ev.Authorities = path[i+2:]
		r := revocation.Check(cert, path[i+1], ev, at)
		if r.Status != revocation.Good {
			return r.Status.String() + " " + r.WhyCode + ": " + r.Why + " of " + cert.Subject.String()
		}
	}
	return ""
}
