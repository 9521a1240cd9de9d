package corpus

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"kyso/signature/algorithm"
)

// WycheproofGroup is a key and signatures made, or not made, with it.
type WycheproofGroup struct {
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

// Signature is the group's algorithm and key, PSS parameters and all.
func (g WycheproofGroup) Signature() (s algorithm.Signature, key crypto.PublicKey, err error) {
	hashes := map[string]crypto.Hash{
		"SHA-1": crypto.SHA1, "SHA-224": crypto.SHA224, "SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384,
		"SHA-512": crypto.SHA512, "SHA-512/224": crypto.SHA512_224, "SHA-512/256": crypto.SHA512_256,
		"SHA3-224": crypto.SHA3_224, "SHA3-256": crypto.SHA3_256, "SHA3-384": crypto.SHA3_384, "SHA3-512": crypto.SHA3_512,
	}
	s.Hash = hashes[g.Sha]
	switch {
	case strings.HasPrefix(g.Type, "RsassaPkcs1"):
		s.Key = algorithm.RSA
	case strings.HasPrefix(g.Type, "RsassaPss"):
		s.Key, s.SaltLength, s.MGFHash = algorithm.RSAPSS, g.SLen, hashes[g.MgfSha]
	case g.Type == "EcdsaVerify": // the P1363 form occurs in no signature on a document
		s.Key = algorithm.ECDSA
	case strings.HasPrefix(g.Type, "Eddsa"):
		s = algorithm.Signature{Key: algorithm.Ed25519}
	default:
		return s, nil, fmt.Errorf("unknown kind of group %q", g.Type)
	}
	if s.Key != algorithm.Ed25519 && s.Hash == 0 {
		return s, nil, fmt.Errorf("unknown digest %q", g.Sha)
	}
	key, err = g.key()
	return s, key, err
}

func (g WycheproofGroup) key() (crypto.PublicKey, error) {
	if strings.HasPrefix(g.Type, "RsassaPssWithParameters") {
		der, err := hex.DecodeString(g.PublicKeyDer)
		if err != nil {
			return nil, err
		}
		return algorithm.PublicKey(&x509.Certificate{RawSubjectPublicKeyInfo: der})
	}
	if g.PublicKeyAsn != "" {
		der, err := hex.DecodeString(g.PublicKeyAsn)
		if err != nil {
			return nil, err
		}
		return x509.ParsePKCS1PublicKey(der)
	}
	block, _ := pem.Decode([]byte(g.PublicKeyPem))
	if block == nil {
		return nil, errors.New("the group has no key")
	}
	return algorithm.ParsePublicKey(block.Bytes)
}
