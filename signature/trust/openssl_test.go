package trust_test

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
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

// opensslDiffers are the cases this package answers in another way, and why.
var opensslDiffers = map[string]string{
	"fail client purpose":                                        "extended key usage is the caller's",
	"fail partial chain with client purpose":                     "extended key usage is the caller's",
	"fail client purpose intermediate trusted":                   "extended key usage is the caller's",
	"fail server leaf purpose":                                   "extended key usage is the caller's",
	"fail client leaf purpose":                                   "extended key usage is the caller's",
	"reject non-ca with pathlen:0 with strict flag":              "strict mode: the leaf issues nothing",
	"reject RSA 768 leaf at auth level 1":                        "the leaf's own key is judged with the signature it makes",
	"reject X25519 EE cert in strict mode since AKID is missing": "strict mode: key identifiers are hints",
}

// TestOpenSSL runs OpenSSL's verify cases that ask what RFC 5280 answers.
func TestOpenSSL(t *testing.T) {
	root := corpus.Path(t, "openssl")
	var index []struct {
		Kind, Cert, Purpose, Expected, Desc string
		Trusted, Untrusted                  json.RawMessage
		Args                                []string
	}
	if err := json.Unmarshal(corpus.Read(t, root, "index.json"), &index); err != nil {
		t.Fatal(err)
	}
	agree, misses, falseAlarms, left := 0, 0, 0, 0
	for _, x := range index {
		if x.Kind != "x509-verify" {
			continue
		}
		var trusted, untrusted []string
		json.Unmarshal(x.Trusted, &trusted)
		json.Unmarshal(x.Untrusted, &untrusted)
		o := trust.Options{At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Algorithms: rules2010}
		applies, partial := true, false
		for i := 0; i < len(x.Args); i++ {
			switch x.Args[i] {
			case "-partial_chain":
				partial = true
			case "-x509_strict":
			case "-attime":
				i++
				seconds, err := strconv.ParseInt(x.Args[i], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				o.At = time.Unix(seconds, 0)
			case "-explicit_policy":
				o.ExplicitPolicy = true
			case "-policy_check":
			case "-policy":
				i++
				o.PolicySet = append(o.PolicySet, x.Args[i])
			default: // levels, depths, proxies
				applies = false
			}
		}
		read := func(names ...string) (list []*x509.Certificate) {
			for _, name := range names {
				data, err := os.ReadFile(filepath.Join(root, "test", "certs", strings.TrimPrefix(strings.TrimSuffix(name, ".pem"), "certs/")+".pem"))
				if err != nil {
					applies = false // made by a script that did not run
				}
				for rest := data; ; {
					var block *pem.Block
					if block, rest = pem.Decode(rest); block == nil {
						break
					}
					switch block.Type {
					case "CERTIFICATE":
						// What cannot be read cannot be part of a path.
						if c, err := x509.ParseCertificate(block.Bytes); err == nil {
							list = append(list, c)
						}
					case "TRUSTED CERTIFICATE":
						applies = false // OpenSSL's own trust settings
					}
				}
			}
			return list
		}
		leaf := read(x.Cert)
		anchors := read(trusted...)
		o.Intermediates = read(untrusted...)
		// Without -partial_chain only self-signed anchors end a path there.
		if !partial {
			o.Intermediates = append(o.Intermediates, anchors...)
			anchors = slices.DeleteFunc(anchors, func(a *x509.Certificate) bool { return algorithm.VerifyCertificate(a, a) != nil })
		}
		if !applies {
			left++
			continue
		}
		if len(leaf) == 0 {
			left++
			t.Logf("left: %s: crypto/x509 refuses the certificate", x.Desc)
			continue
		}
		path, err := trust.NewStore(anchors...).Build(leaf[0], o)
		name := x.Desc
		switch {
		case (err == nil) == (x.Expected == "OK"):
			agree++
		case err == nil:
			misses++
			if opensslDiffers[name] == "" {
				t.Errorf("miss: %s (%s %s %s trusted %v untrusted %v): path of %d", name, x.Cert, x.Purpose, x.Args, trusted, untrusted, len(path))
			}
		default:
			falseAlarms++
			if opensslDiffers[name] == "" {
				t.Errorf("false alarm: %s (%s): %v", name, x.Cert, err)
			}
		}
	}
	t.Logf("OpenSSL verify: %d agree, %d misses, %d false alarms, %d left aside", agree, misses, falseAlarms, left)
}
