package report

import (
	"strings"
	"time"
	"unicode"
)

// maxText bounds one text taken from a document, a certificate or an error: a
// stranger must not push the verdict out of sight. Real names stay far below.
const maxText = 400

// fileName is quoted where it could be taken for a name and a verdict.
func fileName(w *text, name string) string {
	if name == "-" {
		return w.stdin
	}
	name = clean(name)
	if strings.Contains(name, ": ") {
		return quoted(name)
	}
	return name
}

// quoted puts a cleaned name in quotation marks that it cannot close itself.
func quoted(name string) string {
	return "“" + strings.NewReplacer("“", `"`, "”", `"`).Replace(name) + "”"
}

// clean makes a stranger's text safe to show: one line, no controls of a
// terminal or of writing direction, bounded.
func clean(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxText {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = '\uFFFD'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// moment is written in Vietnam's zone, which has no summer time.
func moment(t time.Time) string {
	return t.In(time.FixedZone("+07", 7*3600)).Format("02/01/2006 15:04:05 -07:00")
}

func joined(separator string, parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, separator)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
