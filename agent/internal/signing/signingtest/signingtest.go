// Package signingtest makes what tests of signing need: throwaway certificates,
// a token of the imagination, a scripted person, small and large PDFs. It is
// never part of the product, and nothing it makes outlives the process.
package signingtest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"kyso/agent/internal/signing"
)

// Issuer makes a CA and returns a function which issues persons' certificates,
// valid from a day before now for a year.
func Issuer(now time.Time) (func(pub crypto.PublicKey) (*x509.Certificate, []*x509.Certificate, error), error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA Thí dụ", Organization: []string{"Sở Thí dụ tỉnh Minh Họa"}},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	ca, err := certify(template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	serial := int64(1)
	return func(pub crypto.PublicKey) (*x509.Certificate, []*x509.Certificate, error) {
		serial++
		cert, err := certify(&x509.Certificate{
			SerialNumber: big.NewInt(serial),
			Subject:      pkix.Name{CommonName: "Nguyễn Văn Thử", Organization: []string{"Sở Thí dụ tỉnh Minh Họa"}, SerialNumber: "CCCD:000000000000"},
			NotBefore:    now.Add(-24 * time.Hour), NotAfter: now.AddDate(1, 0, 0),
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		}, ca, pub, key)
		return cert, []*x509.Certificate{ca}, err
	}, nil
}

func certify(template, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// DemoService is a Service whose demo key approves by itself.
func DemoService(clock func() time.Time) (*signing.Service, error) {
	issue, err := Issuer(clock())
	if err != nil {
		return nil, err
	}
	key, err := signing.GenerateDemoKey(issue)
	if err != nil {
		return nil, err
	}
	return signing.NewDemoService(key, clock, nil)
}

// Token stands for the hardware: one key behind the PIN "1234".
type Token struct {
	Identity signing.Identity
	// BeforeSign, when not nil, is called before signature number n, from 1 on;
	// its error is the token's. Errors last, as with a token that was taken out.
	BeforeSign func(n int) error

	key *ecdsa.PrivateKey

	mu     sync.Mutex
	Tries  int // PINs tried
	Opened int // keys opened and not closed
	Signs  int // signatures made
	Asked  int // signatures asked for
	broken error
}

// NewToken makes a token with a new key and certificate.
func NewToken(now time.Time) (*Token, error) {
	issue, err := Issuer(now)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	cert, chain, err := issue(key.Public())
	if err != nil {
		return nil, err
	}
	return &Token{key: key, Identity: signing.Identity{ID: "token-1", Certificate: cert, Chain: chain, TokenLabel: "Thử"}}, nil
}

// Identities lists the token's one certificate.
func (t *Token) Identities(context.Context) ([]signing.Identity, error) {
	return []signing.Identity{t.Identity}, nil
}

// Open counts the PIN try and checks it.
func (t *Token) Open(_ context.Context, id string, pin []byte, _ signing.OpenOptions) (signing.Key, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Tries++
	if id != t.Identity.ID || string(pin) != "1234" {
		return nil, fmt.Errorf("log in: %w", signing.ErrPINIncorrect)
	}
	t.Opened++
	return tokenKey{t}, nil
}

// Counts are the PINs tried, the keys left open, the signatures made.
func (t *Token) Counts() (tries, open, signs int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Tries, t.Opened, t.Signs
}

type tokenKey struct{ t *Token }

func (k tokenKey) Public() crypto.PublicKey { return k.t.key.Public() }

func (k tokenKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	k.t.mu.Lock()
	defer k.t.mu.Unlock()
	k.t.Asked++
	if k.t.broken == nil && k.t.BeforeSign != nil {
		k.t.broken = k.t.BeforeSign(k.t.Asked)
	}
	if k.t.broken != nil {
		return nil, k.t.broken
	}
	k.t.Signs++
	return k.t.key.Sign(r, digest, o)
}

func (k tokenKey) Close() error {
	k.t.mu.Lock()
	defer k.t.mu.Unlock()
	k.t.Opened--
	return nil
}

// Person answers as the function says.
type Person func(ctx context.Context, q signing.Question) (signing.Approval, error)

// Approve asks the function.
func (p Person) Approve(ctx context.Context, q signing.Question) (signing.Approval, error) {
	return p(ctx, q)
}

// Agrees approves the first certificate with the right PIN.
func Agrees(_ context.Context, q signing.Question) (signing.Approval, error) {
	return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("1234")}, nil
}

// PDF writes a document of the given number of pages.
func PDF(pages int) ([]byte, error) {
	doc := fpdf.New("P", "mm", "A4", "")
	for i := range pages {
		doc.AddPage()
		doc.SetFont("Helvetica", "", 12)
		doc.Cell(40, 10, fmt.Sprintf("Page %d", i+1))
	}
	var b bytes.Buffer
	err := doc.Output(&b)
	return b.Bytes(), err
}

// LargePDF writes a one-page document of about size bytes, nearly all of them
// in one stream, a piece at a time. It returns the exact size.
func LargePDF(w io.Writer, size int64) (int64, error) {
	out := &counter{w: w}
	offsets := make([]int64, 0, 4)
	object := func(format string, a ...any) {
		offsets = append(offsets, out.n)
		fmt.Fprintf(out, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(out, format, a...)
	}
	fmt.Fprint(out, "%PDF-1.7\n")
	object("<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
	object("<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n")
	object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>\nendobj\n")
	object("<</Length %d>>\nstream\n", size)
	line := bytes.Repeat([]byte("% an unread comment of sixty-four bytes, line feed included.....\n"), 1024)
	for left := size; left > 0; {
		n, err := out.Write(line[:min(left, int64(len(line)))])
		if err != nil {
			return out.n, err
		}
		left -= int64(n)
	}
	fmt.Fprint(out, "\nendstream\nendobj\n")
	start := out.n
	fmt.Fprintf(out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, off := range offsets {
		fmt.Fprintf(out, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(out, "trailer\n<</Size %d/Root 1 0 R/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return out.n, out.err
}

// counter counts what is written and keeps the first error.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.err = err
	return n, err
}
