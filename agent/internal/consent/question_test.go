package consent

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestQuestionThatCannotBeShown(t *testing.T) {
	for name, spoil := range map[string]func(*Question){
		"site":                  func(q *Question) { q.Site = "null" },
		"no documents":          func(q *Question) { q.Documents = nil },
		"too many documents":    func(q *Question) { q.Documents = make([]Document, maxDocuments+1) },
		"digest missing":        func(q *Question) { q.Documents[1].SHA256 = "" },
		"digest too short":      func(q *Question) { q.Documents[0].SHA256 = "abcd" },
		"negative size":         func(q *Question) { q.Documents[0].Size = -1 },
		"no certificates":       func(q *Question) { q.Certificates = nil },
		"too many certificates": func(q *Question) { q.Certificates = make([]Certificate, maxCertificates+1) },
		"empty identifier":      func(q *Question) { q.Certificates[0].ID = "" },
		"identifier twice":      func(q *Question) { q.Certificates = append(q.Certificates, q.Certificates[0]) },
		"unknown PIN state":     func(q *Question) { q.Certificates[0].PINState = "fine" },
	} {
		q := testQuestion()
		spoil(&q)
		if err := q.check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	q := testQuestion()
	if err := q.check(); err != nil {
		t.Errorf("a good question: %v", err)
	}
	q.Certificates[0].PINState = PINLocked
	if err := q.check(); !errors.Is(err, ErrNoUsableCertificate) {
		t.Errorf("only a locked token: %v, want ErrNoUsableCertificate", err)
	}
}

func TestAnswerMustFitTheQuestion(t *testing.T) {
	q := testQuestion()
	q.Certificates = append(q.Certificates,
		Certificate{ID: "pad", PINPad: true}, Certificate{ID: "locked", PINState: PINLocked})
	pin := []byte("1234")
	for _, row := range []struct {
		name   string
		answer Answer
		good   bool
	}{
		{"refused", Answer{}, true},
		{"approved", Answer{Approved: true, Certificate: "c1", PIN: pin}, true},
		{"PIN pad", Answer{Approved: true, Certificate: "pad", PIN: nil}, true},
		{"another certificate", Answer{Approved: true, Certificate: "c2", PIN: pin}, false},
		{"no certificate", Answer{Approved: true, Certificate: "", PIN: pin}, false},
		{"locked", Answer{Approved: true, Certificate: "locked", PIN: pin}, false},
		{"PIN missing", Answer{Approved: true, Certificate: "c1", PIN: nil}, false},
		{"PIN for a pad", Answer{Approved: true, Certificate: "pad", PIN: pin}, false},
		{"PIN too long", Answer{Approved: true, Certificate: "c1", PIN: make([]byte, maxPINLength+1)}, false},
		{"refused with a PIN", Answer{Approved: false, Certificate: "", PIN: pin}, false},
	} {
		if err := q.checkAnswer(row.answer); (err == nil) != row.good {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestAnswerPrintsNoPIN(t *testing.T) {
	a := Answer{Approved: true, Certificate: "c1", PIN: []byte("73915")}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(format, a) + fmt.Sprintf(format, &a)
		if strings.Contains(text, "73915") || strings.Contains(text, "55 51 57") || strings.Contains(text, "0x37") {
			t.Errorf("%s prints the PIN: %s", format, text)
		}
	}
}
