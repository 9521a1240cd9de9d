package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kyso/agent/internal/i18n"
)

// TestEveryCodeHasBothLanguages reads the constants out of codes.go, so that a
// code added there without a row in the table is caught.
func TestEveryCodeHasBothLanguages(t *testing.T) {
	var declared []string
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok {
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, s)
		}
		return true
	})
	slices.Sort(declared)
	if !slices.Equal(declared, i18n.Codes()) {
		t.Errorf("codes.go declares %v, the table holds %v", declared, i18n.Codes())
	}
	for _, code := range declared {
		e := i18n.Lookup(code)
		if e.Code != code {
			t.Errorf("%s is looked up as %s", code, e.Code)
		}
		for _, s := range []string{e.Message.VI, e.Message.EN, e.Remedy.VI, e.Remedy.EN} {
			if !strings.HasSuffix(s, ".") || !norm.NFC.IsNormalString(s) || utf8.RuneCountInString(s) > 200 {
				t.Errorf("%s: %q is not one short NFC sentence", code, s)
			}
		}
		if e.Message.VI == e.Message.EN || e.Message.In("vi") != e.Message.VI || e.Message.In("en") != e.Message.EN {
			t.Errorf("%s: the languages are mixed up", code)
		}
	}
}

func TestUnknownCodeIsInternal(t *testing.T) {
	if e := i18n.Lookup("pkcs11: 0x30"); e.Code != i18n.Internal || e.Message.VI == "" {
		t.Errorf("got %+v", e)
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		want    string
		locales []string
	}{
		{"vi", nil}, {"vi", []string{""}}, {"vi", []string{"C"}}, {"vi", []string{"vi_VN.UTF-8"}}, {"en", []string{"en_US.UTF-8"}},
		{"en", []string{"", "C.UTF-8", "en-GB"}}, {"vi", []string{"fr_FR", "vi"}}, {"en", []string{"EN"}}, {"vi", []string{"english"}},
	} {
		if got := i18n.Language(c.locales...); got != c.want {
			t.Errorf("%q gave %s, want %s", c.locales, got, c.want)
		}
	}
}
