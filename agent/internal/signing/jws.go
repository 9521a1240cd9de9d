package signing

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"kyso/signature/algorithm"
)

// jwsHeader is the JOSE header of what signJWS makes (RFC 7515, 4.1).
type jwsHeader struct {
	Algorithm   string   `json:"alg"`
	Fingerprint string   `json:"x5t#S256"`
	Chain       [][]byte `json:"x5c"` // standard base64, the signer's first
	// Hint is a private parameter (RFC 7515, 4.3), which others pass over.
	Hint string `json:"kyso"`
}

// signJWS makes the compact serialisation (RFC 7515, 3.1). Detached, the payload
// is left out of it (Appendix F).
func signJWS(data []byte, id Identity, key Key, r DataRequest) ([]byte, error) {
	name, hash, opts, err := jwsAlgorithm(id.Certificate.PublicKey, r.PSS)
	if err != nil {
		return nil, err
	}
	print := sha256.Sum256(id.Certificate.Raw)
	encode := base64.RawURLEncoding.EncodeToString
	header := jwsHeader{Algorithm: name, Fingerprint: encode(print[:]), Chain: [][]byte{id.Certificate.Raw}, Hint: hint(r)}
	for _, c := range id.Chain {
		if !c.Equal(id.Certificate) {
			header.Chain = append(header.Chain, c.Raw)
		}
	}
	head, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	input := encode(head) + "." + encode(data)
	h := hash.New()
	h.Write([]byte(input))
	digest := h.Sum(nil)
	value, err := key.Sign(rand.Reader, digest, opts)
	if err != nil {
		return nil, err
	}
	if err := checkValue(id, hash, r.PSS, digest, value); err != nil {
		return nil, err
	}
	if pub, ok := id.Certificate.PublicKey.(*ecdsa.PublicKey); ok {
		if value, err = fixedWidth(value, (pub.Curve.Params().BitSize+7)/8); err != nil {
			return nil, err
		}
	}
	if r.Detached {
		input = encode(head) + "."
	}
	return []byte(input + "." + encode(value)), nil
}

// jwsAlgorithm is the algorithm of RFC 7518, 3.1, for a key.
func jwsAlgorithm(pub crypto.PublicKey, pss bool) (name string, h crypto.Hash, opts crypto.SignerOpts, err error) {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if pss {
			return "PS256", crypto.SHA256, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}, nil
		}
		return "RS256", crypto.SHA256, crypto.SHA256, nil
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return "ES256", crypto.SHA256, crypto.SHA256, nil
		case 384:
			return "ES384", crypto.SHA384, crypto.SHA384, nil
		case 521:
			return "ES512", crypto.SHA512, crypto.SHA512, nil
		}
	}
	return "", 0, nil, fmt.Errorf("%w: no JWS algorithm for a key of type %T", ErrNoCertificate, pub)
}

// checkValue keeps the value of a broken token from leaving as a signature.
func checkValue(id Identity, hash crypto.Hash, pss bool, digest, value []byte) error {
	pub, err := algorithm.PublicKey(id.Certificate)
	if err != nil {
		return err
	}
	sig, err := algorithm.ForKey(pub, hash, pss)
	if err != nil {
		return err
	}
	if err := sig.Verify(pub, digest, value); err != nil {
		return fmt.Errorf("%w: %w", ErrModule, err)
	}
	return nil
}

// fixedWidth turns the DER of an ECDSA signature into r and s side by side, as
// JWS has them (RFC 7518, 3.4).
func fixedWidth(der []byte, size int) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 || v.R.Sign() <= 0 || v.S.Sign() <= 0 || v.R.BitLen() > 8*size || v.S.BitLen() > 8*size {
		return nil, fmt.Errorf("%w: an ECDSA value that is none", ErrModule)
	}
	out := make([]byte, 2*size)
	v.R.FillBytes(out[:size])
	v.S.FillBytes(out[size:])
	return out, nil
}
