package piv

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
)

// The algorithms of private keys (SP 800-78-5, table 9).
const (
	algorithmRSA3072 = 0x05
	algorithmRSA2048 = 0x07
	algorithmP256    = 0x11
	algorithmP384    = 0x14
)

// A privateKey answers a challenge, or says that it is not for this key.
type privateKey struct {
	algorithm byte
	public    crypto.PublicKey
	answer    func(challenge []byte) ([]byte, statusWord)
}

// put fills a slot.
func (c *Card) put(k Key) error {
	if k.Slot == 0 {
		k.Slot = Authentication
	}
	tag, ok := certificateTag[k.Slot]
	if !ok {
		return fmt.Errorf("put key: no slot %02X", byte(k.Slot))
	}
	if k.Private != nil {
		key, err := newPrivateKey(k.Private)
		if err != nil {
			return fmt.Errorf("put key in slot %02X: %w", byte(k.Slot), err)
		}
		c.keys[k.Slot] = key
	}
	if k.Certificate != nil {
		c.objects[tag] = certificateObject(k.Certificate)
	}
	return nil
}

func newPrivateKey(private crypto.Signer) (privateKey, error) {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		algorithm := map[int]byte{2048: algorithmRSA2048, 3072: algorithmRSA3072}[k.N.BitLen()]
		if algorithm == 0 {
			return privateKey{}, fmt.Errorf("RSA key of %d bits, want 2048 or 3072", k.N.BitLen())
		}
		return privateKey{algorithm, k.Public(), func(challenge []byte) ([]byte, statusWord) { return rawRSA(k, challenge) }}, nil
	case *ecdsa.PrivateKey:
		algorithm := map[elliptic.Curve]byte{elliptic.P256(): algorithmP256, elliptic.P384(): algorithmP384}[k.Curve]
		if algorithm == 0 {
			return privateKey{}, fmt.Errorf("key on %s, want P-256 or P-384", k.Params().Name)
		}
		return privateKey{algorithm, k.Public(), func(challenge []byte) ([]byte, statusWord) { return signECDSA(k, challenge) }}, nil
	}
	return privateKey{}, fmt.Errorf("key of type %T", private)
}

// rawRSA is RSASP1 (RFC 8017, 5.2.1): the padding is the terminal's work.
func rawRSA(k *rsa.PrivateKey, message []byte) ([]byte, statusWord) {
	m := new(big.Int).SetBytes(message)
	if len(message) != k.Size() || m.Cmp(k.N) >= 0 {
		return nil, swWrongData
	}
	return new(big.Int).Exp(m, k.D, k.N).FillBytes(make([]byte, k.Size())), swOK
}

// signECDSA signs a digest; the answer is a DER Ecdsa-Sig-Value.
func signECDSA(k *ecdsa.PrivateKey, digest []byte) ([]byte, statusWord) {
	if len(digest) == 0 || len(digest) > (k.Params().BitSize+7)/8 {
		return nil, swWrongData
	}
	signature, err := ecdsa.SignASN1(rand.Reader, k, digest)
	if err != nil {
		return nil, swNothingMoreDetailed
	}
	return signature, swOK
}

// sign answers a challenge with the key in slot, if its rule allows that (SP
// 800-73-4, part 1, table 4b).
func (c *Card) sign(algorithm byte, slot Slot, fields []tlv) ([]byte, statusWord) {
	key, ok := c.keys[slot]
	if !ok {
		return nil, swReferenceNotFound
	}
	if key.algorithm != algorithm {
		return nil, swWrongParameters
	}
	challenge, ok := find(fields, tagChallenge)
	response, wanted := find(fields, tagResponse)
	if !ok || !wanted || len(response) != 0 {
		return nil, swWrongData
	}
	switch {
	case slot == Signature && !c.fresh, slot != CardAuthentication && !c.verified:
		return nil, swSecurityStatus
	}
	c.fresh = false
	signature, sw := key.answer(bytes.Clone(challenge))
	if sw != swOK {
		return nil, sw
	}
	c.counts.Signatures++
	return encodeTLV(tagAuthenticate, encodeTLV(tagResponse, signature)), swOK
}
