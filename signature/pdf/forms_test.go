//go:build !js

package pdf_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// TestForms reads one document in every form qpdf can write it.
func TestForms(t *testing.T) {
	b, err := documents.Open(documents.Decision)
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "in.pdf")
	if err := os.WriteFile(in, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		form pdf.XrefForm
	}{
		"table": {[]string{"--object-streams=disable"}, pdf.XrefTable}, "stream": {[]string{"--object-streams=generate"}, pdf.XrefStream},
		"linearized": {[]string{"--linearize"}, pdf.XrefTable}, "linearized stream": {[]string{"--linearize", "--object-streams=generate"}, pdf.XrefStream},
	} {
		out := filepath.Join(t.TempDir(), "out.pdf")
		if msg, err := exec.Command("qpdf", append(c.args, in, out)...).CombinedOutput(); err != nil {
			t.Fatalf("qpdf: %v %s", err, msg)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		f := mustOpen(t, data)
		if n, err := f.Pages(); n != 12 || err != nil || f.Revisions() != 1 || f.XrefForm() != c.form {
			t.Errorf("%s: %d pages, %v, %d revisions, form %d", name, n, err, f.Revisions(), f.XrefForm())
		}
	}
	shifted := mustOpen(t, append([]byte("junk before the header\n"), b...))
	if n, err := shifted.Pages(); n != 12 || err != nil || shifted.HeaderOffset() != 23 {
		t.Errorf("header not at 0: %d pages, %v, offset %d", n, err, shifted.HeaderOffset())
	}
	if _, err := shifted.NewUpdate(); err == nil {
		t.Error("a file with bytes before its header was updated")
	}
}
