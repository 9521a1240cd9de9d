package main

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/digitorus/pdfsign/sign"
	"github.com/digitorus/pdfsign/verify"
	"software.sslmate.com/src/go-pkcs12"
)

// pdfsign runs digitorus/pdfsign in a process of its own, so that its memory is
// measured alone.
func pdfsign(what string, args []string) error {
	if what == "pdfsign-verify" {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := verify.VerifyFile(f)
		if err != nil {
			return err
		}
		if len(r.Signers) != 1 || !r.Signers[0].ValidSignature {
			return errors.New("not called valid")
		}
		return nil
	}
	signer, cert, err := openKey(args[0])
	if err != nil {
		return err
	}
	counted := &counter{Signer: signer}
	// Of many: pairs of names.
	for names := args[1:]; len(names) > 1; names = names[2:] {
		err := sign.SignFile(names[0], names[1], sign.SignData{
			Signature: sign.SignDataSignature{
				Info:     sign.SignDataSignatureInfo{Name: "Nguyen Van Thu", Date: time.Now()},
				CertType: sign.ApprovalSignature,
			},
			Signer: counted, Certificate: cert, DigestAlgorithm: crypto.SHA256,
		})
		if err != nil {
			return err
		}
	}
	fmt.Println(signaturesMade, counted.made)
	return nil
}

// signaturesMade precedes the number of signatures in what a program prints: this
// library signs a second time when its first guess of the space was too small.
const signaturesMade = "signatures made:"

type counter struct {
	crypto.Signer
	made int
}

func (c *counter) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	c.made++
	return c.Signer.Sign(r, digest, o)
}

func openKey(p12 string) (crypto.Signer, *x509.Certificate, error) {
	data, err := os.ReadFile(p12)
	if err != nil {
		return nil, nil, err
	}
	key, cert, _, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return nil, nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, nil, fmt.Errorf("a %T does not sign", key)
	}
	return signer, cert, nil
}
