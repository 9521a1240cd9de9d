package eoffice_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kyso/testdata/documents"
	"kyso/testdata/eoffice"
)

// A real browser under the page's own policy lists the documents, and says
// what is missing where the browser files were not built.
func TestPageInChromium(t *testing.T) {
	site := start(t, func(o *eoffice.Options) { o.Web = nil })
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir, which fails the test when a child of the browser is still
	// writing there.
	t.Cleanup(func() { os.RemoveAll(profile) })
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
		"--user-data-dir="+profile, "--virtual-time-budget=5000", "--dump-dom", site)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run chromium: %v\n%s", err, stderr.String())
	}
	page := string(out)
	for _, d := range documents.All() {
		if !strings.Contains(page, d.Title) || !strings.Contains(page, "Ký "+d.Kind+" số "+d.Number) {
			t.Errorf("the page does not list %s", d.Name)
		}
	}
	if !strings.Contains(page, "Thiếu tệp /kyso/client/kyso-client.js") {
		t.Error("the page does not say that the SDK is missing")
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") && !strings.Contains(line, "404") {
			t.Errorf("the browser complains: %s", line)
		}
	}
}
