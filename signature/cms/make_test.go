package cms_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/cms"
)

// identity is a self-signed certificate and its key.
type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

var serial int64 = 1000

func newIdentity(t testing.TB, key crypto.Signer) identity {
	t.Helper()
	serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: "Nguyễn Văn Ký", Organization: []string{"Ủy ban nhân dân"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		SubjectKeyId: []byte{1, 2, 3, byte(serial)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return identity{cert, key}
}

func newRSA(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEC(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func digest(h crypto.Hash, data []byte) []byte {
	if h == 0 {
		return nil
	}
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// sign makes a detached signature over data.
func sign(t testing.TB, id identity, h crypto.Hash, pss bool, data []byte, unsigned ...cms.Attribute) []byte {
	t.Helper()
	u, err := cms.Prepare(cms.Content{Certificate: id.cert, Hash: h, PSS: pss, Digest: digest(h, data)})
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	der, err := u.Finish(value, unsigned...)
	if err != nil {
		t.Fatal(err)
	}
	if unsigned == nil && len(der) > u.MaxSize(0) {
		t.Errorf("%d bytes, but MaxSize is %d", len(der), u.MaxSize(0))
	}
	return der
}

// files writes the identity for the openssl program.
func (id identity) files(t testing.TB, dir string) (cert, key string) {
	t.Helper()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	der, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.cert.Raw}))
	write(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return cert, key
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// openssl runs the program, which the tests require.
func openssl(t testing.TB, args ...string) (output []byte, err error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("the tests need the openssl program")
	}
	return exec.Command("openssl", args...).CombinedOutput()
}

// verify is every check of one detached signature, in the order a verifier has.
func verify(der, data []byte) error {
	sd, _, err := cms.Parse(der)
	if err != nil {
		return err
	}
	s := sd.Signers[0]
	cert, err := sd.Certificate(s)
	if err != nil {
		return err
	}
	if s.SignedAttributes == nil {
		return s.VerifyContent(cert, digest(s.Digest, data))
	}
	if err := s.VerifyDigest(cms.OIDData, digest(s.Digest, data)); err != nil {
		return err
	}
	return s.VerifySignature(cert)
}

// contentInfo puts the content [0] SignedData into a ContentInfo.
func contentInfo(content []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(cms.OIDSignedData)
		b.AddBytes(content)
	})
	return b.BytesOrPanic()
}
