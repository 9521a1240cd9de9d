package consent

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestKnown: each earlier signature with its verdict, the stamp's place, the
// notices; in lists the same in one line; a stranger's text stays in its line.
func TestKnown(t *testing.T) {
	q := testQuestion()
	at := time.Date(2024, 12, 11, 2, 41, 7, 0, time.UTC)
	q.Documents[0].Earlier = []Earlier{
		{Name: "Nguyễn Văn Thử", Organisation: "Sở Thử nghiệm", Verdict: EarlierPassed, Time: at, Proven: true},
		{Name: "Trần Thị\nMẫu", Verdict: EarlierFailed, Time: at},
		{Verdict: "?"},
	}
	q.Documents[0].Stamp = "góc trên, bên phải trang 1"
	q.Documents[0].Reason = "Duyệt"
	q.Documents[0].Terms = []string{"Trên hình chữ ký: “Sao y / " + strings.Repeat("chữ ", 140) + "”", "Ký xong sẽ khóa mọi ô của tài liệu."}
	q.Documents[0].Notices = []string{"Văn bản chưa có chữ ký số của người có thẩm quyền.", ""}
	v := newView(q, at)
	want := []string{
		"Nguyễn Văn Thử – Sở Thử nghiệm: chữ ký hợp lệ, ký trước 09:41 11/12/2024",
		"Trần Thị Mẫu: CHỮ KÝ KHÔNG HỢP LỆ, tự khai ký lúc 09:41 11/12/2024",
		"(không có tên): chữ ký chưa đủ căn cứ để kết luận",
		"Lý do: “Duyệt”",
		"Hình chữ ký: góc trên, bên phải trang 1",
		"Trên hình chữ ký: “Sao y / " + strings.Repeat("chữ ", 140) + "”",
		"Ký xong sẽ khóa mọi ô của tài liệu.",
		"LƯU Ý: Văn bản chưa có chữ ký số của người có thẩm quyền.",
	}
	if got := v.known(q.Documents[0]); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	text := strings.Join(v.lines(q.Certificates[0], maxInline), "\n")
	for _, line := range want {
		if !strings.Contains(text, "\n        "+line+"\n") {
			t.Errorf("%q is not in\n%s", line, text)
		}
	}
	// In a row, what is unusual comes first, where no window cuts it.
	last := len(want) - 1
	if row := v.documentRow(0); !strings.Contains(row, ".pdf  |  "+want[last]+"  |  3 trang") || !strings.HasSuffix(row, "  |  "+strings.Join(want[:last], " · ")) {
		t.Error(row)
	}
	if got := v.remarks(q.Documents[0]); got != strings.Join(append(want[last:], want[:last]...), " · ") {
		t.Errorf("%q", got)
	}
	if len(v.known(q.Documents[1])) != 0 || strings.Count(v.documentRow(1), "|") != 2 {
		t.Errorf("of the other document %q", v.documentRow(1))
	}
	q.Documents[0].Earlier = make([]Earlier, maxEarlier+2)
	if lines := newView(q, at).known(q.Documents[0]); lines[maxEarlier] != "và những chữ ký khác" {
		t.Errorf("%q", lines)
	}
}

// TestLevel: the level, and what it means, is in the question, whoever asks and
// in both languages.
func TestLevel(t *testing.T) {
	for _, c := range []struct{ site, language, level, want string }{
		{"https://eoffice.example", "vi", "B-B", "Mức chữ ký: B-B – không có dấu thời gian"},
		{"", "vi", "B-LTA", "Mức chữ ký: B-LTA – có dấu thời gian và bằng chứng để lưu trữ lâu dài"},
		{"", "en", "B-T", "Signature level: B-T – with a timestamp"},
	} {
		q := testQuestion()
		q.Site, q.Language, q.Level = c.site, c.language, c.level
		if err := q.check(); err != nil {
			t.Error(err)
		}
		v := newView(q, time.Now())
		if lines := v.lines(q.Certificates[0], maxInline); !slices.Contains(lines, c.want) {
			t.Errorf("%q is not in %q", c.want, lines)
		}
	}
	q := testQuestion()
	q.Level = "B-X"
	if q.check() == nil {
		t.Error("a level nobody knows is shown")
	}
}
