package fetch_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"kyso/agent/internal/fetch"
	"kyso/signature/verify"
	"kyso/testdata/pki"
)

// world is one demo PKI for all tests. Its addresses lead nowhere: each test
// names its own server.
var world = sync.OnceValue(newWorld)

// impostor has CAs of the same names, with other keys.
var impostor = sync.OnceValue(newWorld)

func newWorld() *pki.PKI {
	p, err := pki.New(pki.Options{BaseURL: "http://pki.example", Keys: pki.FastKeys})
	if err != nil {
		panic(err)
	}
	return p
}

// server is a server on loopback that counts its requests.
type server struct {
	*httptest.Server
	requests atomic.Int32
}

func serve(t *testing.T, h http.Handler) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// pkiServer serves the demo PKI's responder, lists and certificates.
func pkiServer(t *testing.T) *server { return serve(t, world().Handler()) }

func (s *server) port(t *testing.T) int {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// loopback are options that reach the given servers.
func loopback(t *testing.T, servers ...*server) fetch.Options {
	t.Helper()
	o := fetch.Options{AllowPrivate: []string{"127.0.0.0/8", "::1"}}
	for _, s := range servers {
		o.Ports = append(o.Ports, s.port(t))
	}
	return o
}

func newFetcher(t *testing.T, o fetch.Options) *fetch.Fetcher {
	t.Helper()
	f, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// status asks for the revocation status of cert, which the sub CA issued.
func status(cert *x509.Certificate, ocsps, crls []string) verify.Missing {
	return verify.Missing{Need: "revocation", Subject: cert.Subject.CommonName, Certificate: cert.Raw,
		Issuer: world().SubCA.Certificate.Raw, OCSPs: ocsps, CRLs: crls}
}

// issuerOf asks for the certificate of the CA that issued cert.
func issuerOf(cert *x509.Certificate, addresses ...string) verify.Missing {
	return verify.Missing{Need: "issuer", Subject: cert.Subject.CommonName, Certificate: cert.Raw, Issuers: addresses}
}

func person() *x509.Certificate { return world().Persons[0].Certificate }

// gather asks once, for a document of its own.
func gather(t *testing.T, f *fetch.Fetcher, missing ...verify.Missing) (verify.Evidence, []error) {
	t.Helper()
	return f.Document().Gather(t.Context(), missing)
}

// wantCounts compares how much was found.
func wantCounts(t *testing.T, ev verify.Evidence, ocsps, crls, certificates int) {
	t.Helper()
	if len(ev.OCSPs) != ocsps || len(ev.CRLs) != crls || len(ev.Certificates) != certificates {
		t.Errorf("got %d OCSP responses, %d CRLs, %d certificates; want %d, %d, %d",
			len(ev.OCSPs), len(ev.CRLs), len(ev.Certificates), ocsps, crls, certificates)
	}
}

// wantCodes compares the codes of errors, in order.
func wantCodes(t *testing.T, errs []error, want ...fetch.Code) {
	t.Helper()
	if len(errs) != len(want) {
		t.Fatalf("got errors %v, want %v", errs, want)
	}
	for i, err := range errs {
		var e *fetch.Error
		if !errors.As(err, &e) || e.Code != want[i] {
			t.Errorf("error %d is %v, want %s", i, err, want[i])
		}
	}
}
