package main

import (
	"context"
	"strings"
	"testing"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
)

// lastTry records with which options the token was opened.
type lastTry struct {
	token.Source
	allowed []bool
}

func (l *lastTry) Open(_ context.Context, _ string, pin []byte, o token.OpenOptions) (token.Key, error) {
	clear(pin)
	l.allowed = append(l.allowed, o.AllowFinalTry)
	return nil, token.ErrPINFinalTry
}

// TestTypedPINIsNoBlankCheque: a PIN that came with the command signs what the
// command says. What the document's field adds by itself nobody was shown.
func TestTypedPINIsNoBlankCheque(t *testing.T) {
	q := signing.Question{Documents: []signing.Summary{{Name: "a"}, {Name: "b", Demanded: true, Reason: "Bán nhà"}}, Identities: []signing.Identity{{ID: "x"}}}
	typed := &typedPIN{pin: []byte("1234")}
	_, err := typed.Approve(t.Context(), q)
	if signing.Code(err) != "CONSENT_PROBLEM" || !strings.Contains((&env{language: "vi"}).explain(err), "“Bán nhà”") {
		t.Errorf("got %v", err)
	}
	q.Documents[1].Demanded = false
	if a, err := typed.Approve(t.Context(), q); err != nil || !a.Approved {
		t.Errorf("%v, %v", a, err)
	}
}

// TestReasons: each document is asked about with the reason that its signature
// will give.
func TestReasons(t *testing.T) {
	q := question(signing.Question{Documents: []signing.Summary{{Reason: "Duyệt"}, {Reason: "Duyệt. Cơ quan ký: bản giấy"}}})
	if q.Reason != "" || q.Documents[0].Reason != "Duyệt" || q.Documents[1].Reason != "Duyệt. Cơ quan ký: bản giấy" {
		t.Errorf("%+v", q)
	}
	q = question(signing.Question{Reason: "Duyệt", Documents: []signing.Summary{{Reason: "Duyệt"}, {Reason: "Duyệt"}}})
	if q.Reason != "Duyệt" || q.Documents[0].Reason != "" {
		t.Errorf("%+v", q)
	}
}

// TestLastTry: the last PIN try is used up only when the window that took the
// PIN said so, and never when the PIN came with the command.
func TestLastTry(t *testing.T) {
	source := &lastTry{}
	for _, k := range []*keys{{source: source}, {source: source, cli: true}} {
		for _, shown := range []bool{false, true} {
			if _, err := k.Open(t.Context(), "x", []byte("1234"), signing.OpenOptions{LastTryShown: shown}); err == nil {
				t.Fatal("opened")
			}
		}
	}
	want := []bool{false, true, false, false}
	for i, got := range source.allowed {
		if got != want[i] {
			t.Errorf("call %d: last try allowed %v, want %v", i, got, want[i])
		}
	}
}

func TestReadPIN(t *testing.T) {
	for in, want := range map[string]string{"1234\n": "1234", "1234\r\nrest": "1234", "1234": "1234", " 1 \n": " 1 "} {
		got, err := readPIN(strings.NewReader(in))
		if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", strings.Repeat("1", 400)} {
		if got, err := readPIN(strings.NewReader(in)); err == nil {
			t.Errorf("%.10q: %q", in, got)
		}
	}
}
