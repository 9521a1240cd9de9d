// Package corpus finds collections of documents and certificates with recorded
// verdicts. They are not part of the project and may be absent.
package corpus

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"kyso/signature/certificate"
)

// Path is a path in the collections: in the folder KYSO_CORPUS, or else in
// shared/corpus beside the project. The test is skipped, and says so, when it
// is not there.
func Path(t testing.TB, elements ...string) string {
	t.Helper()
	root := os.Getenv("KYSO_CORPUS")
	if root == "" {
		_, self, _, _ := runtime.Caller(0)
		root = filepath.Join(filepath.Dir(self), "..", "..", "..", "shared", "corpus")
	}
	path := filepath.Join(append([]string{root}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the recorded cases are not here: %v", err)
	}
	return path
}

// Read returns a file that must exist.
func Read(t testing.TB, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Certificate returns the DER certificate in a file, as the engine reads it.
func Certificate(t testing.TB, elements ...string) *x509.Certificate {
	t.Helper()
	cert, err := certificate.Parse(Read(t, elements...))
	if err != nil {
		t.Fatalf("%v: %v", elements, err)
	}
	return cert
}
