package report_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/report"
	"kyso/signature/verify"
)

// pageOf is a page over documents of every verdict.
func pageOf(t *testing.T, language string) []byte {
	t.Helper()
	var all []report.Document
	for _, v := range verdicts {
		all = append(all, rosy(v))
	}
	all = append(all, report.Document{Report: verify.Unreadable(errors.New("gone"), day), Unread: true})
	var b bytes.Buffer
	if err := report.HTML(&b, all, report.Made{Program: "Kyso 1", Time: day}, report.Style{Language: language}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHTMLStructure reads the page as markup: nothing active, nothing fetched,
// and what readers that see nothing rest on is there.
func TestHTMLStructure(t *testing.T) {
	elements := strings.Fields("html head meta title style body header main footer section h1 h2 h3 p span strong bdi a table caption thead tbody tr th td details summary svg circle path")
	attributes := strings.Fields("lang charset http-equiv content name class id href scope aria-hidden aria-labelledby focusable viewBox d cx cy r")
	for _, language := range []string{"vi", "en"} {
		d := xml.NewDecoder(bytes.NewReader(pageOf(t, language)))
		d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		var (
			stack, ids, targets []string
			policy, style       string
			heading             int
			captioned           = true
			marks, words        int
		)
		for {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch e := tok.(type) {
			case xml.StartElement:
				name := e.Name.Local
				stack = append(stack, name)
				if !slices.Contains(elements, name) {
					t.Errorf("an element %q", name)
				}
				attribute := map[string]string{}
				for _, a := range e.Attr {
					attribute[a.Name.Local] = a.Value
					if !slices.Contains(attributes, a.Name.Local) {
						t.Errorf("an attribute %s=%q of %s", a.Name.Local, a.Value, name)
					}
				}
				if href, ok := attribute["href"]; ok {
					if !strings.HasPrefix(href, "#") {
						t.Errorf("a link to %q", href)
					}
					targets = append(targets, strings.TrimPrefix(href, "#"))
				}
				if id := attribute["id"]; id != "" {
					if slices.Contains(ids, id) {
						t.Errorf("two elements %q", id)
					}
					ids = append(ids, id)
				}
				if id := attribute["aria-labelledby"]; id != "" {
					targets = append(targets, id)
				}
				switch {
				case name == "html" && attribute["lang"] != language:
					t.Errorf("the page says its language is %q", attribute["lang"])
				case name == "meta" && attribute["http-equiv"] == "Content-Security-Policy":
					policy = attribute["content"]
				case len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6':
					if level := int(name[1] - '0'); level > heading+1 {
						t.Errorf("%s follows h%d", name, heading)
					} else {
						heading = level
					}
				case name == "table":
					captioned = false
				case name == "caption":
					captioned = true
				case name == "tr" && !captioned:
					t.Error("a table without a caption")
				case name == "svg":
					marks++
					if attribute["aria-hidden"] != "true" {
						t.Error("a symbol is read aloud beside its word")
					}
				}
			case xml.EndElement:
				stack = stack[:len(stack)-1]
			case xml.CharData:
				if len(stack) == 0 {
					continue
				}
				switch s := string(e); {
				case stack[len(stack)-1] == "style":
					style += s
				case len(stack) > 1 && strings.TrimSpace(s) != "" && (stack[len(stack)-1] == "span" && stack[len(stack)-2] == "p" || stack[len(stack)-1] == "strong" && stack[len(stack)-2] == "td"):
					words++
				}
			}
		}
		for _, id := range targets {
			if !slices.Contains(ids, id) {
				t.Errorf("nothing is %q", id)
			}
		}
		if marks == 0 || words < marks {
			t.Errorf("%d symbols beside %d words", marks, words)
		}
		sum := sha256.Sum256([]byte(style))
		if want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"; policy != want {
			t.Errorf("the policy is %q, want %q", policy, want)
		}
		for _, bad := range []string{"url(", "@import", "http:", "https:", "//"} {
			if strings.Contains(style, bad) {
				t.Errorf("the style holds %q", bad)
			}
		}
	}
}

// TestHTMLPrinted has Chromium print the page. The folded rows are only on
// paper if the style was allowed and opens them.
func TestHTMLPrinted(t *testing.T) {
	// Not t.TempDir, which fails the test when a child of the browser is still
	// writing there.
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	in, out := filepath.Join(dir, "a.html"), filepath.Join(dir, "a.pdf")
	if err := os.WriteFile(in, pageOf(t, "vi"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--print-to-pdf="+out, "file://"+in)
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("run chromium: %v\n%s", err, log)
	}
	info, err := exec.CommandContext(ctx, "pdfinfo", out).Output()
	if err != nil {
		t.Fatalf("run pdfinfo: %v", err)
	}
	if !strings.Contains(string(info), "(A4)") || !strings.Contains(string(info), "Báo cáo kiểm tra chữ ký số") {
		t.Errorf("not A4, or without its title:\n%s", info)
	}
	text, err := exec.CommandContext(ctx, "pdftotext", "-layout", out, "-").Output()
	if err != nil {
		t.Fatalf("run pdftotext: %v", err)
	}
	// The serial number stands in a folded table alone.
	if n := bytes.Count(text, []byte("0a1b")); n != len(verdicts) {
		t.Errorf("%d folded tables were printed instead of %d:\n%s", n, len(verdicts), text)
	}
	for _, w := range []string{"HỢP LỆ", "KHÔNG HỢP LỆ", "CHƯA ĐỦ CĂN CỨ", "KHÔNG ĐỌC ĐƯỢC"} {
		if !bytes.Contains(text, []byte(w)) {
			t.Errorf("%q was not printed", w)
		}
	}
}
