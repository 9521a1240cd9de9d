//go:build !windows

package consent

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// child asks through this test program, in the role given.
func child(t *testing.T, role string) *Child {
	t.Helper()
	t.Setenv(roleVariable, role)
	return NewChild([]string{os.Args[0]})
}

func TestBadChildIsAnErrorNotAnApproval(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	for name, role := range map[string]string{
		"crash":                     "crash",
		"crash after the answer":    "approve then crash",
		"flood":                     "flood",
		"garbage":                   "yes",
		"silence":                   " ",
		"two answers":               `{"approved":true,"certificate":"c1","pin":"MTIzNA=="}{}`,
		"certificate not offered":   `{"approved":true,"certificate":"c2","pin":"MTIzNA=="}`,
		"no PIN":                    `{"approved":true,"certificate":"c1"}`,
		"error beside an approval":  `{"approved":true,"certificate":"c1","pin":"MTIzNA==","error":"x"}`,
		"PIN that is not base64":    `{"approved":true,"certificate":"c1","pin":"12 34"}`,
		"refusal with certificates": `{"approved":false,"certificate":"c1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			a, err := child(t, role).Ask(t.Context(), testQuestion())
			if err == nil || a.Approved || a.PIN != nil {
				t.Fatalf("answer %v, error %v", a, err)
			}
			if strings.Contains(err.Error(), "MTIz") || strings.Contains(err.Error(), "12 34") {
				t.Errorf("the error quotes the PIN: %v", err)
			}
		})
	}
	if _, err := NewChild([]string{"/nonexistent/kyso", "ask"}).Ask(t.Context(), testQuestion()); err == nil {
		t.Error("a program that is not there")
	}
}

func TestGoodChild(t *testing.T) {
	a, err := child(t, `{"approved":true,"certificate":"c1","pin":"MTIzNA=="}`).Ask(t.Context(), testQuestion())
	if err != nil || !a.Approved || a.Certificate != "c1" || string(a.PIN) != "1234" {
		t.Errorf("%v, %v", a, err)
	}
	a, err = child(t, `{"approved":false}`).Ask(t.Context(), testQuestion())
	if err != nil || a.Approved {
		t.Errorf("refusal: %v, %v", a, err)
	}
}

func TestHangingChildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := child(t, "hang").Ask(ctx, testQuestion())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > childGrace+3*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestServeAskRefusesBadQuestions(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	for name, in := range map[string]string{
		"empty":         "",
		"not JSON":      "hello\n",
		"no end":        `{"site":""`,
		"unknown field": `{"site":"","headless":true}` + "\n",
		"no documents":  `{"site":""}` + "\n",
		"endless":       strings.Repeat(" ", maxQuestionBytes+10),
	} {
		var out bytes.Buffer
		if err := ServeAsk(strings.NewReader(in), &out); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if a, err := parseReply(out.Bytes()); err == nil || a.Approved {
			t.Errorf("%s: reply %q", name, out.String())
		}
	}
}

func TestAnswerSurvivesThePipeAndIsZeroed(t *testing.T) {
	pin := []byte("mật khẩu \"\\<>\x01")
	sent := Answer{Approved: true, Certificate: `id "1"`, PIN: bytes.Clone(pin)}
	var out bytes.Buffer
	if err := sendAnswer(&out, sent); err != nil {
		t.Fatal(err)
	}
	got, err := parseReply(out.Bytes())
	if err != nil || !got.Approved || got.Certificate != sent.Certificate || !bytes.Equal(got.PIN, pin) {
		t.Errorf("%+v, %v", got, err)
	}
	if !bytes.Equal(sent.PIN, make([]byte, len(pin))) {
		t.Error("the sender kept the PIN")
	}
}
