package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/signature/verify"
)

// The report has three forms: the Go type, and a declaration in each npm
// package. A member added, renamed, retyped or made optional in one place only
// fails here.
func TestReportDeclarationsMirrorGo(t *testing.T) {
	for _, file := range []string{"wasm/npm/src/types.ts", "webext/client/src/types.ts"} {
		t.Run(file, func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				t.Fatal(err)
			}
			d := declarations(string(source))
			for _, goType := range []reflect.Type{
				reflect.TypeFor[verify.Report](), reflect.TypeFor[verify.Signature](), reflect.TypeFor[verify.Signer](),
				reflect.TypeFor[verify.BestTime](), reflect.TypeFor[verify.Revocation](), reflect.TypeFor[verify.Change](), reflect.TypeFor[verify.Message](),
				reflect.TypeFor[verify.Timestamp](), reflect.TypeFor[verify.Missing](),
			} {
				d.compare(t, goType)
			}
			for member, words := range map[string][]string{
				"Report.verdict":         {string(verify.TotalPassed), string(verify.TotalFailed), string(verify.Indeterminate)},
				"Signature.coverage":     {string(verify.CoverageWholeFile), string(verify.CoverageRevision), string(verify.CoveragePartial), string(verify.CoverageNone)},
				"Signature.modification": {string(verify.ModificationNone), string(verify.ModificationAllowed), string(verify.ModificationUndetermined), string(verify.ModificationNotAllowed)},
			} {
				owner, name, _ := strings.Cut(member, ".")
				got := d.members(owner)[name]
				if alias, ok := d.types[got]; ok {
					got = alias
				}
				if want := `"` + strings.Join(words, `" | "`) + `"`; !sameWords(got, want) {
					t.Errorf("%s is %s in TypeScript, %s in Go", member, got, want)
				}
			}
		})
	}
}

func sameWords(a, b string) bool {
	x, y := strings.Split(a, " | "), strings.Split(b, " | ")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// declared is what a TypeScript file declares.
type declared struct {
	types      map[string]string            // type aliases
	interfaces map[string]map[string]string // member → type; optional members end in "?"
	parents    map[string]string
}

var (
	comments      = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	aliasForm     = regexp.MustCompile(`(?s)export type (\w+) =\s*\|?\s*(.*?);`)
	interfaceForm = regexp.MustCompile(`(?s)export interface (\w+)(?: extends (\w+))? \{\n(.*?)\n\}`)
	memberForm    = regexp.MustCompile(`^\s*readonly (\w+\??): (.*);$`)
)

func declarations(source string) declared {
	source = comments.ReplaceAllString(source, "")
	d := declared{map[string]string{}, map[string]map[string]string{}, map[string]string{}}
	for _, m := range aliasForm.FindAllStringSubmatch(source, -1) {
		d.types[m[1]] = strings.Join(strings.Fields(m[2]), " ")
	}
	for _, m := range interfaceForm.FindAllStringSubmatch(source, -1) {
		members := map[string]string{}
		for line := range strings.Lines(m[3]) {
			if member := memberForm.FindStringSubmatch(strings.TrimRight(line, "\n")); member != nil {
				members[member[1]] = member[2]
			}
		}
		d.interfaces[m[1]], d.parents[m[1]] = members, m[2]
	}
	return d
}

// members are those of an interface and of what it extends.
func (d declared) members(name string) map[string]string {
	all := map[string]string{}
	for ; name != ""; name = d.parents[name] {
		for member, kind := range d.interfaces[name] {
			all[member] = kind
		}
	}
	return all
}

func (d declared) compare(t *testing.T, goType reflect.Type) {
	t.Helper()
	got := d.members(goType.Name())
	if len(got) == 0 {
		return // written out where it is used; base reads it there
	}
	for member, want := range goMembers(goType) {
		kind, ok := got[member]
		if !ok {
			t.Errorf("%s.%s is missing", goType.Name(), member)
		} else if d.base(kind) != want {
			t.Errorf("%s.%s is %s, want %s", goType.Name(), member, kind, want)
		}
		delete(got, member)
	}
	for member := range got {
		t.Errorf("%s.%s is not in Go, or not optional alike", goType.Name(), member)
	}
}

// base reduces a TypeScript type to what JSON holds: words are strings.
func (d declared) base(kind string) string {
	// A client may meet an older agent, so it may allow for null lists.
	kind = strings.TrimSuffix(kind, " | null")
	switch {
	case strings.HasPrefix(kind, `"`):
		return "string"
	case strings.HasPrefix(kind, "{ readonly value: string; readonly source: "):
		return "BestTime"
	}
	if alias, ok := d.types[kind]; ok {
		return d.base(alias)
	}
	return kind
}

// goMembers are the JSON members of a struct: name, with "?" where it may be
// left out, and TypeScript type.
func goMembers(goType reflect.Type) map[string]string {
	all := map[string]string{}
	for i := range goType.NumField() {
		f := goType.Field(i)
		if f.Anonymous {
			for name, kind := range goMembers(f.Type) {
				all[name] = kind
			}
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue // for callers in Go alone
		}
		if option == "omitempty" {
			name += "?"
		}
		all[name] = tsType(f.Type)
	}
	return all
}

func tsType(goType reflect.Type) string {
	switch {
	case goType == reflect.TypeFor[time.Time]():
		return "string"
	case goType.Kind() == reflect.Pointer:
		return tsType(goType.Elem())
	case goType.Kind() == reflect.Slice:
		return "readonly " + tsType(goType.Elem()) + "[]"
	case goType.Kind() == reflect.Struct:
		return goType.Name()
	case goType.Kind() == reflect.Bool:
		return "boolean"
	case goType.Kind() == reflect.String:
		return "string"
	}
	return "number"
}
