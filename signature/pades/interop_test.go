//go:build !js

package pades_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/pdf"
	pdfsign "github.com/digitorus/pdfsign/sign"

	"kyso/signature/pades"
	ourpdf "kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// TestPdfsign judges a signature of digitorus/pdfsign, and adds another to it.
func TestPdfsign(t *testing.T) {
	p, err := pki.New(pki.Options{BaseURL: "http://127.0.0.1/pki", Keys: pki.FastKeys})
	if err != nil {
		t.Fatal(err)
	}
	id := p.Persons[0]
	data := document(t, documents.Letter)
	reader, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = pdfsign.Sign(bytes.NewReader(data), &out, reader, int64(len(data)), pdfsign.SignData{
		Signature: pdfsign.SignDataSignature{
			Info:     pdfsign.SignDataSignatureInfo{Name: "Nguyen Van Thu", Date: time.Now()},
			CertType: pdfsign.ApprovalSignature,
		},
		Signer: id.Key, Certificate: id.Certificate, DigestAlgorithm: crypto.SHA256,
		// It reserves room by the chain; without one it runs out, tries again
		// behind its first attempt, and leaves that in the file unsigned.
		CertificateChains: [][]*x509.Certificate{{id.Certificate, p.SubCA.Certificate, p.Root.Certificate}},
	})
	if err != nil {
		t.Fatal(err)
	}
	theirs := out.Bytes()
	report, err := verify.Document(open(t, theirs), verify.Evidence{}, verify.Policy{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Signatures) != 1 || !report.Signatures[0].Valid || report.Signatures[0].Level != "legacy" || report.Verdict != verify.Indeterminate {
		t.Errorf("their signature: %+v %+v", report.Reason, report)
	}
	both := sign(t, theirs, ecSigner(), pades.Options{Appearance: flag(1, ourpdf.Rect{Left: 20, Bottom: 20, Right: 140, Top: 60})})
	report, err = verify.Document(open(t, both), verify.Evidence{}, verify.Policy{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Signatures) != 2 {
		t.Fatalf("%d signatures", len(report.Signatures))
	}
	for i, sig := range report.Signatures {
		if !sig.Valid || sig.Modification == verify.ModificationNotAllowed || sig.Modification == verify.ModificationUndetermined {
			t.Errorf("signature %d: %+v", i+1, sig)
		}
	}
	path := filepath.Join(t.TempDir(), "both.pdf")
	if err := os.WriteFile(path, both, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := mustTool(t, "pdfsig", "-nocert", path); strings.Count(out, "Signature is Valid") != 2 {
		t.Errorf("pdfsig:\n%s", out)
	}
}
