package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kyso/agent/internal/report"
	"kyso/signature/verify"
)

var (
	day      = time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	verdicts = []verify.Verdict{verify.TotalPassed, verify.TotalFailed, verify.Indeterminate}
	formats  = map[string]func(*testing.T, report.Document, string) string{"text": asText, "html": asHTML}
)

// rosy is a report in which everything but the verdict looks well.
func rosy(verdict verify.Verdict) report.Document {
	m := verify.Message{Code: "TEST", VI: "Lý do thử.", EN: "A test's reason."}
	s := verify.Signature{
		Field: "Sig", Kind: "signature", Verdict: verdict, Level: "B-LTA", SubFilter: "ETSI.CAdES.detached", Algorithm: "RSA SHA-256",
		Intact: true, Valid: true, Trusted: true, Coverage: verify.CoverageWholeFile, Revision: 1, Modification: verify.ModificationAllowed,
		Changes: []verify.Change{{Revision: 2, Effect: verify.ModificationAllowed, Message: verify.Message{Code: "SIGNATURE_ADDED", VI: "Thêm chữ ký số.", EN: "A signature was added."}}},
		Signer: &verify.Signer{Name: "Nguyễn Văn Thử", Organisation: "SỞ THỬ NGHIỆM", Unit: "PHÒNG THỬ", Serial: "0a1b", SHA256: strings.Repeat("c5", 32),
			NotBefore: day.AddDate(-1, 0, 0), NotAfter: day.AddDate(1, 0, 0)},
		Issuer: "CA THỬ NGHIỆM", BestTime: verify.BestTime{Value: day.Add(-time.Hour), Source: "timestamp"},
		Revocation: verify.Revocation{Status: "good", Source: "ocsp", Age: 7200},
		Timestamps: []verify.Timestamp{{Kind: "signature", Time: day.Add(-time.Hour), Verdict: verify.TotalPassed, Signer: "TSA THỬ", Issuer: "CA THỬ NGHIỆM"}},
	}
	r := &verify.Report{File: "a.pdf", Verdict: verdict, Time: day, Size: 1234, Pages: 2, Revisions: 2}
	if verdict != verify.TotalPassed {
		s.SubIndication, s.Reason, r.SubIndication, r.Reason = "TRY_LATER", &m, "TRY_LATER", &m
	}
	r.Signatures = []verify.Signature{s}
	return report.Document{Report: r}
}

func asText(t *testing.T, d report.Document, language string) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, d, report.Style{Language: language}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func asHTML(t *testing.T, d report.Document, language string) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, []report.Document{d, d}, report.Made{Program: "Kyso", Time: day}, report.Style{Language: language}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// reassuring finds the words that only TOTAL-PASSED may bring, once those that
// deny them are gone.
var (
	reassuring = map[string]*regexp.Regexp{"vi": regexp.MustCompile(`(?i)hợp lệ|nguyên vẹn|chỉ có thay đổi loại được phép`), "en": regexp.MustCompile(`(?i)\bvalid\b|intact|later changes are of an allowed kind`)}
	denied     = regexp.MustCompile(`(?i)không hợp lệ|not valid`)
	// The counts name every verdict, and are none.
	counts = regexp.MustCompile(`Đã kiểm tra \d+ tệp: .*|\d+ files verified: .*`)
)

func TestNoReassuringWord(t *testing.T) {
	for format, write := range formats {
		for language, words := range reassuring {
			for _, verdict := range verdicts {
				out := denied.ReplaceAllString(counts.ReplaceAllString(write(t, rosy(verdict), language), ""), "")
				if got := words.FindString(out); (got != "") != (verdict == verify.TotalPassed) {
					t.Errorf("%s %s %s: found %q in\n%s", format, language, verdict, got, out)
				}
				if !strings.Contains(out, string(verdict)) {
					t.Errorf("%s %s: the verdict %s is not there:\n%s", format, language, verdict, out)
				}
			}
		}
	}
}

// TestUnread: whatever a document claims, one that was not looked at has no
// verdict's word.
func TestUnread(t *testing.T) {
	for format, write := range formats {
		d := report.Document{Report: verify.Unreadable(errors.New("no such file"), day), Unread: true}
		out := write(t, d, "en")
		if !strings.Contains(out, "COULD NOT BE READ") || strings.Contains(out, "NOT ENOUGH TO DECIDE") {
			t.Errorf("%s:\n%s", format, out)
		}
	}
}

