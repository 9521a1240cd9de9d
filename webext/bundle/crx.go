package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// A publisher signs self-hosted extensions, and its key is what their id is
// made from.
type publisher struct {
	key    crypto.Signer
	public []byte // SubjectPublicKeyInfo, DER
}

// readPublisher reads a private key (PKCS#8, PKCS#1 or SEC 1, PEM): RSA of 2048
// bits or more, or P-256. readable says that others on this computer can read
// the file too.
func readPublisher(file string) (p publisher, readable bool, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return p, false, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return p, false, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return p, false, fmt.Errorf("%s holds no PEM", file)
	}
	if p.key, err = parseKey(block); err != nil {
		return p, false, fmt.Errorf("%s: %w", file, err)
	}
	if p.public, err = x509.MarshalPKIXPublicKey(p.key.Public()); err != nil {
		return p, false, fmt.Errorf("%s: %w", file, err)
	}
	return p, info.Mode().Perm()&0o077 != 0, nil
}

func parseKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%q is not a private key without a password (openssl genpkey makes one)", block.Type)
	}
	if err != nil {
		return nil, err
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < 2048 {
			return nil, fmt.Errorf("an RSA key of %d bits; browsers and we want 2048 or more", k.N.BitLen())
		}
		return k, nil
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return k, nil
		}
	}
	return nil, errors.New("neither an RSA key nor one on P-256, which are what a CRX can be signed with")
}

// idBytes are the first 128 bits of the public key's digest.
func idBytes(public []byte) []byte {
	sum := sha256.Sum256(public)
	return sum[:16]
}

// extensionID is an extension's id in Chrome: hexadecimal, with a to p for the
// digits.
func extensionID(public []byte) string {
	var id strings.Builder
	for _, b := range idBytes(public) {
		id.WriteByte('a' + b>>4)
		id.WriteByte('a' + b&15)
	}
	return id.String()
}

// Fields of CrxFileHeader, AsymmetricKeyProof and SignedData in Chromium's
// components/crx_file/crx3.proto.
const (
	fieldRSAProofs   = 2
	fieldECDSAProofs = 3
	fieldSignedData  = 10000
	fieldPublicKey   = 1
	fieldSignature   = 2
	fieldID          = 1
)

// crx wraps a ZIP as CRX3: "Cr24", version 3 and the header's length, both 32
// bits little endian, the header, the ZIP.
func (p publisher) crx(archive []byte) ([]byte, error) {
	signedData := field(fieldID, idBytes(p.public))
	h := sha256.New()
	h.Write([]byte("CRX3 SignedData\x00"))
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(signedData))))
	h.Write(signedData)
	h.Write(archive)
	// Without randomness: PKCS #1 v1.5 needs none, and ECDSA is then that of RFC
	// 6979, so that the same files give the same bytes.
	signature, err := p.key.Sign(nil, h.Sum(nil), crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign the extension: %w", err)
	}
	proofs := uint64(fieldRSAProofs)
	if _, ok := p.key.(*ecdsa.PrivateKey); ok {
		proofs = fieldECDSAProofs
	}
	header := field(proofs, append(field(fieldPublicKey, p.public), field(fieldSignature, signature)...))
	header = append(header, field(fieldSignedData, signedData)...)
	out := []byte("Cr24")
	out = binary.LittleEndian.AppendUint32(out, 3)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	out = append(out, header...)
	return append(out, archive...), nil
}

// field is a Protocol Buffers field of bytes (wire type 2).
func field(number uint64, value []byte) []byte {
	out := binary.AppendUvarint(nil, number<<3|2)
	out = binary.AppendUvarint(out, uint64(len(value)))
	return append(out, value...)
}
