package placement

import (
	"math"
	"slices"
	"strings"

	"kyso/signature/pdf"
	"kyso/signature/text"
)

// Measures of a signature block, in points.
const (
	// minGap is the least height that an image of a signature can be read in.
	minGap = 12 * Millimetre
	// maxGap: office and name further apart do not belong together.
	maxGap = 90 * Millimetre
	// centred is how far the middles of office and name may differ when both
	// are centred in the same column, and loose when spaces were typed.
	centred = 4 * Millimetre
	loose   = 14 * Millimetre
	// maxNoteLines: the hint of the forms of Decree 30/2020 is a long sentence.
	maxNoteLines = 3
	// maxOfficeLines: authority, two offices, each on two lines.
	maxOfficeLines = 6
)

// Bounds on one page: a table over a full page has some thousand cells, and a
// page of signatures some dozen blocks.
const (
	maxLines  = 6_000
	maxBlocks = 100
)

// blocks finds the signature blocks of a page. signer may be empty.
func (s *sheet) blocks(signer string) []Block {
	if s.scanned() {
		return nil
	}
	if len(s.text.Lines) > maxLines {
		s.text.Partial = "too many lines"
		return nil
	}
	var lines []text.Line
	for _, l := range s.text.Lines {
		if !l.Turned && !l.Hidden && l.Text != "" {
			lines = append(lines, l)
		}
	}
	var out []Block
	for i, l := range lines {
		names := properName(l.Text)
		if names == nil || isOffice(l.Text) || len(out) >= maxBlocks {
			continue
		}
		named := signer != "" && sameName(l.Text, signer)
		office, notes := above(lines[:i], l, named)
		if office == nil {
			continue
		}
		last := office[len(office)-1]
		b := Block{Page: s.number, Name: l.Text, Named: named, unusual: !slices.ContainsFunc(office, func(o text.Line) bool { return isOffice(o.Text) }), surname: surnames[lowerFirst(names)],
			offCentre: math.Abs(middle(last.Box) - middle(l.Box))}
		for _, o := range office {
			b.Office = append(b.Office, o.Text)
		}
		for _, n := range notes {
			b.copied = b.copied || isCopied(n.Text)
		}
		s.room(&b, last.Box, l.Box)
		out = append(out, b)
	}
	part(out)
	return out
}

// part keeps the rooms of blocks side by side out of each other.
func part(blocks []Block) {
	if len(blocks) > maxSigners {
		return
	}
	for i := range blocks {
		for k := range blocks {
			a, b := &blocks[i].Room, blocks[k].Gap
			if i == k || a.Height() <= 0 || b.Bottom >= a.Top || b.Top <= a.Bottom {
				continue
			}
			half := math.Min(a.Width()/2, math.Max(math.Abs(middle(*a)-middle(b))/2-apart, minGap))
			axis := middle(*a)
			a.Left, a.Right = axis-half, axis+half
		}
	}
}

// maxSigners is more than sign side by side.
const maxSigners = 50

func middle(r pdf.Rect) float64 { return (r.Left + r.Right) / 2 }

// above finds the lines of office over a name, from top to bottom: the nearest
// text above it in its column, but for notes. lines are from top to bottom. Over
// the signer's own name any title in capitals counts, as "NGƯỜI LẬP BIỂU", and
// an office in small letters.
func above(lines []text.Line, name text.Line, own bool) (office, notes []text.Line) {
	at := len(lines) - 1
	next := func() *text.Line {
		for ; at >= 0; at-- {
			l := &lines[at]
			shared := math.Min(l.Box.Right, name.Box.Right) - math.Max(l.Box.Left, name.Box.Left)
			if l.Baseline > name.Baseline+1 && shared > 0.2*math.Min(l.Box.Width(), name.Box.Width()) {
				at--
				return l
			}
		}
		return nil
	}
	// note gives the lines from l upwards that are one note, and nil when they
	// are none: a bracket that ends on l may begin above.
	note := func(l *text.Line) (lines []text.Line) {
		was, whole := at, ""
		for ; l != nil && len(lines) < maxNoteLines; l = next() {
			lines, whole = append(lines, *l), l.Text+" "+whole
			if isNote(whole) {
				return lines
			}
			if !strings.HasSuffix(strings.TrimSpace(whole), ")") || strings.Contains(l.Text, "(") {
				break
			}
		}
		at = was
		return nil
	}
	l := next()
	for l != nil && len(notes) < 4 {
		lines := note(l)
		if lines == nil {
			break
		}
		notes = append(notes, lines...)
		l = next()
	}
	if l == nil || l.Baseline-name.Baseline > maxGap || math.Abs(middle(l.Box)-middle(name.Box)) > loose {
		return nil, nil
	}
	found := own
	for l != nil && len(office) < maxOfficeLines {
		if k := len(office); k > 0 {
			below := office[k-1]
			if l.Baseline-below.Baseline > 2.2*math.Max(l.Size, below.Size) || math.Abs(middle(l.Box)-middle(below.Box)) > 2*loose {
				break
			}
		}
		if len(l.Text) > maxLine || !capitals(l.Text) && !acts(l.Text) && !(own && smallOffice(l.Text)) || isRecipients(l.Text) {
			break
		}
		found = found || isOffice(l.Text)
		office = append(office, *l)
		l = next()
	}
	if !found {
		return nil, nil
	}
	for i, k := 0, len(office)-1; i < k; i, k = i+1, k-1 {
		office[i], office[k] = office[k], office[i]
	}
	return office, notes
}

// recipients tells where the list of recipients stands, seen from b.
func (s *sheet) recipients(b *Block) Recipients {
	best := NoRecipients
	for _, l := range s.text.Lines {
		if !isRecipients(l.Text) {
			continue
		}
		best = max(best, RecipientsNear)
		// The list begins level with the office, or a little higher or lower.
		if l.Box.Left < middle(b.Gap) && l.Baseline < b.Gap.Top+35*Millimetre && l.Baseline > b.Gap.Bottom-10*Millimetre {
			return RecipientsBeside
		}
	}
	return best
}

// nameless is a line of office beside the list of recipients, where a block
// begins that has no name.
func (s *sheet) nameless() string {
	for _, r := range s.text.Lines {
		if !isRecipients(r.Text) {
			continue
		}
		for _, l := range s.text.Lines {
			if l.Box.Left > r.Box.Right && math.Abs(l.Baseline-r.Baseline) < 20*Millimetre && isOffice(l.Text) {
				return l.Text
			}
		}
	}
	return ""
}
