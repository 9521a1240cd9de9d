package consent

import (
	"strings"
	"testing"
	"time"
)

func kindQuestions() map[string]Question {
	certificates := testQuestion().Certificates
	const site = "https://eoffice.example"
	return map[string]Question{
		KindPair:   {Kind: KindPair, Site: site, Code: []byte{0, 1, 2, 253, 254, 255}},
		KindChoose: {Kind: KindChoose, Site: site, Certificates: certificates},
		KindData: {Kind: KindData, Site: site, Certificates: certificates, AskPIN: true,
			Data: &Data{Purpose: PurposeMessage, Text: "Tôi đồng ý.", Size: 15, SHA256: strings.Repeat("5e6f7081", 8)}},
	}
}

func TestKindsAreChecked(t *testing.T) {
	for kind, q := range kindQuestions() {
		if err := q.check(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		for what, change := range map[string]func(*Question){
			"documents":    func(q *Question) { q.Documents = testQuestion().Documents },
			"unknown kind": func(q *Question) { q.Kind = "login" },
		} {
			bad := q
			change(&bad)
			if bad.check() == nil {
				t.Errorf("%s: accepted with %s", kind, what)
			}
		}
	}
	for what, change := range map[string]func(map[string]Question) Question{
		"a pairing without a site":       func(q map[string]Question) Question { p := q[KindPair]; p.Site = ""; return p },
		"a pairing with a short code":    func(q map[string]Question) Question { p := q[KindPair]; p.Code = p.Code[:3]; return p },
		"a pairing with a PIN":           func(q map[string]Question) Question { p := q[KindPair]; p.AskPIN = true; return p },
		"a choice with a PIN":            func(q map[string]Question) Question { p := q[KindChoose]; p.AskPIN = true; return p },
		"a choice without a certificate": func(q map[string]Question) Question { p := q[KindChoose]; p.Certificates = nil; return p },
		"data without a digest":          func(q map[string]Question) Question { p := q[KindData]; p.Data = &Data{Purpose: PurposeHash}; return p },
		"data for nothing known": func(q map[string]Question) Question {
			p := q[KindData]
			d := *p.Data
			d.Purpose = "x"
			p.Data = &d
			return p
		},
		"data that is missing":            func(q map[string]Question) Question { p := q[KindData]; p.Data = nil; return p },
		"documents with a code":           func(q map[string]Question) Question { p := testQuestion(); p.Code = []byte{1, 2, 3, 4}; return p },
		"documents with data beside them": func(q map[string]Question) Question { p := testQuestion(); p.Data = q[KindData].Data; return p },
	} {
		if change(kindQuestions()).check() == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}

func TestAnswersFitTheirKind(t *testing.T) {
	q := kindQuestions()
	for _, row := range []struct {
		kind string
		a    Answer
		good bool
	}{
		{KindPair, Answer{Approved: true}, true},
		{KindPair, Answer{Approved: true, Certificate: "c1"}, false},
		{KindPair, Answer{Approved: true, Remember: true}, false},
		{KindChoose, Answer{Approved: true, Certificate: "c1", Remember: true}, true},
		{KindChoose, Answer{Approved: true, Certificate: "c1", PIN: []byte("1")}, false},
		{KindChoose, Answer{Remember: true}, false},
		{KindData, Answer{Approved: true, Certificate: "c1", PIN: []byte("1")}, true},
		{KindData, Answer{Approved: true, Certificate: "c1"}, false},
		{KindData, Answer{Approved: true, Certificate: "c1", PIN: []byte("1"), Remember: true}, false},
	} {
		if err := q[row.kind].checkAnswer(row.a); (err == nil) != row.good {
			t.Errorf("%s %v: %v", row.kind, row.a, err)
		}
	}
}

// Every kind is told in plain text too, and no text of a stranger adds a line
// that is not indented.
func TestKindsInLines(t *testing.T) {
	for kind, wants := range map[string][]string{
		KindPair:   {"muốn ghép nối", "    https://eoffice.example", "    " + SayWords([]byte{0, 1, 2, 253, 254, 255}), vietnamese.pairQuestion},
		KindChoose: {vietnamese.chooseFromSite, "Chưa có gì được ký", vietnamese.chooseHelp, "    Trần Thị Ngọc Hưởng – UBND tỉnh Kiên Giang"},
		KindData:   {"KHÔNG phải là tài liệu", vietnamese.dataMessage, "    Tôi đồng ý.", "15 byte · Từ đối chiếu: khế-lê-lọ-môi-khế", "    Trần Thị"},
	} {
		q := kindQuestions()[kind]
		var c Certificate
		if len(q.Certificates) > 0 {
			c = q.Certificates[0]
		}
		text := strings.Join(newView(q, time.Now()).lines(c, maxInline), "\n")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not told in\n%s", kind, want, text)
			}
		}
	}
	q := kindQuestions()[KindData]
	q.Data.Text = strings.Repeat("dòng\n", 40)
	lines := newView(q, time.Now()).lines(q.Certificates[0], maxInline)
	if n := strings.Count(strings.Join(lines, "\n"), "    dòng"); n != maxInlineData {
		t.Errorf("%d lines of a long text", n)
	}
}

