package verify

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// TestReportIsDocumented: docs/report.md names every field and every code.
func TestReportIsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, v := range []any{Report{}, Signature{}, Signer{}, BestTime{}, Revocation{}, Change{}, Message{}, Timestamp{}, Missing{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			tag := typ.Field(i).Tag.Get("json")
			if name, _, _ := strings.Cut(tag, ","); name != "" && name != "-" && !strings.Contains(text, "`"+name+"`") {
				t.Errorf("docs/report.md does not name %s.%s", typ.Name(), name)
			}
		}
	}
	f, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(f, func(n ast.Node) bool {
		c, ok := n.(*ast.CompositeLit)
		if !ok || len(c.Elts) != 3 {
			return true
		}
		if lit, ok := c.Elts[0].(*ast.BasicLit); ok {
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes++
			if !strings.Contains(text, "`"+code+"`") {
				t.Errorf("docs/report.md does not name the code %s", code)
			}
		}
		return true
	})
	if codes < 30 {
		t.Errorf("only %d codes were found", codes)
	}
}
