// Package demo sets up a small world to see Kyso work in: a PKI of its own, an
// e-office site on loopback, and a key that signs without a person. That key is
// made here, in this process, and is the only one the unattended approver
// reaches (signing.NewDemoService).
package demo

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/eoffice"
	"kyso/testdata/pki"
)

// PIN opens the demo's key files. It protects nothing.
const PIN = "12345678"

// World is a running demo site with its PKI.
type World struct {
	PKI *pki.PKI
	// Origin is the site's web origin, and its address.
	Origin   string
	listener net.Listener
	server   *http.Server
}

// NewWorld makes the PKI and listens on 127.0.0.1:port, 0 for any. web holds
// the built browser files, nil for none.
func NewWorld(port int, web fs.FS) (*World, error) {
	l, err := eoffice.Listen(port)
	if err != nil {
		return nil, fmt.Errorf("open the demo site: %w", err)
	}
	w := &World{listener: l, Origin: "http://" + l.Addr().String()}
	if w.PKI, err = pki.New(pki.Options{BaseURL: w.Origin + "/pki"}); err != nil {
		l.Close()
		return nil, err
	}
	site, err := eoffice.New(eoffice.Options{PKI: w.PKI, Web: web})
	if err != nil {
		l.Close()
		return nil, err
	}
	w.server = eoffice.NewServer(site)
	return w, nil
}

// Serve answers until ctx ends.
func (w *World) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { w.server.Close() })
	defer stop()
	if err := w.server.Serve(w.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// demoSigner is who the unattended key says it is.
const (
	signerName = "Nguyễn Văn Thử"
	signerUnit = "SỞ THỬ NGHIỆM"
	signerMail = "nguyenvanthu@binhminh.example"
)

// SignOnce runs an agent with a key made for it, signs the document over the
// WebSocket as a page does, and ends the agent. log keeps the record of it.
func (w *World) SignOnce(ctx context.Context, name string, data []byte, log signing.Auditor, stage func(string)) ([]byte, error) {
	key, err := signing.GenerateDemoKey(func(pub crypto.PublicKey) (*x509.Certificate, []*x509.Certificate, error) {
		cert, err := w.PKI.Certify(signerName, signerUnit, signerMail, pub)
		return cert, w.PKI.Chain(), err
	})
	if err != nil {
		return nil, err
	}
	service, err := signing.NewDemoService(key, time.Now, log)
	if err != nil {
		return nil, err
	}
	origins, err := origin.NewList(w.Origin)
	if err != nil {
		return nil, err
	}
	identity, err := origin.NewKey()
	if err != nil {
		return nil, err
	}
	spool, err := os.MkdirTemp("", "kyso-demo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(spool)
	server, err := bridge.NewServer(bridge.Options{
		Signing: service, Key: identity, Sites: origins, Policy: w.Policy, Version: "demo", Ports: []int{0}, SpoolDir: spool,
	})
	if err != nil {
		return nil, err
	}
	if err := server.Listen(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	signed, err := signAsPage(ctx, server.URL(), w.Origin, name, data, stage)
	cancel()
	return signed, errors.Join(err, <-served)
}

func signAsPage(ctx context.Context, url, origin, name string, data []byte, stage func(string)) ([]byte, error) {
	p, err := openPage(ctx, url, origin)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.sign(name, data, stage)
}

// Policy trusts the demo's root alone, now.
func (w *World) Policy() verify.Policy {
	return verify.Policy{Trust: trust.NewStore(w.PKI.Anchors()...), At: time.Now()}
}

// maxList bounds a CRL fetched from the demo site, which has a few entries.
const maxList = 1 << 20

// Verify judges a document with the CRLs that the demo site publishes.
func (w *World) Verify(ctx context.Context, data io.ReaderAt, size int64) (*verify.Report, error) {
	var evidence verify.Evidence
	for _, url := range []string{w.PKI.CRLURL(), w.PKI.RootCRLURL()} {
		list, err := get(ctx, url)
		if err == nil {
			err = evidence.Add(list)
		}
		if err != nil {
			return nil, fmt.Errorf("fetch %s: %w", url, err)
		}
	}
	doc, err := pdf.Open(data, size)
	if err != nil {
		return nil, err
	}
	return verify.Document(doc, evidence, w.Policy())
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxList))
}

// KeyFile is a soft token on disk: a PKCS#12 file, and the certificates beside
// it.
type KeyFile struct{ Name, Path string }

// WriteKeys writes a person's and an agency's key file into dir, the trust
// anchor and the CRLs, for use with the command line.
func (w *World) WriteKeys(dir string) ([]KeyFile, error) {
	var files []KeyFile
	for _, k := range []struct {
		file string
		id   pki.Identity
	}{{"nguoi-ky", w.PKI.Persons[0]}, {"co-quan", w.PKI.Agencies[0]}} {
		p12, err := w.PKI.PKCS12(k.id, PIN)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(dir, k.file+".p12")
		if err := os.WriteFile(path, p12, 0o600); err != nil {
			return nil, err
		}
		certs := append([]*x509.Certificate{k.id.Certificate}, w.PKI.Chain()...)
		if err := os.WriteFile(filepath.Join(dir, k.file+".pem"), pki.PEM(certs...), 0o644); err != nil {
			return nil, err
		}
		files = append(files, KeyFile{k.id.Name, path})
	}
	for name, data := range map[string][]byte{"root.crt": w.PKI.Root.Certificate.Raw, "sub.crl": w.PKI.CRL(), "root.crl": w.PKI.RootCRL()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return nil, err
		}
	}
	return files, nil
}
