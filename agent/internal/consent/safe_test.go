package consent

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestShown(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"vietnamese stays", "Quyết định số 5 – Ủy ban.pdf", "Quyết định số 5 – Ủy ban.pdf"},
		{"decomposed becomes NFC", "Tie\u0302\u0301ng Vie\u0323\u0302t", "Tiếng Việt"},
		{"newline cannot start a line", "a.pdf\nChứng thư số: Bộ trưởng", "a.pdf Chứng thư số: Bộ trưởng"},
		{"every kind of line break", "a\r\nb\u2028c\u2029d\u0085e\vf", "a b c d e f"},
		{"right-to-left override", "hoa-don\u202efdp.exe", "hoa-donfdp.exe"},
		{"embeddings and isolates", "\u202aa\u202b\u202c\u202d\u2066b\u2067c\u2068d\u2069\u200e\u200f\u061c", "abcd"},
		{"zero width", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "abcdefg"},
		{"terminal escapes", "\x1b[2J\x1b]0;title\x07x", "[2J]0;titlex"},
		{"C1 controls", "a\u009b31mb", "a31mb"},
		{"tags", "a\U000E0041b", "ab"},
		{"private use", "a\ue000b", "ab"},
		{"blank letters", "a\u3164\u2800b", "a b"},
		{"runs of spaces", "  a \t \u00a0\u3000  b  ", "a b"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
		{"stacked marks", "e" + strings.Repeat("\u0315", 40) + "x", "e\u0315\u0315\u0315x"},
		{"hebrew is isolated", "שלום.pdf", "\u2068שלום.pdf\u2069"},
		{"markup is left to the window", "<b>&amp;</b>", "<b>&amp;</b>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := shown(row.in, 80); got != row.want {
				t.Errorf("shown(%+q) = %+q, want %+q", row.in, got, row.want)
			}
		})
	}
}

func TestShownIsBounded(t *testing.T) {
	long := "đầu " + strings.Repeat("rất dài ", 1_000_000) + "cuối.pdf"
	got := shown(long, 40)
	if n := utf8.RuneCountInString(got); n > 40 {
		t.Errorf("%d characters, want at most 40: %q", n, got)
	}
	if !strings.HasPrefix(got, "đầu ") || !strings.HasSuffix(got, "cuối.pdf") || !strings.Contains(got, "…") {
		t.Errorf("%q does not keep beginning and end", got)
	}
}

func FuzzShown(f *testing.F) {
	f.Add("Tờ trình\u202e\n<b>\x00\u0301\u0301\u0301\u0301\u0301")
	f.Add(strings.Repeat("\u0915\u094d", 200))
	f.Fuzz(func(t *testing.T, in string) {
		got := shown(in, 30)
		if !utf8.ValidString(got) {
			t.Fatalf("%+q is not UTF-8", got)
		}
		inner := strings.TrimSuffix(strings.TrimPrefix(got, "\u2068"), "\u2069")
		if n := utf8.RuneCountInString(inner); n > 30 {
			t.Fatalf("%d characters", n)
		}
		for _, r := range inner {
			if unicode.Is(unicode.C, r) || unicode.In(r, unicode.Zl, unicode.Zp) {
				t.Fatalf("%+q holds %U", got, r)
			}
		}
	})
}
