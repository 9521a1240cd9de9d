package tray

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	vi, en := Options{}, Options{Title: "Ký số", Language: "en"}
	if vi.title() != "Kyso" || en.title() != "Ký số" {
		t.Error("title")
	}
	for _, row := range []struct {
		o    Options
		s    State
		want string
	}{
		{vi, State{}, "Sẵn sàng ký số"},
		{vi, State{Condition: Busy}, "Đang xử lý yêu cầu ký"},
		{vi, State{Condition: 9}, "Có vấn đề, chưa ký được"},
		{en, State{}, "Ready to sign"},
		{en, State{Busy, "3/12"}, "3/12"},
	} {
		if got := row.o.line(row.s); got != row.want {
			t.Errorf("line(%v) = %q, want %q", row.s, got, row.want)
		}
	}
	if got := vi.line(State{Line: strings.Repeat("ế", 200)}); utf8.RuneCountInString(got) != maxLine {
		t.Errorf("%d characters", utf8.RuneCountInString(got))
	}
}