// TestSevenFields: TT 15/2025/TT-BKHCN, Article 6(4).
func TestSevenFields(t *testing.T) {
	want := []string{"CA cấp chứng thư số", "Người ký", "Cơ quan, tổ chức quản lý chứng thư số", "Thời điểm ký hoặc dấu thời gian",
		"Tính toàn vẹn", "Hiệu lực của chữ ký tại thời điểm ký", "Thời hạn chứng thư số"}
	for _, verdict := range verdicts {
		out := asText(t, rosy(verdict), "vi")
		at := 0
		for _, w := range want {
			n := strings.Index(out[at:], "     "+w+": ")
			if n < 0 {
				t.Fatalf("%s: %s is not in its place:\n%s", verdict, w, out)
			}
			at += n
		}
	}
	for _, w := range []string{"PHÒNG THỬ – SỞ THỬ NGHIỆM", "22/11/2026 07:02:03 +07:00 (theo dấu thời gian", "22/11/2025 08:02:03 +07:00 – 22/11/2027"} {
		if out := asText(t, rosy(verify.TotalPassed), "vi"); !strings.Contains(out, w) {
			t.Errorf("%q is not in\n%s", w, out)
		}
	}
	// A signature whose certificate was not found has the fields too.
	d := rosy(verify.Indeterminate)
	d.Signatures[0].Signer, d.Signatures[0].Issuer = nil, ""
	if n := strings.Count(asText(t, d, "vi"), ": không xác định\n"); n != 4 {
		t.Errorf("%d fields are not known instead of 4:\n%s", n, asText(t, d, "vi"))
	}
}

// TestIntegrity: each way of not being intact has its words.
func TestIntegrity(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*verify.Signature)
	}{
		{"digest", "Integrity: THE CONTENT WAS CHANGED\n", func(s *verify.Signature) { s.Intact, s.Valid, s.Reason.Code = false, false, "CONTENT_CHANGED" }},
		{"key", "Integrity: the digest fits, but the signature was not made", func(s *verify.Signature) { s.Valid = false }},
		{"structure", "Integrity: cannot be proven\n", func(s *verify.Signature) { s.Intact, s.Valid = false, false }},
		{"revision", "Integrity: the digest fits, but the signature has not passed; THE DOCUMENT WAS CHANGED", func(s *verify.Signature) { s.Modification = verify.ModificationNotAllowed }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := rosy(verify.TotalFailed)
			c.change(&d.Signatures[0])
			if out := asText(t, d, "en"); !strings.Contains(out, c.want) {
				t.Errorf("%q is not in\n%s", c.want, out)
			}
		})
	}
}

// worded is an error with words of its own.
type worded struct{}

func (worded) Error() string          { return "timeout" }
func (worded) Words() (vi, en string) { return "không có trả lời", "no answer" }

var tags = regexp.MustCompile("<[^>]*>")

// textOf is what a reader sees of a page, or the text itself.
func textOf(out string) string { return html.UnescapeString(tags.ReplaceAllString(out, "")) }

func TestTimestampsMissingAndFetch(t *testing.T) {
	d := rosy(verify.Indeterminate)
	d.Signatures[0].Timestamps = append(d.Signatures[0].Timestamps, verify.Timestamp{Kind: "document", Time: day, Verdict: verify.Indeterminate,
		SubIndication: "NO_CERTIFICATE_CHAIN_FOUND", Reason: &verify.Message{EN: "No path leads to a root."}})
	d.Missing = []verify.Missing{
		{Need: "issuer", Subject: "Nguyễn Văn Thử", Issuers: []string{"http://ca.example/sub.crt"}},
		{Need: "revocation", Subject: "CA", OCSPs: []string{"http://ocsp.example/"}, CRLs: []string{"http://ca.example/a.crl"}},
	}
	d.Fetch = []error{errors.New("fetch http://ca.example/sub.crt: connection refused"), fmt.Errorf("round 2: %w", worded{})}
	for format, write := range formats {
		out := write(t, d, "en")
		for _, w := range []string{"proven", "NOT ENOUGH TO DECIDE, does not count", "No path leads to a root.", "22/11/2026 08:02:03 +07:00", "TSA THỬ, CA THỬ NGHIỆM",
			"the certificate of the CA that issued “Nguyễn Văn Thử” (address named by the certificate: http://ca.example/sub.crt)",
			"the revocation status of “CA” (address named by the certificate: http://ocsp.example/, http://ca.example/a.crl)",
			"fetch http://ca.example/sub.crt: connection refused", "could not be fetched: no answer"} {
			if !strings.Contains(textOf(out), w) {
				t.Errorf("%s: %q is not in\n%s", format, w, out)
			}
		}
		if out := write(t, d, "vi"); !strings.Contains(textOf(out), "Không tải được bằng chứng: không có trả lời") {
			t.Errorf("%s: the Vietnamese words are not in\n%s", format, out)
		}
	}
}

