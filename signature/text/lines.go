package text

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Distances in ems (the height of the type).
const (
	wordGap   = 0.15 // further apart are two words
	columnGap = 2.0  // further apart are two lines
	backward  = 0.5  // overlap of letters that are still one word: kerning
	levelGap  = 0.3  // difference of baselines that are still one line
)

// maxOpen bounds the lines on one height that are not yet ended: more overlap
// each other.
const maxOpen = 64

// piece is a word, or a part of one, as the content shows it.
type piece struct {
	Word
	text      strings.Builder
	x, y      float64 // origin of the first letter
	lastX     float64 // origin of the last letter
	endY      float64 // baseline of the last letter
	size      float64
	spaced    bool // a space stands before it
	bold      bool
	hidden    bool
	turned    bool
	show      int
	lastGlyph string
}

// group makes lines of the glyphs that were shown.
func (r *reader) group() {
	var level []*piece
	shown := map[string][]*piece{}
	for _, p := range pieces(r.glyphs) {
		p.Text = norm.NFC.String(p.text.String())
		if p.repeats(shown[p.Text]) {
			continue
		}
		shown[p.Text] = append(shown[p.Text], p)
		if p.turned {
			r.out.Lines = append(r.out.Lines, Line{Text: p.Text, Words: []Word{p.Word}, Box: p.Box,
				Baseline: p.y, Size: p.size, Bold: p.bold, Hidden: p.hidden, Turned: true})
			continue
		}
		level = append(level, p)
	}
	slices.SortStableFunc(level, func(a, b *piece) int { return cmp.Compare(b.y, a.y) })
	for from := 0; from < len(level); {
		to := from + 1
		for to < len(level) && level[to-1].y-level[to].y < levelGap*math.Max(level[to-1].size, level[to].size) {
			to++
		}
		r.out.Lines = append(r.out.Lines, across(level[from:to])...)
		from = to
	}
	slices.SortStableFunc(r.out.Lines, func(a, b Line) int {
		if d := b.Baseline - a.Baseline; math.Abs(d) > 0.01 {
			return cmp.Compare(b.Baseline, a.Baseline)
		}
		return cmp.Compare(a.Box.Left, b.Box.Left)
	})
}

// repeats tells whether one of the last few pieces with the same text stands in
// the same place: bold type and shadows are imitated so.
func (p *piece) repeats(same []*piece) bool {
	const few = 16
	for i := len(same) - 1; i >= max(0, len(same)-few); i-- {
		o := same[i]
		if math.Abs(o.x-p.x) < 0.1*p.size && math.Abs(o.y-p.y) < 0.1*p.size && o.turned == p.turned && o.hidden == p.hidden {
			return true
		}
	}
	return false
}

// pieces joins glyphs that follow each other in the content without a gap.
func pieces(glyphs []glyph) []*piece {
	var out []*piece
	var last *piece
	var gap *glyph // the space shown before
	for i := range glyphs {
		g := &glyphs[i]
		blank, mark := kind(g.text)
		if blank {
			if g.text != "" {
				gap, last = g, nil
			}
			continue
		}
		if last != nil && mark && !g.turned { // a combining mark, wherever the font draws it
			last.text.WriteString(g.text)
			continue
		}
		// Content may run against the direction of reading.
		spaced := gap != nil && g.x > gap.x && math.Abs(g.y-gap.y) < levelGap*g.size
		gap = nil
		if last != nil && last.follows(g) {
			// Bold type is imitated by showing letters twice, a hair apart.
			if g.text == last.lastGlyph && math.Abs(g.x-last.lastX) < 0.1*g.size && !g.turned {
				continue
			}
		} else {
			last = &piece{x: g.x, y: g.y, size: g.size, spaced: spaced, bold: true, hidden: true, turned: g.turned, show: g.show}
			last.Box = g.box
			out = append(out, last)
		}
		last.text.WriteString(g.text)
		last.lastGlyph, last.lastX, last.endY = g.text, g.x, g.y
		last.Box = union(last.Box, g.box)
		last.size = math.Max(last.size, g.size)
		last.bold, last.hidden = last.bold && g.bold, last.hidden && g.hidden
	}
	return out
}

// follows tells whether g belongs to the word p.
func (p *piece) follows(g *glyph) bool {
	if p.turned || g.turned {
		return p.turned && g.turned && p.show == g.show
	}
	gap := g.box.Left - p.Box.Right
	return math.Abs(g.y-p.endY) < levelGap*p.size && gap < wordGap*g.size && gap > -backward*g.size &&
		math.Abs(g.size-p.size) < 0.5*p.size
}

// kind tells whether text is white space, or begins with a combining mark.
func kind(text string) (blank, mark bool) {
	blank = true
	for i, r := range text {
		blank = blank && (unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u200B' || r == '\u00AD')
		mark = mark || i == 0 && unicode.Is(unicode.Mn, r)
	}
	return blank, mark
}

// across makes lines of pieces on about one height.
func across(level []*piece) []Line {
	slices.SortStableFunc(level, func(a, b *piece) int { return cmp.Compare(a.Box.Left, b.Box.Left) })
	var done []Line
	var open [][]*piece
	for _, p := range level {
		best, bestRise := -1, math.Inf(1)
		kept := open[:0]
		for _, l := range open {
			end := l[len(l)-1]
			gap, rise := p.Box.Left-end.Box.Right, math.Abs(p.y-end.endY)
			size := math.Max(p.size, end.size)
			if gap > columnGap*math.Max(size, 100) { // pieces come from left to right: nothing joins it any more
				done = append(done, line(l))
				continue
			}
			if gap <= columnGap*size && gap > -backward*size && rise < levelGap*math.Min(p.size, end.size) && rise < bestRise {
				best, bestRise = len(kept), rise
			}
			kept = append(kept, l)
		}
		open = kept
		switch {
		case best >= 0:
			open[best] = append(open[best], p)
		default:
			if len(open) >= maxOpen {
				done = append(done, line(open[0]))
				open = slices.Delete(open, 0, 1)
			}
			open = append(open, []*piece{p})
		}
	}
	for _, l := range open {
		done = append(done, line(l))
	}
	return done
}

// line joins pieces from left to right.
func line(list []*piece) Line {
	out := Line{Box: list[0].Box, Baseline: list[0].y, Bold: true, Hidden: true}
	var words []string
	for i, p := range list {
		if i > 0 && !p.spaced && p.Box.Left-list[i-1].Box.Right < wordGap*p.size {
			last := len(words) - 1
			words[last] += p.Text
			out.Words[last] = Word{norm.NFC.String(words[last]), union(out.Words[last].Box, p.Box)}
		} else {
			words = append(words, p.Text)
			out.Words = append(out.Words, p.Word)
		}
		out.Box = union(out.Box, p.Box)
		out.Size = math.Max(out.Size, p.size)
		out.Bold, out.Hidden = out.Bold && p.bold, out.Hidden && p.hidden
	}
	out.Text = norm.NFC.String(strings.Join(words, " "))
	return out
}
