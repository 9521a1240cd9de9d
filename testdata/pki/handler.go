package pki

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
)

// The paths under Options.BaseURL.
const (
	ocspPath             = "/ocsp"
	tsaPath              = "/tsa"
	rootCRLPath          = "/crl/root.crl"
	subCACRLPath         = "/crl/sub.crl"
	rootCertificatePath  = "/ca/root.crt"
	subCACertificatePath = "/ca/sub.crt"
)

// maxRequest bounds an OCSP or time-stamp request; real ones have about a
// hundred bytes.
const maxRequest = 16 << 10

// OCSPURL is where the responder listens.
func (p *PKI) OCSPURL() string { return p.baseURL + ocspPath }

// TSAURL is where the time-stamp authority listens.
func (p *PKI) TSAURL() string { return p.baseURL + tsaPath }

// CRLURL is where the sub CA's list is.
func (p *PKI) CRLURL() string { return p.baseURL + subCACRLPath }

// RootCRLURL is where the root's list is.
func (p *PKI) RootCRLURL() string { return p.baseURL + rootCRLPath }

// Handler serves /ocsp, /tsa, /crl/{root,sub}.crl and /ca/{root,sub}.crt. To
// serve it under a folder, strip the folder's path first. It is no ServeMux: a
// GET request to OCSP holds base64, and a ServeMux redirects where that has
// "//".
func (p *PKI) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch path := r.URL.Path; {
		case path == ocspPath || strings.HasPrefix(path, ocspPath+"/"):
			p.serveOCSP(w, r)
		case path == tsaPath:
			p.serveTimestamp(w, r)
		case path == subCACRLPath:
			serveFile(w, r, "application/pkix-crl", p.CRL)
		case path == rootCRLPath:
			serveFile(w, r, "application/pkix-crl", p.RootCRL)
		case path == subCACertificatePath:
			serveFile(w, r, "application/pkix-cert", func() []byte { return p.SubCA.Certificate.Raw })
		case path == rootCertificatePath:
			serveFile(w, r, "application/pkix-cert", func() []byte { return p.Root.Certificate.Raw })
		default:
			http.NotFound(w, r)
		}
	})
}

// serveFile makes the file for GET and HEAD only.
func serveFile(w http.ResponseWriter, r *http.Request, contentType string, file func() []byte) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuseMethod(w, "GET, HEAD")
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store") // the demo's keys change at each start
	w.Write(file())
}

// serveOCSP speaks RFC 6960, appendix A.1: POST with the request, or GET with
// its base64 in the path.
func (p *PKI) serveOCSP(w http.ResponseWriter, r *http.Request) {
	var request []byte
	switch r.Method {
	case http.MethodGet:
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, ocspPath), "/"))
		if err != nil || len(decoded) == 0 || len(decoded) > maxRequest {
			http.Error(w, "not an OCSP request in base64", http.StatusBadRequest)
			return
		}
		request = decoded
	case http.MethodPost:
		body, ok := readRequest(w, r, "application/ocsp-request")
		if !ok {
			return
		}
		request = body
	default:
		refuseMethod(w, "GET, POST")
		return
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(p.answerOCSP(request))
}

// serveTimestamp speaks RFC 3161, 3.4.
func (p *PKI) serveTimestamp(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	request, ok := readRequest(w, r, "application/timestamp-query")
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(p.TimestampResponse(request))
}

// readRequest reads a bounded body of the given type, or answers why not.
func readRequest(w http.ResponseWriter, r *http.Request, contentType string) ([]byte, bool) {
	if r.Header.Get("Content-Type") != contentType {
		http.Error(w, "send "+contentType, http.StatusUnsupportedMediaType)
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
		return nil, false
	}
	if err != nil {
		http.Error(w, "read request", http.StatusBadRequest)
		return nil, false
	}
	return body, true
}

func refuseMethod(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	http.Error(w, "use "+allow, http.StatusMethodNotAllowed)
}
