package token

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"software.sslmate.com/src/go-pkcs12"
)

// maxKeyFile: a PKCS#12 file holds one key and a few certificates, 10 KiB.
const maxKeyFile = 1 << 20

// PKCS12 is one PKCS#12 key file. It is for demonstrations and tests, where the
// administrator allows it: the key and the password pass through ordinary
// memory, and the garbage collector decides when they are gone.
type PKCS12 struct {
	identity Identity
	data     []byte
}

// NewPKCS12 returns the key file data as a Source. Its certificates are
// mostly encrypted with the password, but the person must see whose key it is
// before giving it: so they are passed beside it, the holder's first. See
// CertificatesBeside. name is shown to people, for example the file's path.
func NewPKCS12(name string, data []byte, certificates []*x509.Certificate) (*PKCS12, error) {
	if len(certificates) == 0 {
		return nil, fmt.Errorf("key file %s: its certificate is needed beside it", name)
	}
	if len(data) > maxKeyFile {
		return nil, fmt.Errorf("key file %s: %d bytes, at most %d", name, len(data), maxKeyFile)
	}
	leaf := certificates[0]
	return &PKCS12{data: data, identity: Identity{
		ID: identityID("", leaf.Raw), Certificate: leaf, Chain: chainOf(leaf, certificates[1:]),
		Module: name, TokenLabel: filepath.Base(name), Label: leaf.Subject.CommonName,
		Software: true, NeedsPIN: true,
	}}, nil
}

// Identities returns the one identity of the file.
func (p *PKCS12) Identities(context.Context) ([]Identity, error) {
	return []Identity{p.identity}, nil
}

// Open decrypts the file; the PIN is its password. A wrong one is
// ErrPINIncorrect, and costs nothing.
func (p *PKCS12) Open(_ context.Context, id string, pin []byte, _ OpenOptions) (Key, error) {
	defer clear(pin)
	if id != p.identity.ID {
		return nil, fmt.Errorf("open key file %s: %w: no identity %q", p.identity.Module, ErrNoKey, id)
	}
	got, key, err := DecodePKCS12(p.identity.Module, p.data, pin)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(got.Certificate.RawSubjectPublicKeyInfo, p.identity.Certificate.RawSubjectPublicKeyInfo) {
		return nil, fmt.Errorf("open key file %s: %w: it holds another key than the certificate beside it", p.identity.Module, ErrNoKey)
	}
	return key, nil
}

// Close does nothing.
func (p *PKCS12) Close() error { return nil }

// DecodePKCS12 opens a PKCS#12 file at once, for a command line that has the
// password before anyone is asked. It zeroes password before it returns.
func DecodePKCS12(name string, data, password []byte) (Identity, Key, error) {
	defer clear(password)
	if len(data) > maxKeyFile {
		return Identity{}, nil, fmt.Errorf("key file %s: %d bytes, at most %d", name, len(data), maxKeyFile)
	}
	// The decoder needs a string, and copies it; see PKCS12.
	private, leaf, issuers, err := pkcs12.DecodeChain(data, string(password))
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return Identity{}, nil, fmt.Errorf("open key file %s: %w", name, ErrPINIncorrect)
	}
	if err != nil {
		return Identity{}, nil, fmt.Errorf("open key file %s: %w", name, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return Identity{}, nil, fmt.Errorf("open key file %s: %w: key of type %T", name, ErrUnsupported, private)
	}
	// The first certificate need not be the key's.
	certificates := append([]*x509.Certificate{leaf}, issuers...)
	leaf = nil
	for _, c := range certificates {
		if pub, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && pub.Equal(signer.Public()) {
			leaf = c
			break
		}
	}
	if leaf == nil {
		return Identity{}, nil, fmt.Errorf("open key file %s: %w: no certificate for its key", name, ErrNoKey)
	}
	var rest []*x509.Certificate
	for _, c := range certificates {
		if c != leaf {
			rest = append(rest, c)
		}
	}
	p, err := NewPKCS12(name, data, append([]*x509.Certificate{leaf}, rest...))
	if err != nil {
		return Identity{}, nil, err
	}
	return p.identity, &softKey{signer: signer}, nil
}

// CertificatesBeside reads the certificates of a PKCS#12 file, the holder's
// first, from the file beside it: key.crt or key.pem for key.p12, PEM or one
// DER. The error wraps fs.ErrNotExist when there is none.
func CertificatesBeside(path string) ([]*x509.Certificate, error) {
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	data, err := readSmall(stem + ".crt")
	if errors.Is(err, os.ErrNotExist) {
		data, err = readSmall(stem + ".pem")
	}
	if err != nil {
		return nil, fmt.Errorf("certificate beside %s: %w", path, err)
	}
	der := []byte{}
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			der = append(der, block.Bytes...)
		}
	}
	if len(der) == 0 {
		der = data
	}
	certificates, err := x509.ParseCertificates(der)
	if err != nil {
		return nil, fmt.Errorf("certificate beside %s: %w", path, err)
	}
	return certificates, nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err == nil && len(data) > maxKeyFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxKeyFile)
	}
	return data, err
}

// softKey is a key in memory, with the same rules as a token's.
type softKey struct {
	signer crypto.Signer
	closed atomic.Bool
}

func (k *softKey) Public() crypto.PublicKey { return k.signer.Public() }

func (k *softKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if k.closed.Load() {
		return nil, fmt.Errorf("sign: %w", os.ErrClosed)
	}
	s, err := schemeFor(k.Public(), digest, opts)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	value, err := k.signer.Sign(rand.Reader, digest, opts)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := s.verify(k.Public(), digest, value); err != nil {
		return nil, fmt.Errorf("sign: check: %w", err)
	}
	return value, nil
}

func (k *softKey) Close() error {
	k.closed.Store(true)
	return nil
}
