package consent

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// check tells whether the question can be shown as it is.
func (q Question) check() error {
	if _, err := parseSite(q.Site); err != nil {
		return err
	}
	if q.Kind != KindSign && len(q.Documents)+len(q.LeftOut) > 0 || q.Kind != KindData && q.Data != nil || q.Kind != KindPair && len(q.Code) > 0 {
		return fmt.Errorf("question: what another kind than %q asks about", q.Kind)
	}
	switch q.Kind {
	case KindSign:
		if err := q.checkDocuments(); err != nil {
			return err
		}
	case KindData:
		if err := q.Data.check(); err != nil {
			return err
		}
	case KindPair:
		if n := len(q.Code); n < minCode || n > maxCode || q.Site == "" || len(q.Certificates) > 0 || q.AskPIN {
			return errors.New("question: a pairing has a site, a code, and nothing to sign with")
		}
		return nil
	case KindChoose:
		if q.Site == "" || q.AskPIN {
			return errors.New("question: a choice has a site and no PIN")
		}
	default:
		return fmt.Errorf("question: unknown kind %q", q.Kind)
	}
	return q.checkCertificates()
}

func (q Question) checkDocuments() error {
	if n := len(q.Documents); n == 0 || n+len(q.LeftOut) > maxDocuments {
		return fmt.Errorf("question: %d documents and %d left out; want 1 to %d", n, len(q.LeftOut), maxDocuments)
	}
	switch q.Level {
	case "", "B-B", "B-T", "B-LT", "B-LTA":
	default:
		return fmt.Errorf("question: unknown level %q", q.Level)
	}
	for i, d := range q.Documents {
		if !isDigest(d.SHA256) {
			return fmt.Errorf("question: document %d: the SHA-256 is not 64 hex digits", i+1)
		}
		if d.Size < 0 || d.Pages < 0 || d.Signatures < 0 {
			return fmt.Errorf("question: document %d: negative size or count", i+1)
		}
	}
	return nil
}

func isDigest(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == 32
}

func (d *Data) check() error {
	if d != nil && d.Purpose == PurposeHash {
		return d.checkHash()
	}
	if d == nil || !isDigest(d.SHA256) || d.Size < 0 || d.Hash != "" || d.Function != "" {
		return errors.New("question: data without a size and a SHA-256 of 64 hex digits")
	}
	switch d.Purpose {
	case PurposeMessage, PurposeLogin, PurposeJSON:
		return nil
	}
	return fmt.Errorf("question: unknown purpose %q", d.Purpose)
}

// checkHash: the whole digest is there to be shown, and no text beside it.
func (d *Data) checkHash() error {
	sum, err := hex.DecodeString(d.Hash)
	bytes := map[string]int{"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}[d.Function]
	if err != nil || bytes == 0 || len(sum) != bytes || int64(bytes) != d.Size || d.Text != "" || d.Cut {
		return errors.New("question: a hash that is not its function's")
	}
	if bytes == 32 && d.SHA256 != d.Hash || bytes != 32 && d.SHA256 != "" {
		return errors.New("question: a hash whose SHA-256 is another")
	}
	return nil
}

// bounded is the question with its text cut to what is shown.
func (q Question) bounded() Question {
	if q.Data != nil && len(q.Data.Text) > maxDataText {
		cut := *q.Data
		cut.Text, cut.Cut = strings.ToValidUTF8(cut.Text[:maxDataText], ""), true
		q.Data = &cut
	}
	return q
}

func (q Question) checkCertificates() error {
	if n := len(q.Certificates); n == 0 || n > maxCertificates {
		return fmt.Errorf("question: %d certificates; want 1 to %d", n, maxCertificates)
	}
	seen := make(map[string]bool)
	for i, c := range q.Certificates {
		if c.ID == "" || len(c.ID) > maxIDLength || seen[c.ID] {
			return fmt.Errorf("question: certificate %d: identifier empty, too long or used twice", i+1)
		}
		seen[c.ID] = true
		switch c.PINState {
		case PINFine, PINLow, PINFinal, PINLocked:
		default:
			return fmt.Errorf("question: certificate %d: unknown PIN state %q", i+1, c.PINState)
		}
	}
	if len(q.usable()) == 0 {
		return ErrNoUsableCertificate
	}
	return nil
}

// usable lists the certificates a person may choose.
func (q Question) usable() []Certificate {
	var usable []Certificate
	for _, c := range q.Certificates {
		// Being told of needs no PIN.
		if c.PINState != PINLocked || q.Kind == KindChoose {
			usable = append(usable, c)
		}
	}
	return usable
}

// needsPIN tells whether a PIN must be typed here to use c.
func (q Question) needsPIN(c Certificate) bool { return q.AskPIN && !c.PINPad }

// checkAnswer tells whether a is an answer to q at all: the certificate was
// offered and is usable, and there is a PIN exactly when one was asked for.
func (q Question) checkAnswer(a Answer) error {
	if !a.Approved {
		if a.Certificate != "" || len(a.PIN) != 0 || a.Remember {
			return errors.New("answer: refused, yet with a certificate or a PIN")
		}
		return nil
	}
	if a.Remember && q.Kind != KindChoose {
		return errors.New("answer: remembers what is asked each time")
	}
	if q.Kind == KindPair {
		if a.Certificate != "" || len(a.PIN) != 0 {
			return errors.New("answer: a certificate or a PIN for a pairing")
		}
		return nil
	}
	for _, c := range q.usable() {
		if c.ID != a.Certificate {
			continue
		}
		if len(a.PIN) > maxPINLength {
			return errors.New("answer: the PIN is too long")
		}
		if q.needsPIN(c) != (len(a.PIN) > 0) {
			return errors.New("answer: PIN missing, or given without being asked for")
		}
		return nil
	}
	return errors.New("answer: names a certificate that was not offered")
}
