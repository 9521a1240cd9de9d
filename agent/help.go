package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"kyso/agent/internal/i18n"
)

// languageOf is the language that a command line or the locale asks for. The
// parser cannot say: help and mistakes end it before it has read everything.
func languageOf(args []string, getenv func(string) string) string {
	for i, a := range args {
		value, named := strings.CutPrefix(a, "--lang=")
		if a == "--" {
			break
		}
		if a == "--lang" && i+1 < len(args) {
			value, named = args[i+1], true
		}
		if named && (value == "vi" || value == "en") {
			return value
		}
	}
	return i18n.Language(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
}

// oneLanguage leaves of each "tiếng Việt / English" in the help the half that is
// asked for: both do not fit 80 columns.
func oneLanguage(model *kong.Application, language string) {
	half := func(s *string) {
		vi, en, ok := strings.Cut(*s, " / ")
		if ok {
			*s = i18n.Text{VI: vi, EN: en}.In(language)
		}
	}
	var node func(n *kong.Node)
	node = func(n *kong.Node) {
		half(&n.Help)
		for _, f := range n.Flags {
			half(&f.Help)
		}
		for _, p := range n.Positional {
			half(&p.Help)
		}
		for _, c := range n.Children {
			node(c)
		}
	}
	node(model.Node)
	model.HelpFlag.Help = i18n.Text{VI: "Hiện hướng dẫn này.", EN: "Show this help."}.In(language)
}

// headings are the parser's own words in the help.
var headings = strings.NewReplacer(
	"\nArguments:\n", "\nĐối số:\n", "\nFlags:\n", "\nTùy chọn:\n", "\nCommands:\n", "\nLệnh:\n",
	"[flags]", "[tùy chọn]", `Run "kyso <command> --help" for more information on a command.`, "Chạy “kyso <lệnh> --help” để xem hướng dẫn của từng lệnh.")

// helpPrinter prints the help in one language.
func helpPrinter(language string) kong.HelpPrinter {
	return func(o kong.HelpOptions, ctx *kong.Context) error {
		if language == "en" {
			return kong.DefaultHelpPrinter(o, ctx)
		}
		out := ctx.Stdout
		var b bytes.Buffer
		ctx.Stdout = &b
		err := kong.DefaultHelpPrinter(o, ctx)
		ctx.Stdout = out
		if err != nil {
			return err
		}
		text := headings.Replace(b.String())
		if rest, ok := strings.CutPrefix(text, "Usage: "); ok {
			text = "Cách dùng: " + rest
		}
		_, err = io.WriteString(out, text)
		return err
	}
}

// mistakes are what the parser says of a command line, in Vietnamese.
var mistakes = []struct {
	said *regexp.Regexp
	vi   string
}{
	{regexp.MustCompile(`^missing flags: (.*)$`), "thiếu $1"},
	{regexp.MustCompile(`^unknown flag ([^,]*), did you mean (one of )?(.*)\?$`), "không có tùy chọn $1 (có phải là $3?)"},
	{regexp.MustCompile(`^unknown flag (.*)$`), "không có tùy chọn $1"},
	{regexp.MustCompile(`^unexpected argument ([^,]*), did you mean (one of )?(.*)\?$`), "không hiểu “$1” (có phải là $3?)"},
	{regexp.MustCompile(`^unexpected argument (.*)$`), "không hiểu “$1”"},
	{regexp.MustCompile(`^(\S+) must be one of (.*?)(?:,"")? but got "(.*)"$`), "$1 phải là một trong $2; đã nhận “$3”"},
	{regexp.MustCompile(`^(\S+): expected an? (?:int|float) but got "(.*)" .*$`), "$1 phải là một số; đã nhận “$2”"},
	{regexp.MustCompile(`^(\S+): expected string value but got "EOL" .*$`), "$1 thiếu giá trị"},
	{regexp.MustCompile(`^expected one of (.*)$`), "thiếu lệnh; cần một trong $1"},
	{regexp.MustCompile(`^expected (.*)$`), "thiếu $1"},
}

// misunderstood says what the parser did not understand, and where to read on.
func misunderstood(err error) i18n.Text {
	command := "kyso"
	var at *kong.ParseError
	if errors.As(err, &at) && at.Context != nil {
		if n := at.Context.Selected(); n != nil {
			command = "kyso " + n.Path()
			command = strings.TrimPrefix(command, "kyso kyso ")
		}
	}
	en := strings.Replace(visible(err.Error()), `,"" but`, " but", 1)
	vi := en
	for _, m := range mistakes {
		if m.said.MatchString(en) {
			vi = m.said.ReplaceAllString(en, m.vi)
			break
		}
	}
	return i18n.Text{VI: fmt.Sprintf("Lệnh chưa đúng: %s. Xem %s --help.", vi, command),
		EN: fmt.Sprintf("The command was not understood: %s. See %s --help.", en, command)}
}
