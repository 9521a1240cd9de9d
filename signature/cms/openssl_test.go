//go:build !js

package cms_test

import (
	"crypto"
	"crypto/elliptic"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kyso/signature/cms"
)

// TestOpenSSLVerifies: OpenSSL accepts what Finish writes, and so do we.
func TestOpenSSLVerifies(t *testing.T) {
	rsaKey := newRSA(t)
	data := []byte("Nội dung công văn\n")
	for _, c := range []struct {
		name string
		id   identity
		pss  bool
	}{
		{"RSA", newIdentity(t, rsaKey), false}, {"RSA-PSS", newIdentity(t, rsaKey), true},
		{"P-256", newIdentity(t, newEC(t, elliptic.P256())), false},
		{"P-384", newIdentity(t, newEC(t, elliptic.P384())), false},
		{"P-521", newIdentity(t, newEC(t, elliptic.P521())), false},
	} {
		for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			t.Run(fmt.Sprint(c.name, " ", h), func(t *testing.T) {
				dir := t.TempDir()
				cert, _ := c.id.files(t, dir)
				der := sign(t, c.id, h, c.pss, data)
				signature, content := filepath.Join(dir, "s.der"), filepath.Join(dir, "content")
				write(t, signature, der)
				write(t, content, data)
				args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature, "-content", content, "-CAfile", cert, "-purpose", "any", "-out", os.DevNull}
				if out, err := openssl(t, args...); err != nil {
					t.Errorf("openssl: %v\n%s", err, out)
				}
				if err := verify(der, data); err != nil {
					t.Error(err)
				}
				write(t, content, append(data, 'x'))
				if _, err := openssl(t, args...); err == nil {
					t.Error("openssl accepts other content: the test proves nothing")
				}
				if err := verify(der, append(data, 'x')); !errors.Is(err, cms.ErrDigestMismatch) {
					t.Errorf("other content: %v", err)
				}
			})
		}
	}
}

// TestOpenSSLSigns: we accept what OpenSSL writes, in its several forms.
func TestOpenSSLSigns(t *testing.T) {
	id := newIdentity(t, newRSA(t))
	ec := newIdentity(t, newEC(t, elliptic.P256()))
	data := []byte("Nội dung công văn\n")
	for name, c := range map[string]struct {
		id    identity
		extra []string
	}{
		"DER":                  {id, nil},
		"BER streamed":         {id, []string{"-stream", "-nodetach"}},
		"attached":             {id, []string{"-nodetach"}},
		"no signed attributes": {id, []string{"-noattr"}},
		"key identifier":       {id, []string{"-keyid"}},
		"CAdES":                {id, []string{"-cades"}},
		"SHA-512":              {id, []string{"-md", "sha512"}},
		"SHA-1":                {id, []string{"-md", "sha1"}},
		"PSS":                  {id, []string{"-keyopt", "rsa_padding_mode:pss"}},
		"PSS mixed MGF1":       {id, []string{"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_mgf1_md:sha1", "-keyopt", "rsa_pss_saltlen:20"}},
		"ECDSA":                {ec, nil},
		"ECDSA, no attributes": {ec, []string{"-noattr"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cert, key := c.id.files(t, dir)
			content, out := filepath.Join(dir, "content"), filepath.Join(dir, "out")
			write(t, content, data)
			args := append([]string{"cms", "-sign", "-binary", "-in", content, "-signer", cert, "-inkey", key, "-outform", "DER", "-out", out}, c.extra...)
			if text, err := openssl(t, args...); err != nil {
				t.Fatalf("openssl: %v\n%s", err, text)
			}
			der, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if err := verify(der, data); err != nil {
				t.Error(err)
			}
			if verify(der, data[1:]) == nil {
				t.Error("other content verifies")
			}
			// Zeros behind it are the caller's to judge.
			sd, rest, err := cms.Parse(append(der, 0, 0))
			if err != nil || len(rest) != 2 {
				t.Fatalf("rest %d, %v", len(rest), err)
			}
			if name == "attached" || name == "BER streamed" {
				if string(sd.Content) != string(data) {
					t.Errorf("content %q", sd.Content)
				}
			} else if sd.Content != nil {
				t.Error("content in a detached signature")
			}
			if name == "CAdES" {
				if err := sd.Signers[0].CheckSigningCertificate(c.id.cert); err != nil {
					t.Error(err)
				}
				if err := sd.Signers[0].CheckSigningCertificate(ec.cert); !errors.Is(err, cms.ErrSigningCertificate) {
					t.Errorf("another certificate: %v", err)
				}
			}
			if _, ok := sd.Signers[0].ClaimedTime(); ok != (sd.Signers[0].SignedAttributes != nil) {
				t.Errorf("signing-time read: %v", ok)
			}
		})
	}
}
