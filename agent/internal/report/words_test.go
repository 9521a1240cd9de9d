package report

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kyso/signature/verify"
)

// TestWords: every value a report may hold has its word in both languages.
func TestWords(t *testing.T) {
	for _, w := range []*text{&vietnamese, &english} {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.String && f.String() == "" {
				t.Errorf("%s: no word for %s", w.Lang, v.Type().Field(i).Name)
			} else if f.Kind() == reflect.String && !norm.NFC.IsNormalString(f.String()) {
				t.Errorf("%s: %q is not NFC", w.Lang, f)
			}
		}
		for _, x := range []verify.Verdict{verify.TotalPassed, verify.TotalFailed, verify.Indeterminate} {
			if w.verdicts[x] == "" || w.stampVerdicts[x] == "" {
				t.Errorf("%s: no word for %s", w.Lang, x)
			}
		}
		for _, x := range []verify.Coverage{verify.CoverageWholeFile, verify.CoverageRevision, verify.CoveragePartial, verify.CoverageNone} {
			if w.coverages[x] == "" {
				t.Errorf("%s: no word for %s", w.Lang, x)
			}
		}
		for _, x := range []verify.Modification{verify.ModificationNone, verify.ModificationAllowed, verify.ModificationNotAllowed, verify.ModificationUndetermined} {
			if w.modifications[x] == "" || w.later[x] == "" && x != verify.ModificationNone {
				t.Errorf("%s: no word for %s", w.Lang, x)
			}
		}
		for name, m := range map[string]map[string]string{
			"signature certification timestamp": w.kinds, "good revoked unknown": w.revocations, "issuer revocation": w.missing,
			"timestamp document-timestamp validation-time": w.sources, "content signature document": w.stampKinds, "passed failed unknown unread": w.counts,
		} {
			for key := range strings.FieldsSeq(name) {
				if m[key] == "" {
					t.Errorf("%s: no word for %s", w.Lang, key)
				}
			}
		}
	}
}

// TestRemedyWords: one or two calm sentences each, in both languages.
func TestRemedyWords(t *testing.T) {
	sentence := regexp.MustCompile(`^\p{Lu}.*[.]$`)
	for code, r := range byCode {
		for _, s := range []string{r.vi, r.en} {
			if !sentence.MatchString(s) || !norm.NFC.IsNormalString(s) || len([]rune(s)) > 200 {
				t.Errorf("%s: %q", code, s)
			}
		}
		if r.vi == r.en {
			t.Errorf("%s: the languages are mixed up", code)
		}
	}
}
