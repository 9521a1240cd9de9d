package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"time"
)

// The page is one file that opens anywhere and fetches nothing: its style is
// inside, its symbols are drawn, and its policy forbids everything else.

//go:embed report.html.tmpl
var pageSource string

//go:embed report.css
var pageStyle string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"list": func(label string, items []string) map[string]any {
		return map[string]any{"Label": label, "Items": items}
	},
}).Parse(pageSource))

// Made says who made a page and when.
type Made struct {
	Program string
	Time    time.Time
}

// HTML writes all of d as one page.
func HTML(w io.Writer, all []Document, m Made, s Style) error {
	var sum Summary
	for _, d := range all {
		sum.Add(d, s.Language)
	}
	if err := HTMLHead(w, &sum, m, s); err != nil {
		return err
	}
	for i, d := range all {
		if err := HTMLDocument(w, i+1, d, s); err != nil {
			return err
		}
	}
	return HTMLFoot(w, s)
}

// HTMLHead writes a page up to its first document: what HTML does for callers
// that do not hold all reports at once. Every document of sum follows with
// HTMLDocument, numbered from 1, and then HTMLFoot.
func HTMLHead(w io.Writer, sum *Summary, m Made, s Style) error {
	words := wordsIn(s.Language)
	title := words.Title
	if sum.Total() == 1 {
		title += ": " + sum.lines[0].File
	}
	digest := sha256.Sum256([]byte(pageStyle))
	return page.ExecuteTemplate(w, "head", map[string]any{
		"W": words, "Title": title, "Counts": sum.counts(words), "Lines": sum.lines, "CSS": template.CSS(pageStyle),
		"CSP":  "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'",
		"Made": words.madeBy + " " + strings.TrimSpace(clean(m.Program)) + ", " + moment(m.Time),
	})
}

// HTMLDocument writes the section of the document with this number.
func HTMLDocument(w io.Writer, number int, d Document, s Style) error {
	return page.ExecuteTemplate(w, "document", struct {
		*view
		Number int
	}{newView(d, s.Language), number})
}

// HTMLFoot ends a page.
func HTMLFoot(w io.Writer, s Style) error {
	return page.ExecuteTemplate(w, "foot", map[string]string{"Footer": wordsIn(s.Language).footer})
}
