package consent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// Bounds on shown text, in characters.
const (
	maxShownName  = 72  // one line of the window
	maxShownParty = 64  // holder, organisation, issuer
	maxShownNote  = 160 // two lines
	// Marks stacked on one letter: Vietnamese needs two. More would paint over
	// the neighbouring lines.
	maxMarks = 3
)

// shown makes text from outside fit to be shown in a line of its own: one
// line, NFC, no control or invisible characters, nothing that changes the
// writing direction of what follows, at most max characters with "…" in the
// middle (the end of a file name matters as much as its beginning).
func shown(text string, max int) string {
	// The work below is proportional to the text; a name needs no more.
	const enough = 4 << 10
	if len(text) > enough {
		text = text[:enough/2] + text[len(text)-enough/2:]
	}
	text = shorten(clean(norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD"))), max)
	if rightToLeft(text) {
		// FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE: Arabic or Hebrew
		// letters are legitimate, but must not reorder our own words.
		text = "\u2068" + text + "\u2069"
	}
	return text
}

// clean drops what cannot be seen and folds every kind of space into one.
func clean(text string) string {
	var b strings.Builder
	marks, space := 0, false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Z, r) || blank(r):
			space = true
			continue
		case unicode.Is(unicode.C, r):
			// Controls (C0, C1, escape), formats (bidi embeddings, overrides
			// and isolates, zero-width, tags), private use, surrogates.
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
			if !unicode.IsPrint(r) {
				r = '\uFFFD' // not assigned
			}
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// blank names the letters and symbols which are drawn as nothing.
func blank(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800':
		return true
	}
	return false
}

// shorten cuts the middle out of a text longer than max characters.
func shorten(text string, max int) string {
	if utf8.RuneCountInString(text) <= max {
		return text
	}
	runes := []rune(text)
	head := (max - 1) / 2
	tail := len(runes) - (max - 1 - head)
	for tail < len(runes) && unicode.Is(unicode.M, runes[tail]) {
		tail++ // a mark must not move to "…"
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}

func rightToLeft(text string) bool {
	for _, r := range text {
		p, _ := bidi.LookupRune(r)
		if c := p.Class(); c == bidi.R || c == bidi.AL {
			return true
		}
	}
	return false
}
