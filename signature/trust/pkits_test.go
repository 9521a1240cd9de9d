package trust_test

import (
	"crypto/x509"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/signature/certificate"
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

// pkitsPolicies are the names PKITS has for its policies.
var pkitsPolicies = map[string]string{
	"anyPolicy":          "2.5.29.32.0",
	"NIST-test-policy-1": "2.16.840.1.101.3.2.1.48.1",
	"NIST-test-policy-2": "2.16.840.1.101.3.2.1.48.2",
	"NIST-test-policy-3": "2.16.840.1.101.3.2.1.48.3",
	"NIST-test-policy-6": "2.16.840.1.101.3.2.1.48.6",
}

// byRevocation are the sections whose failures only CRLs show; package
// revocation runs the whole suite with them.
var byRevocation = []string{"4.4.", "4.5.", "4.7.4 ", "4.7.5 ", "4.14.", "4.15."}

// TestPKITS runs the whole suite: what is left agrees once package revocation
// has looked at the CRLs.
func TestPKITS(t *testing.T) {
	root := corpus.Path(t, "pkits")
	var cases []pkitsCase
	if err := json.Unmarshal(corpus.Read(t, root, "vectors-go.json"), &cases); err != nil {
		t.Fatal(err)
	}
	agree, misses, falseAlarms, left := 0, 0, 0, 0
	for _, c := range cases {
		var certs []*x509.Certificate
		malformed := false
		for _, name := range c.CertPath {
			cert, err := certificate.Parse(corpus.Read(t, root, "certs", name))
			if err != nil {
				malformed = true
				continue
			}
			certs = append(certs, cert)
		}
		var err error
		if !malformed {
			o := trust.Options{
				At:                   time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
				Algorithms:           rules2010, // its DSA keys sign SHA-1
				Intermediates:        certs[1 : len(certs)-1],
				ExplicitPolicy:       c.InitialExplicitPolicy,
				InhibitPolicyMapping: c.InitialPolicyMappingInhibit,
				InhibitAnyPolicy:     c.InitialAnyPolicyInhibit,
			}
			for _, p := range c.InitialPolicySet {
				oid, ok := pkitsPolicies[p]
				if !ok {
					t.Fatalf("%s: unknown policy %q", c.Name, p)
				}
				o.PolicySet = append(o.PolicySet, oid)
			}
			_, err = trust.NewStore(certs[0]).Build(certs[len(certs)-1], o)
		}
		valid := !malformed && err == nil
		switch {
		case valid == c.ShouldValidate:
			agree++
		case valid && slices.ContainsFunc(byRevocation, func(p string) bool { return strings.HasPrefix(c.Name, p) }):
			left++
		case valid:
			misses++
			t.Errorf("miss: %s", c.Name)
		default:
			falseAlarms++
			t.Errorf("false alarm: %s: malformed=%v %v", c.Name, malformed, err)
		}
	}
	t.Logf("PKITS paths: %d cases, %d agree, %d misses, %d false alarms, %d left to revocation", len(cases), agree, misses, falseAlarms, left)
}
