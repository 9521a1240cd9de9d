package revocation_test

import (
	"testing"
	"time"

	"kyso/signature/revocation"
)

// TestHeader: files are told apart by what they are.
func TestHeader(t *testing.T) {
	w := newWorld(t)
	crl := list(t, w.ca, nil)
	answer := w.answer(t, w.ca, nil)
	header, err := revocation.ReadCRLHeader(crl)
	if err != nil || header.Issuer.CommonName != w.ca.cert.Subject.CommonName || string(header.RawIssuer) != string(w.ca.cert.RawSubject) ||
		time.Since(header.ThisUpdate) < 0 || !header.NextUpdate.After(header.ThisUpdate) {
		t.Errorf("%+v, %v", header, err)
	}
	if _, err := revocation.ReadCRLHeader(answer); err == nil {
		t.Error("an OCSP response is read as a CRL")
	}
	if _, err := revocation.ReadCRLHeader(w.ca.cert.Raw); err == nil {
		t.Error("a certificate is read as a CRL")
	}
	if !revocation.IsOCSPResponse(answer) || revocation.IsOCSPResponse(crl) || revocation.IsOCSPResponse(w.ca.cert.Raw) ||
		revocation.IsOCSPResponse(answer[:len(answer)-1]) || revocation.IsOCSPResponse(append(answer[:len(answer):len(answer)], 0)) {
		t.Error("OCSP responses are not told apart")
	}
}
