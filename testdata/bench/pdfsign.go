package main

import (
	"crypto"
	"errors"
	"fmt"
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
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	key, cert, _, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return fmt.Errorf("a %T does not sign", key)
	}
	return sign.SignFile(args[1], args[2], sign.SignData{
		Signature: sign.SignDataSignature{
			Info:     sign.SignDataSignatureInfo{Name: "Nguyen Van Thu", Date: time.Now()},
			CertType: sign.ApprovalSignature,
		},
		Signer: signer, Certificate: cert, DigestAlgorithm: crypto.SHA256,
	})
}
