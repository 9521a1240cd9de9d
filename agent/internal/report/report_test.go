package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"kyso/signature/verify"
)

// reassuring are the words that only TOTAL-PASSED may bring.
var reassuring = map[string][]string{"vi": {": HỢP LỆ"}, "en": {": VALID"}}

func TestNoReassuringWord(t *testing.T) {
	for language, words := range reassuring {
		for _, verdict := range []verify.Verdict{verify.TotalPassed, verify.TotalFailed, verify.Indeterminate} {
			r := &verify.Report{File: "a.pdf", Verdict: verdict, Signatures: []verify.Signature{{
				Field: "Sig", Kind: "signature", Verdict: verdict, Coverage: verify.CoverageWholeFile, Modification: verify.ModificationNone,
				Revocation: verify.Revocation{Status: "unknown"}, BestTime: verify.BestTime{Value: time.Unix(0, 0), Source: "validation-time"},
			}}}
			var b bytes.Buffer
			if err := Text(&b, r, language); err != nil {
				t.Fatal(err)
			}
			for _, w := range words {
				if got := strings.Contains(b.String(), w); got != (verdict == verify.TotalPassed) {
					t.Errorf("%s %s: %q is there: %v\n%s", language, verdict, w, got, &b)
				}
			}
			if !strings.Contains(b.String(), string(verdict)) {
				t.Errorf("the verdict %s is not there:\n%s", verdict, &b)
			}
		}
	}
}

// TestForeignText: names from files and certificates cannot drive a terminal.
func TestForeignText(t *testing.T) {
	r := &verify.Report{File: "a\x1b[2J\nkyso: HỢP LỆ.pdf", Verdict: verify.TotalFailed, Signatures: []verify.Signature{{
		Kind: "signature", Field: "\u202e", Verdict: verify.TotalFailed, Signer: &verify.Signer{Name: "x\r\n  TOTAL-PASSED"},
	}}}
	var b bytes.Buffer
	if err := Text(&b, r, "vi"); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\r\u202e") || strings.Contains(b.String(), "\n  TOTAL-PASSED") || strings.Contains(b.String(), "\nkyso:") {
		t.Errorf("%q", b.String())
	}
}

// TestWords: every value a report may hold has its word in both languages.
func TestWords(t *testing.T) {
	for language, w := range words {
		for _, v := range []verify.Verdict{verify.TotalPassed, verify.TotalFailed, verify.Indeterminate} {
			if w.verdicts[v] == "" {
				t.Errorf("%s: no word for %s", language, v)
			}
		}
		for _, v := range []verify.Coverage{verify.CoverageWholeFile, verify.CoverageRevision, verify.CoveragePartial, verify.CoverageNone} {
			if w.coverages[v] == "" {
				t.Errorf("%s: no word for %s", language, v)
			}
		}
		for _, v := range []verify.Modification{verify.ModificationNone, verify.ModificationAllowed, verify.ModificationNotAllowed, verify.ModificationUndetermined} {
			if w.modifications[v] == "" {
				t.Errorf("%s: no word for %s", language, v)
			}
		}
	}
}
