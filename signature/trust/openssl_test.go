package trust_test

import (
	"bytes"
	"crypto"
	"crypto/dsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

// rules2010 refuse MD5 and RSA below 1024 bits, as OpenSSL's default level does.
func rules2010(_ *x509.Certificate, sig algorithm.Signature, issuer crypto.PublicKey, _ *x509.Certificate) error {
	return sig.Check(issuer, time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC))
}

var errLevel = errors.New("below the security level")

// level is OpenSSL's -auth_level as a policy of algorithms: 0, 80, 112, 128,
// 192 and 256 bits of security.
type level int

func (l level) bits() int { return []int{0, 80, 112, 128, 192, 256}[l] }

func (l level) key(pub crypto.PublicKey) error {
	bits := 0
	switch k := pub.(type) {
	case *rsa.PublicKey:
		bits = modulus(k.N.BitLen())
	case *algorithm.PSSPublicKey:
		bits = modulus(k.Key.N.BitLen())
	case *dsa.PublicKey:
		bits = modulus(k.P.BitLen())
	case *algorithm.ECPublicKey:
		bits = k.Bits() / 2
	case ed25519.PublicKey:
		bits = 128
	}
	if bits < l.bits() {
		return errLevel
	}
	return nil
}

// modulus is the strength of a modulus, NIST SP 800-57 table 2.
func modulus(n int) int {
	strength := 0
	for _, row := range [][2]int{{1024, 80}, {2048, 112}, {3072, 128}, {7680, 192}, {15360, 256}} {
		if n >= row[0] {
			strength = row[1]
		}
	}
	return strength
}

func (l level) judge(_ *x509.Certificate, sig algorithm.Signature, issuer crypto.PublicKey, _ *x509.Certificate) error {
	if sig.Hash != 0 {
		bits := sig.Hash.Size() * 4
		switch sig.Hash {
		case crypto.MD5:
			bits = 39 // the best attacks known
		case crypto.SHA1:
			bits = 63
		}
		if bits < l.bits() {
			return errLevel
		}
	}
	return l.key(issuer)
}

// purposes are OpenSSL's -purpose as extended key usages.
var purposes = map[string]asn1.ObjectIdentifier{
	"": nil, "any": nil,
	"sslserver": {1, 3, 6, 1, 5, 5, 7, 3, 1}, "sslclient": {1, 3, 6, 1, 5, 5, 7, 3, 2}, "codesign": {1, 3, 6, 1, 5, 5, 7, 3, 3},
	"smimesign": {1, 3, 6, 1, 5, 5, 7, 3, 4}, "smimeencrypt": {1, 3, 6, 1, 5, 5, 7, 3, 4}, "timestampsign": {1, 3, 6, 1, 5, 5, 7, 3, 8},
}

type opensslCase struct {
	Kind, Cert, Purpose, Expected, Desc string
	Trusted, Untrusted                  json.RawMessage
	Args                                []string
}

