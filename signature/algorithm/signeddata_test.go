package algorithm_test

import (
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/algorithm"
	"kyso/testdata/corpus"
)

// signedDataValid are the vectors that verify; every other one must not.
var signedDataValid = map[string]bool{
	"ecdsa-prime256v1-sha512.pem": true, "ecdsa-secp384r1-sha256.pem": true,
	"rsa-pkcs1-sha1.pem": true, "rsa-pkcs1-sha256.pem": true, "rsa2048-pkcs1-sha512.pem": true, "rsa-pss-sha256.pem": true,
	"rsa-pss-sha256-using-pss-key-with-params.pem": true,
}

// TestSignedData runs BoringSSL's signatures with their keys and algorithm
// identifiers in DER: what is malformed or mixed never verifies.
func TestSignedData(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus.Path(t, "pkits", "boringssl-pki", "verify_signed_data_unittest"), "*.pem"))
	if len(files) < 25 {
		t.Fatalf("%d files", len(files))
	}
	valid, invalid := 0, 0
	for _, file := range files {
		name := filepath.Base(file)
		blocks := map[string][]byte{}
		for rest := corpus.Read(t, file); ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			blocks[block.Type] = block.Bytes
		}
		err := verifySignedData(blocks)
		switch {
		case strings.HasPrefix(name, "mldsa"):
			if err == nil {
				t.Errorf("%s: an algorithm nobody wrote verifies", name)
			}
		case name == "rsa-pkcs1-sha256-using-id-ea-rsa.pem":
			// An RSA key under the name that ITU-T X.509 gives it. OpenSSL
			// takes it, and no other key could be meant.
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case signedDataValid[name]:
			if valid++; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		default:
			if invalid++; err == nil {
				t.Errorf("MISS: %s verifies", name)
			}
		}
	}
	t.Logf("BoringSSL signed data: %d valid, %d invalid", valid, invalid)
}

func verifySignedData(blocks map[string][]byte) error {
	s, err := algorithm.ParseSignature(blocks["ALGORITHM"])
	if err != nil {
		return err
	}
	key, err := algorithm.ParsePublicKey(blocks["PUBLIC KEY"])
	if err != nil {
		return err
	}
	// The value is a BIT STRING with its count of unused bits, 0.
	value := blocks["SIGNATURE"]
	if len(value) < 3 || value[0] != 3 {
		return algorithm.ErrSignature
	}
	if value[1] < 0x80 {
		value = value[2:]
	} else {
		value = value[2+value[1]&0x7f:]
	}
	if value[0] != 0 {
		return algorithm.ErrSignature
	}
	return s.VerifyMessage(key, blocks["DATA"], value[1:])
}
