package bridge

import (
	"context"
	"encoding/base64"
	"errors"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// signHashParams ask for a bare signature over a digest that the page has made.
type signHashParams struct {
	Capability   string `json:"capability"`
	Certificate  string `json:"certificate"`  // "": the person chooses
	Hash         string `json:"hash"`         // base64url
	HashFunction string `json:"hashFunction"` // one of signing.HashFunctions
	Language     string `json:"language,omitempty"`
}

type signHashResult struct {
	Signature   string        `json:"signature"` // base64url; of an EC key r and s side by side
	Algorithm   hashAlgorithm `json:"algorithm"`
	Certificate certificate   `json:"certificate"`
}

// hashAlgorithm tells how it was signed, in the words of Web eID.
type hashAlgorithm struct {
	CryptoAlgorithm string `json:"cryptoAlgorithm"` // "RSA", "ECC"
	HashFunction    string `json:"hashFunction"`
	PaddingScheme   string `json:"paddingScheme"` // "PKCS1.5", "NONE"
}

// mayHash tells whether the site may have digests signed: what the person cannot
// see. An administrator says so.
func (k *call) mayHash() bool { return k.s.o.HashSigning != nil && k.s.o.HashSigning(k.origin) }

func signHash(k *call) (job, error) {
	var p signHashParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	if err := k.redeem(p.Capability); err != nil {
		return job{}, err
	}
	if !k.mayHash() {
		return job{}, errHashSite
	}
	hash, err := p.check()
	if err != nil {
		return job{}, err
	}
	return job{run: func(ctx context.Context) (any, error) { return k.signHash(ctx, p, hash) }}, k.s.rates.mayAsk(k.origin)
}

// check reads the digest. Its length is its function's, and its spelling the one
// there is.
func (p signHashParams) check() ([]byte, error) {
	n := signing.HashLength(p.HashFunction)
	if n == 0 {
		return nil, badRequest("hashFunction")
	}
	hash, err := base64.RawURLEncoding.Strict().DecodeString(p.Hash)
	if err != nil || len(hash) != n {
		return nil, badRequest("hash")
	}
	if !plain(p.Certificate, maxTokenBytes) || !isLanguage(p.Language) {
		return nil, badRequest("certificate or language")
	}
	return hash, nil
}

func (k *call) signHash(ctx context.Context, p signHashParams, hash []byte) (any, error) {
	turn, err := k.s.queue.join(k.origin, 0) // no document
	if err != nil {
		return nil, err
	}
	defer turn.leave()
	if err := turn.wait(ctx, k.queued); err != nil {
		return nil, err
	}
	// What was allowed when it asked may not be any more.
	if err := errors.Join(k.s.rates.mayAsk(k.origin), k.stillMay()); err != nil {
		return nil, err
	}
	if !k.mayHash() {
		return nil, errHashSite
	}
	k.progress(string(signing.StageWaiting), 0, 0, 0)
	result, err := k.s.o.Signing.SignHash(ctx, signing.HashRequest{
		Origin: k.origin.String(), Hash: hash, Function: p.HashFunction, CertificateID: p.Certificate, Language: k.s.language(p.Language),
	})
	if refused := errors.Is(err, signing.ErrRefused); refused || err == nil {
		k.s.rates.answered(k.origin, !refused)
	}
	if err != nil {
		return nil, err
	}
	d := describe(result.Identity)
	d.DER = origin.Encode(result.Identity.Certificate.Raw)
	return signHashResult{origin.Encode(result.Signature), hashAlgorithm{result.Algorithm, p.HashFunction, result.Padding}, d}, nil
}
