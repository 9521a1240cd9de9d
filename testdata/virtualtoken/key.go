package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"kyso/testdata/pki"
	"kyso/testdata/virtualtoken/piv"
)

// keyOf is the key of the files that the settings name, or that of a demo person
// with an authority made up for it, whose OCSP, CRL and time-stamp services are
// then at url.
func keyOf(s settings, url string) (piv.Key, http.Handler, error) {
	slot, ok := map[string]piv.Slot{"9a": piv.Authentication, "9c": piv.Signature}[strings.ToLower(s.slot)]
	if !ok {
		return piv.Key{}, nil, fmt.Errorf("slot %q, want 9a or 9c", s.slot)
	}
	if s.key != "" {
		private, certificate, err := readFiles(s.key, s.cert)
		return piv.Key{Slot: slot, Private: private, Certificate: certificate}, nil, err
	}
	private, err := generate(s.algorithm)
	if err != nil {
		return piv.Key{}, nil, err
	}
	authority, err := pki.New(pki.Options{BaseURL: url, Keys: pki.FastKeys})
	if err != nil {
		return piv.Key{}, nil, err
	}
	certificate, err := authority.Certify(s.name, "SỞ THỬ NGHIỆM", "nguyenvanthu@binhminh.example", private.Public())
	return piv.Key{Slot: slot, Private: private, Certificate: certificate}, authority.Handler(), err
}

func generate(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case "rsa2048":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "rsa3072":
		return rsa.GenerateKey(rand.Reader, 3072)
	case "p256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return nil, fmt.Errorf("algorithm %q, want rsa2048, rsa3072, p256 or p384", algorithm)
}

func readFiles(keyFile, certFile string) (crypto.Signer, *x509.Certificate, error) {
	private, err := readKey(keyFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read key from %s: %w", keyFile, err)
	}
	data, err := os.ReadFile(certFile)
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, nil, fmt.Errorf("%s is no PEM file", certFile)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate from %s: %w", certFile, err)
	}
	public, ok := private.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(certificate.PublicKey) {
		return nil, nil, fmt.Errorf("the certificate in %s is not of the key in %s", certFile, keyFile)
	}
	return private, certificate, nil
}

// readKey reads PKCS#8, PKCS#1 and SEC 1, none of them encrypted.
func readKey(file string) (crypto.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "RSA PRIVATE KEY":
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			return x509.ParseECPrivateKey(block.Bytes)
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if signer, ok := key.(crypto.Signer); ok {
				return signer, nil
			}
			return nil, errors.Join(err, errors.New("not a key that signs"))
		}
	}
	return nil, errors.New("no private key in PEM")
}