func TestMultiline(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\r\nc": "a|b|c", "a\tb": "a    b", "x\u202ey\u200b": "x\uFFFDy\uFFFD", "a\u2028b": "a\uFFFDb", "\xff": "\uFFFD",
		"e\u0301\u0301\u0301\u0301": "e\u0301\u0301\u0301\uFFFD", "a b": "a b", "\n\n": "|", strings.Repeat("x", dataWidth+1): strings.Repeat("x", dataWidth) + "|x",
		"שלום": "\u2068שלום\u2069",
	} {
		if got := strings.Join(multiline(in), "|"); got != want {
			t.Errorf("%+q: %+q, want %+q", in, got, want)
		}
	}
}

// A text too long to be shown is cut before it is asked about, and that is told.
func TestLongTextIsCut(t *testing.T) {
	q := kindQuestions()[KindData]
	q.Data.Text, q.Data.Size = strings.Repeat("ắ", maxDataText), 3*maxDataText
	cut := q.bounded()
	if len(cut.Data.Text) > maxDataText || !cut.Data.Cut || q.Data.Cut {
		t.Errorf("%d bytes, cut %v", len(cut.Data.Text), cut.Data.Cut)
	}
	if text := strings.Join(newView(cut, time.Now()).dataFacts(), "\n"); !strings.Contains(text, "chỉ hiện phần đầu") || !strings.Contains(text, "192 KB") {
		t.Error(text)
	}
}

func TestWaitingLine(t *testing.T) {
	v := newView(testQuestion(), time.Now())
	for want, others := range map[string][]Waiting{
		"": nil,
		"Còn 1 yêu cầu khác đang chờ: https://xn--bcher-kva.example (2 tài liệu)": {{"https://bücher.example", 2}},
		"Còn 5 yêu cầu khác đang chờ: x, x, dòng lệnh (1 tài liệu), …":            {{"x", 0}, {"\nx\u202e", -1}, {"", 1}, {"x", 1}, {"x", 1}}, // 0: a pairing, data
		"Còn 1 yêu cầu khác đang chờ: https://a.example":                          {{"https://a.example", 0}},
	} {
		if got := v.waitingLine(others); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}

	q := testQuestion()
	q.Language = "en"
	v = newView(q, time.Now())
	for want, others := range map[string][]Waiting{
		"1 more request is waiting: https://a.example (1 document)":                  {{"https://a.example", 1}},
		"2 more requests are waiting: command line, https://a.example (3 documents)": {{"", 0}, {"https://a.example", 3}},
	} {
		if got := v.waitingLine(others); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
