package consent

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
)

func TestLines(t *testing.T) {
	now := time.Date(2026, 5, 4, 9, 0, 0, 0, time.Local)
	q := testQuestion()
	q.Certificates[0].NotAfter = now.Add(41*24*time.Hour + time.Hour)
	q.Certificates[0].PINState = PINFinal
	v := newView(q, now)
	want := `Trang web sau đây yêu cầu ký số:
────────────────────────────────────────────
    https://eoffice.kiengiang.gov.vn
────────────────────────────────────────────

Tài liệu sẽ ký (2):
    1. Tờ trình số 12 về việc mua sắm trang thiết bị.pdf
        3 trang · 1,2 MB · chưa có chữ ký
        Từ đối chiếu: ` + v.words(q.Documents[0]) + `
    2. Phụ lục kinh phí.pdf
        1 trang · 82 KB · đã có 2 chữ ký
        Từ đối chiếu: ` + v.words(q.Documents[1]) + `

Chứng thư số:
    Trần Thị Ngọc Hưởng – UBND tỉnh Kiên Giang
    Cấp bởi: CA phục vụ các cơ quan Nhà nước G2
    Hết hạn: 14/06/2026 (còn 41 ngày)

Chỉ còn một lần thử: nhập sai lần này thiết bị sẽ bị khóa.`
	if got := strings.Join(v.lines(q.Certificates[0], maxInline), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestNothingFromOutsideAddsALine(t *testing.T) {
	now := time.Now()
	count := func(q Question) int { return len(newView(q, now).lines(q.Certificates[0], maxInline)) }
	q := testQuestion()
	q.Reason, q.Location, q.Field = "ký gấp", "Bình Minh", "ô 1"
	before := count(q)
	evil := "x\n\u2028\r\u0085\v\f<b>Chứng thư số</b>\u202e"
	q.Documents[0].Name, q.Reason, q.Location, q.Field = evil, evil, evil, evil
	q.Certificates[0].Holder, q.Certificates[0].Organisation, q.Certificates[0].Issuer = evil, evil, evil
	v := newView(q, now)
	text := strings.Join(v.lines(q.Certificates[0], maxInline), "\n")
	if got := strings.Count(text, "\n") + 1; got != before || count(q) != before {
		t.Errorf("%d lines, want %d:\n%s", got, before, text)
	}
	if strings.ContainsAny(text, "\u2028\r\u0085\v\f\u202e") {
		t.Errorf("controls came through: %+q", text)
	}
	for _, row := range []string{v.documentRow(0), v.certificateRow(0)} {
		if strings.ContainsAny(row, "\n\u2028\r\u0085\v\f\u202e") || !strings.HasPrefix(row, "1. ") {
			t.Errorf("row %+q", row)
		}
	}
}

func TestLongBatchIsCounted(t *testing.T) {
	q := testQuestion()
	for i := len(q.Documents); i < 12; i++ {
		d := q.Documents[0]
		d.Name = fmt.Sprintf("Văn bản %d.pdf", i+1)
		q.Documents = append(q.Documents, d)
	}
	text := strings.Join(newView(q, time.Now()).lines(q.Certificates[0], maxInline), "\n")
	if !strings.Contains(text, "và 8 tài liệu khác") || strings.Contains(text, "Văn bản 5.pdf") {
		t.Error(text)
	}
}

// TestLeftOut: what will not be signed is named with its reason, in a line of
// its own whatever its name.
func TestLeftOut(t *testing.T) {
	q := testQuestion()
	q.LeftOut = []LeftOut{{"hỏng\n1.pdf", "Tài liệu bị hỏng."}, {"", "Tài liệu\u2028bị khóa."}}
	lines := newView(q, time.Now()).lines(q.Certificates[0], maxInline)
	i := slices.Index(lines, "KHÔNG ký (2), vì không ký được:")
	if i < 0 || lines[i+1] != "    KHÔNG KÝ: hỏng 1.pdf – Tài liệu bị hỏng." || !strings.HasPrefix(lines[i+2], "    KHÔNG KÝ: (không có tên) – Tài liệu") || strings.Contains(lines[i+2], "\u2028") || lines[i+3] != "" {
		t.Errorf("%q", lines)
	}
	q.LeftOut = make([]LeftOut, maxDocuments)
	if q.check() == nil {
		t.Error("too many left out were accepted")
	}
}

func TestSize(t *testing.T) {
	v := newView(testQuestion(), time.Now())
	for bytes, want := range map[int64]string{
		0: "0 byte", 1023: "1023 byte", 1024: "1,0 KB", 10_188: "9,9 KB", 10_240: "10 KB", 1_048_576: "1,0 MB", 5 << 40: "5,0 TB", 5000 << 40: "5000 TB",
	} {
		if got := v.size(bytes); got != want {
			t.Errorf("size(%d) = %q, want %q", bytes, got, want)
		}
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 5, 4, 9, 0, 0, 0, time.Local)
	v := newView(testQuestion(), now)
	for after, want := range map[time.Duration]string{
		-time.Hour:     "ĐÃ HẾT HẠN ngày 04/05/2026",
		time.Hour:      "Hết hạn: 04/05/2026 (trong hôm nay)",
		25 * time.Hour: "Hết hạn: 05/05/2026 (còn 1 ngày)",
	} {
		if got := v.expiry(Certificate{NotAfter: now.Add(after)}); got != want {
			t.Errorf("%v: %q, want %q", after, got, want)
		}
	}
}

func TestLockedIsNamedNotOffered(t *testing.T) {
	q := testQuestion()
	q.Certificates = append(q.Certificates, Certificate{ID: "c2", Holder: "Lê Văn Khoá", PINState: PINLocked})
	v := newView(q, time.Now())
	if got := v.lockedLine(); got != "Không dùng được vì thiết bị đã bị khóa: Lê Văn Khoá" {
		t.Errorf("locked line %q", got)
	}
	if usable := q.usable(); len(usable) != 1 || usable[0].ID != "c1" {
		t.Errorf("usable: %v", usable)
	}
}

// Both languages say everything, in NFC, with the same arguments.
func TestTextsAreComplete(t *testing.T) {
	vi, en := reflect.ValueOf(vietnamese), reflect.ValueOf(english)
	for i := range vi.NumField() {
		name, a, b := vi.Type().Field(i).Name, vi.Field(i).String(), en.Field(i).String()
		if a == "" || b == "" {
			t.Errorf("%s is missing in one language", name)
		}
		if a != norm.NFC.String(a) {
			t.Errorf("%s is not NFC: %q", name, a)
		}
		if verbs(a) != verbs(b) {
			t.Errorf("%s: %q and %q take different arguments", name, a, b)
		}
		if strings.ContainsAny(a+b, "<>&_\\") {
			t.Errorf("%s has a character some window gives a meaning: %q, %q", name, a, b)
		}
	}
}

func verbs(s string) string {
	var found strings.Builder
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '%' {
			found.WriteString(s[i : i+2])
		}
	}
	return found.String()
}
