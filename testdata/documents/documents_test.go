package documents_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"kyso/testdata/documents"
)

// maxDocument keeps each file small enough for a repository and for a test
// that signs it a hundred times.
const maxDocument = 120 << 10

// write puts the named document into a file for the tools that judge it.
func write(t *testing.T, name string) string {
	t.Helper()
	data, err := documents.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// output runs a tool that must be installed and must succeed.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestDocumentsOpenEverywhere(t *testing.T) {
	for _, d := range documents.All() {
		t.Run(d.Name, func(t *testing.T) {
			path := write(t, d.Name)
			if info, _ := os.Stat(path); info.Size() > maxDocument {
				t.Errorf("%d bytes, want at most %d", info.Size(), maxDocument)
			}
			if checked := output(t, "qpdf", "--check", path); strings.Contains(checked, "WARNING") {
				t.Errorf("qpdf --check: %s", checked)
			}
			info := output(t, "pdfinfo", path)
			if pages := strings.Fields(after(info, "Pages:"))[0]; pages != strconv.Itoa(d.Pages) {
				t.Errorf("%s pages, want %d", pages, d.Pages)
			}
			if !strings.Contains(info, "595.28 x 841.89 pts (A4)") {
				t.Errorf("not A4:\n%s", info)
			}
			for line := range strings.Lines(output(t, "pdffonts", path)) {
				if strings.Contains(line, "TrueType") && !strings.Contains(line, "yes no  yes") {
					t.Errorf("font not embedded with a text map: %s", line)
				}
			}
		})
	}
}

func TestTextIsExactVietnamese(t *testing.T) {
	for _, d := range documents.All() {
		text := strings.Join(strings.Fields(output(t, "pdftotext", "-enc", "UTF-8", write(t, d.Name), "-")), " ")
		if d.Name == documents.Scan {
			if text != "" {
				t.Errorf("%s: a scan holds no text, got %q", d.Name, text)
			}
			continue
		}
		title := strings.TrimPrefix(strings.TrimSuffix(d.Title, " (bản có sẵn ô ký)"), "V/v ")
		for _, want := range []string{
			"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Số: " + d.Number, title,
			"ngày " + d.Date.Format("02") + " tháng " + strconv.Itoa(int(d.Date.Month())) + " năm 2026", "Nơi nhận:",
			"Văn bản hư cấu dùng để thử nghiệm phần mềm, không có giá trị pháp lý",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in its text", d.Name, want)
			}
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Mn, r) || r == unicode.ReplacementChar }); i >= 0 {
			t.Errorf("%s: text is not composed (NFC) near %q", d.Name, text[max(0, i-10):i+4])
		}
	}
}

func TestScanIsOneImage(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(output(t, "pdfimages", "-list", write(t, documents.Scan))), "\n")
	if len(lines) != 3 || !strings.Contains(lines[2], "jpeg") {
		t.Errorf("want one JPEG image:\n%s", strings.Join(lines, "\n"))
	}
}

func TestEmptySignatureFields(t *testing.T) {
	path := write(t, documents.LetterWithFields)
	fields := output(t, "qpdf", "--json", "--json-key=acroform", path)
	for _, name := range []string{documents.PersonField, documents.AgencyField} {
		if !strings.Contains(fields, `"fullname": "`+name+`"`) {
			t.Errorf("no field %s:\n%s", name, fields)
		}
	}
	if n := strings.Count(fields, `"fieldtype": "/Sig"`); n != 2 {
		t.Errorf("%d signature fields, want 2", n)
	}
	whole, _ := documents.Open(documents.LetterWithFields)
	letter, _ := documents.Open(documents.Letter)
	if !bytes.HasPrefix(whole, letter) {
		t.Error("the fields were not appended to the letter")
	}
}

func TestBrokenInputsAreBroken(t *testing.T) {
	for _, name := range []string{documents.Encrypted, documents.Truncated, documents.NotPDF} {
		if out, err := exec.Command("qpdf", "--check", write(t, name)).CombinedOutput(); err == nil {
			t.Errorf("qpdf accepts %s:\n%s", name, out)
		}
	}
	output(t, "qpdf", "--password="+documents.UserPassword, "--check", write(t, documents.Encrypted))
}

func TestNamesHoldsEveryDocument(t *testing.T) {
	names := documents.Names()
	for _, d := range documents.All() {
		if !slices.Contains(names, d.Name) {
			t.Errorf("no file %s", d.Name)
		}
	}
	if len(names) != len(documents.All())+3 {
		t.Errorf("files %v, want the documents and three broken ones", names)
	}
	if _, err := documents.Open("../documents.go"); err == nil {
		t.Error("opened a file that is no document")
	}
}

func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}