// options reads the arguments of a case; what says what is not judged here.
func (x opensslCase) options(t *testing.T) (o trust.Options, l level, partial bool, what string) {
	o = trust.Options{At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	usage, known := purposes[x.Purpose]
	if !known {
		return o, 1, false, "purpose " + x.Purpose
	}
	o.Usage = usage
	l = 1
	for i := 0; i < len(x.Args); i++ {
		number := func() int {
			i++
			n, err := strconv.Atoi(x.Args[i])
			if err != nil {
				t.Fatalf("%s: %v", x.Desc, err)
			}
			return n
		}
		switch x.Args[i] {
		case "-partial_chain":
			partial = true
		case "-x509_strict":
			o.Conforming = true
		case "-attime":
			o.At = time.Unix(int64(number()), 0)
		case "-auth_level":
			l = level(number())
		case "-verify_depth":
			if o.MaxIntermediates = number(); o.MaxIntermediates == 0 {
				o.MaxIntermediates = -1
			}
		case "-explicit_policy":
			o.ExplicitPolicy = true
		case "-inhibit_any":
			o.InhibitAnyPolicy = true
		case "-inhibit_map":
			o.InhibitPolicyMapping = true
		case "-policy":
			i++
			o.PolicySet = append(o.PolicySet, x.Args[i])
		case "-policy_check":
		case "-check_ss_sig", "-trusted_first", "-no_alt_chains":
			// How the path is found, and an anchor's own signature, prove nothing.
		default:
			what = x.Args[i]
		}
	}
	o.Algorithms = l.judge
	return o, l, partial, what
}

// files are the names of a case's certificate files. "root+serverAuth" comes
// as two names.
func files(raw json.RawMessage) (names []string) {
	var list []string
	json.Unmarshal(raw, &list)
	for _, n := range list {
		if last := len(names) - 1; last >= 0 && (n == "serverAuth" || n == "clientAuth" || n == "anyEKU") {
			names[last] += "+" + n
			continue
		}
		names = append(names, n)
	}
	return names
}

// TestOpenSSL runs OpenSSL's verify cases.
func TestOpenSSL(t *testing.T) {
	root := corpus.Path(t, "openssl")
	var index []opensslCase
	if err := json.Unmarshal(corpus.Read(t, root, "index.json"), &index); err != nil {
		t.Fatal(err)
	}
	agree, misses, falseAlarms, left := 0, 0, 0, 0
	for _, x := range index {
		if x.Kind != "x509-verify" {
			continue
		}
		o, l, partial, what := x.options(t)
		read := func(names ...string) (list []trust.Anchor) {
			for _, name := range names {
				path := filepath.Join(root, "test", "certs", strings.TrimPrefix(strings.TrimSuffix(name, ".pem"), "certs/")+".pem")
				data, err := os.ReadFile(path)
				if err != nil {
					what = name + " is not there"
					continue
				}
				// What cannot be read cannot be part of a path.
				if found, err := trust.ParseAnchors(data); err == nil {
					list = append(list, found...)
				}
			}
			return list
		}
		leaf, anchors := read(x.Cert), read(files(x.Trusted)...)
		for _, a := range read(files(x.Untrusted)...) {
			o.Intermediates = append(o.Intermediates, a.Certificate)
		}
		if what != "" {
			left++
			t.Logf("left: %s: %s", x.Desc, what)
			continue
		}
		// What the store has of a name and key stands in for what a file has.
		o.Intermediates = slices.DeleteFunc(o.Intermediates, func(c *x509.Certificate) bool {
			return slices.ContainsFunc(anchors, func(a trust.Anchor) bool {
				return bytes.Equal(a.Certificate.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo) && bytes.Equal(a.Certificate.RawSubject, c.RawSubject)
			})
		})
		if !partial {
			// Only self-signed anchors, and those with settings, end a path there.
			for _, a := range anchors {
				o.Intermediates = append(o.Intermediates, a.Certificate)
			}
			anchors = slices.DeleteFunc(anchors, func(a trust.Anchor) bool {
				return len(a.Trusted)+len(a.Rejected) == 0 && algorithm.VerifyCertificate(a.Certificate, a.Certificate) != nil
			})
		}
		err := errors.New("the certificate cannot be read")
		if len(leaf) > 0 {
			_, err = trust.NewStoreOf(anchors...).Build(leaf[0].Certificate, o)
			if pub, unknown := algorithm.PublicKey(leaf[0].Certificate); err == nil && unknown == nil {
				err = l.key(pub) // the leaf's own key, which for us comes with the signature it makes
			}
		}
		switch {
		case (err == nil) == (x.Expected == "OK"):
			agree++
		case err == nil:
			misses++
			t.Errorf("miss: %s (%s %s %s trusted %s untrusted %s)", x.Desc, x.Cert, x.Purpose, x.Args, files(x.Trusted), files(x.Untrusted))
		default:
			falseAlarms++
			t.Errorf("false alarm: %s (%s): %v", x.Desc, x.Cert, err)
		}
	}
	t.Logf("OpenSSL verify: %d agree, %d misses, %d false alarms, %d left aside", agree, misses, falseAlarms, left)
}
