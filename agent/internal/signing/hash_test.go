package signing_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// opensslChecks has OpenSSL judge a bare signature, DER for an EC key, over the
// digest of data.
func opensslChecks(t *testing.T, c *x509.Certificate, function string, data, signature []byte) error {
	t.Helper()
	dir := t.TempDir()
	spki, err := x509.MarshalPKIXPublicKey(c.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"sig": signature, "data": data, "key": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("openssl", "dgst", "-"+strings.ToLower(strings.ReplaceAll(function, "-", "")), "-verify", filepath.Join(dir, "key"),
		"-signature", filepath.Join(dir, "sig"), filepath.Join(dir, "data")).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "erification failure") {
		t.Fatalf("openssl: %v: %s", err, out)
	}
	return err
}

// opensslDigest is the digest that OpenSSL makes of data.
func opensslDigest(t *testing.T, function string, data []byte) []byte {
	t.Helper()
	cmd := exec.Command("openssl", "dgst", "-"+strings.ToLower(strings.ReplaceAll(function, "-", "")), "-binary")
	cmd.Stdin = strings.NewReader(string(data))
	digest, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// asDER turns r and s into what OpenSSL reads (RFC 3279, 2.2.3).
func asDER(t *testing.T, rs []byte) []byte {
	t.Helper()
	half := len(rs) / 2
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(rs[:half]), new(big.Int).SetBytes(rs[half:])})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestSignHash: OpenSSL makes the digest and takes the signature, for each
// function and kind of key; the person is asked about the whole digest.
func TestSignHash(t *testing.T) {
	w := newWorld(t)
	ec, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("tài liệu mà Kyso không thấy")
	for name, keys := range map[string]signing.Keys{"RSA": w.Hold(w.Persons[0]), "ECC": ec} {
		for _, function := range signing.HashFunctions() {
			t.Run(name+" "+function, func(t *testing.T) {
				digest := opensslDigest(t, function, data)
				var asked signing.DataQuestion
				s := dataService(t, keys, func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error) {
					asked = q
					clear(q.Hash) // what is signed is not what somebody does to the question
					return agreesToData(ctx, q)
				})
				given := append([]byte(nil), digest...)
				r, err := s.SignHash(t.Context(), signing.HashRequest{Origin: "https://eoffice.example", Hash: given, Function: function, Language: "en"})
				if err != nil {
					t.Fatal(err)
				}
				if asked.Purpose != signing.PurposeHash || asked.Function != function || len(asked.Hash) != len(digest) || asked.Size != int64(len(digest)) ||
					asked.Origin != "https://eoffice.example" || asked.Language != "en" || asked.Text != "" || (asked.SHA256 == [32]byte{}) != (function != "SHA-256") {
					t.Errorf("asked %+v", asked)
				}
				signature, padding := r.Signature, "PKCS1.5"
				if name == "ECC" {
					if padding = "NONE"; len(signature) != 64 { // P-256
						t.Fatalf("%d bytes of r and s", len(signature))
					}
					signature = asDER(t, signature)
				}
				if r.Algorithm != name || r.Padding != padding {
					t.Errorf("%s, %s", r.Algorithm, r.Padding)
				}
				if err := opensslChecks(t, r.Identity.Certificate, function, data, signature); err != nil {
					t.Error(err)
				}
				if opensslChecks(t, r.Identity.Certificate, function, append(data, '.'), signature) == nil {
					t.Error("OpenSSL takes it for another document's")
				}
			})
		}
	}
}

// TestSignHashRefuses: nobody is asked about what is no digest of a function that
// is good enough.
func TestSignHashRefuses(t *testing.T) {
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := dataService(t, token, func(context.Context, signing.DataQuestion) (signing.Approval, error) {
		t.Error("the person was asked")
		return signing.Approval{}, nil
	})
	for name, r := range map[string]signing.HashRequest{
		"SHA-1":          {Function: "SHA-1", Hash: make([]byte, 20)},
		"SHA-224":        {Function: "SHA-224", Hash: make([]byte, 28)},
		"MD5":            {Function: "MD5", Hash: make([]byte, 16)},
		"none":           {Hash: make([]byte, 32)},
		"other spelling": {Function: "sha-256", Hash: make([]byte, 32)},
		"too short":      {Function: "SHA-256", Hash: make([]byte, 31)},
		"too long":       {Function: "SHA-256", Hash: make([]byte, 33)},
		"another's":      {Function: "SHA-512", Hash: make([]byte, 32)},
		"empty":          {Function: "SHA-256"},
		"a whole file":   {Function: "SHA-256", Hash: make([]byte, 1<<20)},
	} {
		if _, err := s.SignHash(t.Context(), r); signing.Code(err) != "BAD_REQUEST" {
			t.Errorf("%s: %v", name, err)
		}
	}
	none, err := signing.New(signing.Options{Keys: token, Approver: nobody(t), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.SignHash(t.Context(), signing.HashRequest{Function: "SHA-256", Hash: make([]byte, 32)}); signing.Code(err) != "CONSENT_PROBLEM" {
		t.Error(err)
	}
	if tries, _, signs := token.Counts(); tries != 0 || signs != 0 {
		t.Errorf("%d PINs tried, %d signatures", tries, signs)
	}
}

// TestSignHashIsRecorded: a decision about a digest is of a kind of its own in the
// log, with the digest; a refusal signs nothing.
func TestSignHashIsRecorded(t *testing.T) {
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	log := &auditor{token: token}
	agree := true
	s, err := signing.New(signing.Options{Keys: token, Approver: nobody(t), Clock: time.Now, Audit: log,
		ApproveData: func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error) {
			if !agree {
				return signing.Approval{}, nil
			}
			return agreesToData(ctx, q)
		}})
	if err != nil {
		t.Fatal(err)
	}
	r := signing.HashRequest{Origin: "https://eoffice.example", Hash: digest[:], Function: "SHA-256"}
	if _, err := s.SignHash(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	agree = false
	if _, err := s.SignHash(t.Context(), r); !errors.Is(err, signing.ErrRefused) {
		t.Error(err)
	}
	entries := log.entries
	if len(entries) != 3 || entries[0].Decision != signing.Approved || entries[1].Documents[0].Outcome != "SIGNED" || entries[2].Decision != signing.Refused {
		t.Fatalf("%+v", entries)
	}
	for _, e := range entries {
		if d := e.Documents[0]; e.Kind != "hash" || d.Name != "SHA-256 "+hex.EncodeToString(digest[:]) || d.SHA256 != digest || d.Size != 32 {
			t.Errorf("%+v", e)
		}
	}
	if _, open, signs := token.Counts(); open != 0 || signs != 1 {
		t.Errorf("%d keys open, %d signatures", open, signs)
	}
}
