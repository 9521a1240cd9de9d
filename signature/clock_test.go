package signature_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// clockCalls lists the functions of package time that path uses and that ask
// the clock.
func clockCalls(t *testing.T, path string) (calls []string) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
			switch s.Sel.Name {
			case "Now", "Since", "Until", "After", "Sleep", "NewTimer", "NewTicker":
				calls = append(calls, s.Sel.Name)
			}
		}
		return true
	})
	return calls
}
