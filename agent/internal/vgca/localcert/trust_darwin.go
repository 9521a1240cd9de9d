package localcert

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// keychain is this person's own, by the name the tool knows it.
const keychain = "login.keychain-db"

// security runs the system's tool. Changing what is trusted, it has the person
// answer for it.
func security(ctx context.Context, args ...string) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	cmd := exec.CommandContext(limited, "/usr/bin/security", args...)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("security %s: %w: %s", args[0], err, strings.TrimSpace(problem.String()))
	}
	return out, nil
}

// found are our CAs in the keychain; an error of the search is that there is none.
func found(ctx context.Context) (list []*x509.Certificate) {
	out, err := security(ctx, "find-certificate", "-a", "-c", strings.TrimSpace(Prefix), "-p", keychain)
	if err != nil {
		return nil
	}
	for block, rest := pem.Decode(out); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && isOurs(c) {
			list = append(list, c)
		}
	}
	return list
}

func places(ctx context.Context) []Place {
	p := Place{Name: keychain}
	for _, c := range found(ctx) {
		p.Trusted = append(p.Trusted, c.Subject.CommonName)
	}
	return []Place{p}
}

func install(ctx context.Context, ca *x509.Certificate) []Place {
	err := withFile(ca, func(name string) error {
		_, err := security(ctx, "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", keychain, name)
		return err
	})
	for _, c := range found(ctx) {
		if err == nil && !c.Equal(ca) {
			err = drop(ctx, c)
		}
	}
	out := places(ctx)
	out[0].Err = err
	return out
}

func remove(ctx context.Context) []Place {
	var err error
	for _, c := range found(ctx) {
		if err == nil {
			err = drop(ctx, c)
		}
	}
	out := places(ctx)
	out[0].Err = err
	return out
}

// drop takes away the trust, then the certificate.
func drop(ctx context.Context, c *x509.Certificate) error {
	if err := withFile(c, func(name string) error {
		_, err := security(ctx, "remove-trusted-cert", name)
		return err
	}); err != nil {
		return err
	}
	_, err := security(ctx, "delete-certificate", "-c", c.Subject.CommonName, keychain)
	return err
}

func withFile(c *x509.Certificate, use func(name string) error) error {
	f, err := os.CreateTemp("", "kyso-ca-*.pem")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return use(f.Name())
}
