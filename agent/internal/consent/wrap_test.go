package consent

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  []string
	}{
		{"ngắn", 20, []string{"ngắn"}},
		{"", 20, []string{""}},
		{"  LƯU Ý: ảnh chữ ký không phải màu xanh", 20, []string{"  LƯU Ý: ảnh chữ ký", "      không phải màu", "      xanh"}},
		{"  motchuratdaikhongcodaucach", 20, []string{"  motchuratdaikhongc", "      odaucach"}},
		{"    đúng hai mươi chữ.", 22, []string{"    đúng hai mươi chữ."}},
	} {
		if got := wrap([]string{c.line}, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q became %q, want %q", c.line, got, c.want)
		}
	}
	// Whatever is asked, no line is wider than the window, and no text is lost.
	long := "    1. " + strings.Repeat("tờ trình ", 30) + strings.Repeat("x", 300)
	got := wrap([]string{long, long}, 90)
	for _, line := range got {
		if utf8.RuneCountInString(line) > 90 || !strings.HasPrefix(line, "    ") {
			t.Errorf("%q", line)
		}
	}
	if strings.Join(strings.Fields(strings.Join(got, "")), "") != strings.ReplaceAll(long+long, " ", "") {
		t.Errorf("text was lost: %q", got)
	}
}

// TestFitting: documents of which much is known have a list of their own before
// they push the question off the screen.
func TestFitting(t *testing.T) {
	q := Question{Language: "vi", Documents: make([]Document, 4)}
	v := newView(q, time.Now())
	if n := v.fitting(maxInline, 90, 18); n != 4 {
		t.Errorf("4 documents of 3 lines: %d", n)
	}
	for i := range q.Documents {
		q.Documents[i].Earlier = make([]Earlier, 3)
		q.Documents[i].Notices = []string{"một", "hai"}
	}
	// Name, facts, three signatures, two notices, words: eight lines each.
	v = newView(q, time.Now())
	if n := v.fitting(maxInline, 90, 18); n != 2 {
		t.Errorf("4 documents of 8 lines on 18: %d", n)
	}
	if n := v.fitting(maxInline, 90, 4); n != 1 {
		t.Errorf("a document larger than the room: %d", n)
	}
	if n := v.fitting(2, 90, 100); n != 2 {
		t.Errorf("at most two: %d", n)
	}
}
