package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// TestHelpIsInBothLanguages finds help that was written in one, or whose halves
// cannot be told apart.
func TestHelpIsInBothLanguages(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Vars{"version": "x"})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what, help string) {
		if strings.Count(help, " / ") != 1 {
			t.Errorf("%s: %q is not “tiếng Việt / English”", what, help)
		}
	}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		if n.Parent != nil {
			check(n.Path(), n.Help)
		}
		for _, f := range n.Flags {
			if f != parser.Model.HelpFlag {
				check(n.Path()+" --"+f.Name, f.Help)
			}
		}
		for _, p := range n.Positional {
			check(n.Path()+" "+p.Name, p.Help)
		}
		for _, c := range n.Children {
			walk(c)
		}
	}
	walk(parser.Model.Node)
}

// call runs a command line that needs no files.
func call(locale string, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(context.Background(), args, streams{strings.NewReader(""), &o, &e}, func(name string) string {
		if name == "LANG" {
			return locale
		}
		return ""
	})
	return code, o.String(), e.String()
}

func TestHelpIsShownInOneLanguage(t *testing.T) {
	for _, c := range []struct {
		locale    string
		args      []string
		has, lack string
	}{
		{"C.UTF-8", []string{"sign", "--help"}, "Tùy chọn:", "Flags:"},
		{"C.UTF-8", []string{"sign", "--help", "--lang", "en"}, "Sign PDF files", "Ký số"},
		{"en_US.UTF-8", []string{"--help"}, "Verify the signatures", "Kiểm tra"},
		{"en_US.UTF-8", []string{"--lang=vi", "--help"}, "Kiểm tra chữ ký", "Verify the signatures"},
	} {
		code, out, _ := call(c.locale, c.args...)
		if code != 0 || !strings.Contains(out, c.has) || strings.Contains(out, c.lack) {
			t.Errorf("%s %q gave %d and %s", c.locale, c.args, code, out)
		}
		for line := range strings.Lines(out) {
			if utf8.RuneCountInString(strings.TrimRight(line, "\n")) > 80 {
				t.Errorf("%q: more than 80 columns: %s", c.args, line)
			}
		}
	}
}

func TestMistakesAreToldInOneLanguage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"sign"}, "kyso: Lệnh chưa đúng: thiếu --key=URI. Xem kyso sign --help.\n"},
		{[]string{"--lang", "en", "sign"}, "kyso: The command was not understood: missing flags: --key=URI. See kyso sign --help.\n"},
		{[]string{"sign", "--keyy", "x"}, "kyso: Lệnh chưa đúng: không có tùy chọn --keyy (có phải là \"--key\"?). Xem kyso sign --help.\n"},
		{[]string{"sgn"}, "kyso: Lệnh chưa đúng: không hiểu “sgn” (có phải là \"sign\"?). Xem kyso --help.\n"},
		{[]string{"sign", "--key", "p12:x", "--level", "LT", "a", "b"}, "kyso: Lệnh chưa đúng: --level phải là một trong \"B-B\",\"B-T\",\"B-LT\",\"B-LTA\"; đã nhận “LT”. Xem kyso sign --help.\n"},
		{[]string{"stamp", "preview", "--dpi", "x", "a.png"}, "kyso: Lệnh chưa đúng: --dpi phải là một số; đã nhận “x”. Xem kyso stamp preview --help.\n"},
		{[]string{"sign", "--key"}, "kyso: Lệnh chưa đúng: --key thiếu giá trị. Xem kyso sign --help.\n"},
		{[]string{"verify"}, "kyso: Lệnh chưa đúng: thiếu \"<file> ...\". Xem kyso verify --help.\n"},
	} {
		code, _, said := call("", c.args...)
		if code != exitUsage || said != c.want {
			t.Errorf("%q gave %d and %q, want %q", c.args, code, said, c.want)
		}
	}
}

// TestUsageErrors are what the parser cannot find.
func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--key", "a.p12", "a.pdf", "b.pdf"}, "kyso token list"},
		{[]string{"--key", "p12:x", "--number", "1", "a.pdf", "b.pdf"}, "--profile"},
		{[]string{"--key", "p12:x", "--profile", "attachment", "a.pdf", "b.pdf"}, "--number 127/STN-VP"},
		{[]string{"--key", "p12:x", "--profile", "personal", "a.pdf", "b.pdf"}, "--image"},
		{[]string{"--key", "p12:x", "--profile", "copy", "--at", "1,2", "a.pdf", "b.pdf"}, "--at"},
	} {
		code, _, said := call("vi", append([]string{"sign"}, c.args...)...)
		if code != exitUsage || !strings.Contains(said, c.want) || strings.Count(said, "\n") != 1 {
			t.Errorf("%q gave %d and %q, want %q", c.args, code, said, c.want)
		}
	}
}
