// Package eoffice is a demo e-office site: a list of fictional documents that
// are signed through Kyso and checked in the browser. It never signs or judges
// a document itself, and it serves loopback only.
package eoffice

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

//go:embed static
var static embed.FS

// DefaultMaxDocumentBytes bounds a signed document sent back to the site. The
// demo's own documents have 0.1 MB; this leaves room for many signatures.
const DefaultMaxDocumentBytes = 16 << 20

// Options says what the site is made of.
type Options struct {
	// PKI is the demo PKI, required. Its services are served under /pki/, so
	// its base URL must be this site's address and "/pki".
	PKI *pki.PKI
	// Web holds the built browser files: client/ (the signing SDK) and verify/
	// (the engine) are served under /kyso/, and page/ (the citizen's page)
	// under /verify/. Nil serves none: the page then says what is missing.
	Web fs.FS
	// AgentPorts are the ports the page looks for Kyso on. Empty leaves that
	// to the SDK.
	AgentPorts []int
	// MaxDocumentBytes bounds a document sent to the site. Zero means
	// DefaultMaxDocumentBytes.
	MaxDocumentBytes int64
	// Clock says when a document was saved. Nil means time.Now.
	Clock func() time.Time
}

// site is the state behind the handler.
type site struct {
	options Options
	store   *store
	trust   trustAnswer
	pki     http.Handler
	mux     *http.ServeMux
}

// New returns the site's handler. It refuses requests whose Host is not a
// literal loopback name; NewServer adds the time limits.
func New(o Options) (http.Handler, error) {
	if o.PKI == nil {
		return nil, errors.New("make e-office site: no PKI")
	}
	if o.MaxDocumentBytes == 0 {
		o.MaxDocumentBytes = DefaultMaxDocumentBytes
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	kept, err := newStore(documents.All(), documents.Open)
	if err != nil {
		return nil, fmt.Errorf("make e-office site: %w", err)
	}
	own, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("make e-office site: %w", err)
	}
	s := &site{options: o, store: kept, trust: newTrustAnswer(o.PKI), pki: http.StripPrefix("/pki", o.PKI.Handler()), mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /api/config", s.config)
	s.mux.HandleFunc("GET /api/trust", s.trusted)
	s.mux.HandleFunc("GET /api/documents", s.list)
	s.mux.HandleFunc("GET /api/documents/{name}", s.read)
	s.mux.HandleFunc("PUT /api/documents/{name}", s.save)
	s.mux.HandleFunc("DELETE /api/documents/{name}", s.reset)
	s.mux.HandleFunc("GET /kieu-cu.html", s.oldPage)
	s.mux.HandleFunc("POST /kieu-cu/FileUploadHandler", s.upload)
	s.mux.Handle("GET /", http.FileServerFS(own))
	if o.Web != nil {
		s.mux.Handle("GET /kyso/", http.StripPrefix("/kyso/", http.FileServerFS(o.Web)))
		page, err := fs.Sub(o.Web, "page")
		if err != nil {
			return nil, fmt.Errorf("make e-office site: %w", err)
		}
		s.mux.Handle("GET /verify/", http.StripPrefix("/verify/", http.FileServerFS(page)))
	}
	return s, nil
}

// contentSecurityPolicy lets the page run its own files, start the engine's
// worker and WebAssembly, and talk to this site and to Kyso on this machine.
// The policy's grammar knows no IPv6 address: [::1] is reached as localhost.
const contentSecurityPolicy = "default-src 'none'; " +
	"script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self' ws://127.0.0.1:* ws://localhost:*; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store") // each start has other keys and a fresh list
	if !loopbackHost(r.Host) {
		http.Error(w, "this demo answers on the loopback address only", http.StatusMisdirectedRequest)
		return
	}
	// Before the mux, which would redirect an OCSP request that holds "//".
	if strings.HasPrefix(r.URL.Path, "/pki/") {
		s.pki.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !sameOrigin(r) {
		fail(w, http.StatusForbidden, "FOREIGN_ORIGIN", "Yêu cầu đến từ một trang khác.", "Mở lại trang này rồi thử lại.")
		return
	}
	s.mux.ServeHTTP(w, r)
}

// loopbackHost tells whether a Host header names this machine literally. Any
// other name that resolves to it may be an attacker's (DNS rebinding).
func loopbackHost(host string) bool {
	name := host
	if n, _, err := net.SplitHostPort(host); err == nil {
		name = n
	}
	return slices.Contains([]string{"127.0.0.1", "localhost", "::1", "[::1]"}, name)
}

// sameOrigin tells whether a changing request comes from this site's page. A
// browser always sends Origin with one; tools that send none are no page.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "http://"+r.Host
}

// Listen opens the site's port on 127.0.0.1. Port 0 takes a free one.
func Listen(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("open the demo site's port: %w", err)
	}
	return l, nil
}

// NewServer returns a server for the handler with limits that a slow or greedy
// client on this machine cannot pass.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second, // a signed document over loopback
		WriteTimeout:      60 * time.Second, // the engine, some MB, on a slow machine
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    64 << 10, // an OCSP request by GET holds its body in the path
	}
}