// TestForeignText: names from files and certificates cannot drive a terminal,
// stand for a verdict's line, push it away, or become markup.
func TestForeignText(t *testing.T) {
	d := rosy(verify.TotalFailed)
	d.File = "a\x1b[2J\nkyso: HỢP LỆ.pdf"
	d.Signatures[0].Field = "\u202e</h3><script>alert(1)</script>"
	d.Signatures[0].Signer.Name = "x\r\n  TOTAL-PASSED" + strings.Repeat("\n<img src=http://x.example/>", 1000)
	for format, write := range formats {
		out := write(t, d, "vi")
		if strings.ContainsAny(out, "\x1b\r\u202e") || strings.Contains(out, "\n  TOTAL-PASSED") || strings.Contains(out, "\nkyso:") {
			t.Errorf("%s: %q", format, out)
		}
		if len(out) > 30_000 {
			t.Errorf("%s: a name made the report %d bytes long", format, len(out))
		}
		if format == "html" && (strings.Contains(out, "<script") || strings.Contains(out, "<img")) {
			t.Errorf("foreign markup: %s", out)
		}
	}
	d.Signatures[0].Field = "Sig”: HỢP LỆ “"
	for format, write := range formats {
		if out := textOf(write(t, d, "vi")); strings.Contains(out, "”: HỢP LỆ") {
			t.Errorf("%s: a field's name closes its quotation: %s", format, out)
		}
	}
	if out := asText(t, d, "vi"); !strings.HasPrefix(out, "“a\uFFFD[2J\uFFFDkyso: HỢP LỆ.pdf”: KHÔNG HỢP LỆ\n") {
		t.Errorf("the name can be taken for a verdict: %q", out)
	}
}

// TestColorAndWidth: colours add nothing but themselves, and no line of words
// is longer than the terminal.
func TestColorAndWidth(t *testing.T) {
	const width = 60
	for _, verdict := range verdicts {
		var plain, color bytes.Buffer
		d := rosy(verdict)
		if err := errors.Join(report.Text(&plain, d, report.Style{Width: width}), report.Text(&color, d, report.Style{Width: width, Color: true})); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(color.String(), "\x1b[") || regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(color.String(), "") != plain.String() {
			t.Errorf("%s: colours changed the text:\n%s\n%s", verdict, &plain, &color)
		}
		for line := range strings.Lines(plain.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns: %q", n, line)
			}
		}
		if a, b := strings.Join(strings.Fields(plain.String()), " "), strings.Join(strings.Fields(asText(t, d, "vi")), " "); a != b {
			t.Errorf("wrapping changed the words:\n%s\n%s", a, b)
		}
	}
}

// TestRemedies: whatever did not pass says what to do, known reason or not.
func TestRemedies(t *testing.T) {
	for _, code := range []string{"TEST", "REVOCATION_UNKNOWN", "NO_CERTIFICATE_PATH", "CONTENT_CHANGED", "A_CODE_OF_TOMORROW"} {
		for _, verdict := range verdicts {
			d := rosy(verdict)
			if d.Reason != nil {
				d.Reason.Code = code
			}
			vi, en := asText(t, d, "vi"), asText(t, d, "en")
			if got := strings.Contains(vi, "  Cần làm: ") && strings.Contains(en, "  What to do: "); got != (verdict != verify.TotalPassed) {
				t.Errorf("%s %s: a remedy is there: %v\n%s", code, verdict, got, en)
			}
			if !norm.NFC.IsNormalString(vi) {
				t.Errorf("%s: not NFC:\n%s", code, vi)
			}
		}
	}
}

func TestSummary(t *testing.T) {
	var s report.Summary
	for _, v := range verdicts {
		d := rosy(v)
		d.File = string(v) + ".pdf"
		s.Add(d, "en")
	}
	s.Add(report.Document{Report: verify.Unreadable(errors.New("gone"), day), Unread: true}, "en")
	var b bytes.Buffer
	if err := s.Text(&b, report.Style{Language: "en"}); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	if !strings.HasPrefix(out, "4 files verified: 1 valid, 1 not valid, 1 not enough to decide, 1 could not be read.\n") ||
		strings.Contains(out, "TOTAL-PASSED.pdf") || !strings.Contains(out, "TOTAL-FAILED.pdf: NOT VALID\n") || !strings.Contains(out, "gone") {
		t.Error(out)
	}
}
