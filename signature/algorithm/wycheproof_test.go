package algorithm_test

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/algorithm"
	"kyso/testdata/corpus"
)

var hashes = map[string]crypto.Hash{
	"SHA-1": crypto.SHA1, "SHA-224": crypto.SHA224, "SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384,
	"SHA-512": crypto.SHA512, "SHA-512/224": crypto.SHA512_224, "SHA-512/256": crypto.SHA512_256,
	"SHA3-224": crypto.SHA3_224, "SHA3-256": crypto.SHA3_256, "SHA3-384": crypto.SHA3_384, "SHA3-512": crypto.SHA3_512,
}

type wycheproofGroup struct {
	Type         string
	Sha, MgfSha  string
	SLen         int
	PublicKeyAsn string
	PublicKeyDer string
	PublicKeyPem string
	Tests        []struct {
		TcID             int
		Comment          string
		Msg, Sig, Result string
		Flags            []string
	}
}

// key is the group's key, PSS parameters and all.
func (g wycheproofGroup) key(t *testing.T) crypto.PublicKey {
	t.Helper()
	der, err := hex.DecodeString(g.PublicKeyDer)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(g.Type, "RsassaPssWithParameters") {
		key, err := algorithm.PublicKey(&x509.Certificate{RawSubjectPublicKeyInfo: der})
		if err != nil {
			t.Fatalf("%v", err)
		}
		return key
	}
	if g.PublicKeyAsn != "" {
		der, _ := hex.DecodeString(g.PublicKeyAsn)
		key, err := x509.ParsePKCS1PublicKey(der)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	block, _ := pem.Decode([]byte(g.PublicKeyPem))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestWycheproof: what is invalid never verifies; what is valid does; what is
// acceptable is counted.
func TestWycheproof(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus.Path(t, "wycheproof"), "*.json"))
	if err != nil || len(files) != 31 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	var valid, invalid, acceptable, accepted int
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var suite struct{ TestGroups []wycheproofGroup }
			if err := json.Unmarshal(data, &suite); err != nil {
				t.Fatal(err)
			}
			for _, g := range suite.TestGroups {
				s := algorithm.Signature{Hash: hashes[g.Sha]}
				switch {
				case strings.HasPrefix(g.Type, "RsassaPkcs1"):
					s.Key = algorithm.RSA
				case strings.HasPrefix(g.Type, "RsassaPss"):
					s.Key, s.SaltLength, s.MGFHash = algorithm.RSAPSS, g.SLen, hashes[g.MgfSha]
				case strings.HasPrefix(g.Type, "Ecdsa"):
					s.Key = algorithm.ECDSA
				case strings.HasPrefix(g.Type, "Eddsa"):
					s = algorithm.Signature{Key: algorithm.Ed25519}
				}
				if s.Key != algorithm.Ed25519 && s.Hash == 0 {
					t.Fatalf("unknown digest %q", g.Sha)
				}
				// What was named must come back from its own identifier.
				if back, err := algorithm.ParseSignature(s.Identifier()); err != nil || back != s {
					t.Fatalf("identifier of %+v: %+v, %v", s, back, err)
				}
				key := g.key(t)
				for _, c := range g.Tests {
					msg, _ := hex.DecodeString(c.Msg)
					sig, _ := hex.DecodeString(c.Sig)
					err := s.VerifyMessage(key, msg, sig)
					switch c.Result {
					case "valid":
						if valid++; err != nil {
							t.Errorf("valid %d (%s) %v: %v", c.TcID, c.Comment, c.Flags, err)
						}
					case "invalid":
						if invalid++; err == nil {
							t.Errorf("MISS: invalid %d (%s) %v verifies", c.TcID, c.Comment, c.Flags)
						}
					default:
						if acceptable++; err == nil {
							accepted++
							t.Logf("accepted: %d (%s) %v", c.TcID, c.Comment, c.Flags)
						}
					}
				}
			}
		})
	}
	t.Logf("Wycheproof: %d valid, %d invalid, %d acceptable (%d of them accepted)", valid, invalid, acceptable, accepted)
}
