package text

import (
	"math"
	"unicode"

	"kyso/signature/pdf"
)

// glyph is one shown character code.
type glyph struct {
	text     string
	box      pdf.Rect
	x, y     float64 // of its origin
	em, size float64 // length of the em along the line, and height of the type
	bold     bool
	hidden   bool
	turned   bool
	show     int // number of the operator that shows it
}

// textOperator carries out the operators of text (ISO 32000-2, 9.3 and 9.4);
// false for any other.
func (f *frame) textOperator(op operator, args []any, n []float64) bool {
	switch op {
	case "BT":
		f.tm, f.tlm = identity, identity
	case "ET":
	case "Tf":
		if len(args) == 2 {
			name, _ := args[0].(pdf.Name)
			size, _ := args[1].(float64)
			f.font, f.size = f.load(f.fontDict.Get(name)), size
		}
	case "Td", "TD":
		if len(n) == 2 {
			if op == "TD" {
				f.leading = -n[1]
			}
			f.move(n[0], n[1])
		}
	case "Tm":
		if len(n) == 6 {
			f.tm, f.tlm = matrix(n), matrix(n)
		}
	case "T*":
		f.move(0, -f.leading)
	case "Tc", "Tw", "Tz", "TL", "Ts", "Tr":
		if len(n) == 1 {
			f.set(op, n[0])
		}
	case "Tj", "'", "\"":
		if op == "\"" && len(args) == 3 {
			word, _ := args[0].(float64)
			char, _ := args[1].(float64)
			f.wordGap, f.charSpace = word, char
		}
		if op != "Tj" {
			f.move(0, -f.leading)
		}
		if len(args) > 0 {
			if s, ok := args[len(args)-1].(pdf.String); ok {
				f.show(s)
			}
		}
	case "TJ":
		if len(args) == 0 {
			return true
		}
		list, _ := args[len(args)-1].([]any)
		for _, o := range list {
			switch o := o.(type) {
			case pdf.String:
				f.show(o)
			case float64:
				f.advance(-o / 1000 * f.size)
			}
		}
	default:
		return false
	}
	return true
}

func (f *frame) set(op operator, v float64) {
	switch op {
	case "Tc":
		f.charSpace = v
	case "Tw":
		f.wordGap = v
	case "Tz":
		f.scale = v / 100
	case "TL":
		f.leading = v
	case "Ts":
		f.rise = v
	case "Tr":
		f.render = int(math.Max(-1, math.Min(v, 8)))
	}
}

// move starts a line (9.4.2).
func (f *frame) move(x, y float64) {
	f.tlm = matrix{1, 0, 0, 1, x, y}.times(f.tlm)
	f.tm = f.tlm
}

// advance moves the pen along the line by d, unscaled.
func (f *frame) advance(d float64) {
	if f.font != nil && f.font.vertical {
		f.tm = matrix{1, 0, 0, 1, 0, d}.times(f.tm)
		return
	}
	f.tm = matrix{1, 0, 0, 1, d * f.scale, 0}.times(f.tm)
}

// show notes the glyphs of a string and moves the pen over them (9.4.4).
func (f *frame) show(s pdf.String) {
	if f.font == nil {
		// Its letters stand somewhere here, of a size nobody knows.
		f.font = f.load(nil)
	}
	fn := f.font
	for b := []byte(s); len(b) > 0; {
		code, length := fn.code(b)
		b = b[length:]
		if len(f.glyphs) >= maxGlyphs {
			f.partial("content: too many letters")
			return
		}
		w := fn.width(code)
		trm := matrix{f.size * f.scale, 0, 0, f.size, 0, f.rise}.times(f.tm).times(f.ctm)
		cell := pdf.Rect{Left: 0, Bottom: fn.descent, Right: w, Top: fn.ascent}
		if fn.vertical {
			cell = pdf.Rect{Left: -0.5, Bottom: -1, Right: 0.5, Top: 0}
		}
		text := fn.text(code)
		g := glyph{text: text, box: trm.box(cell), x: trm[4], y: trm[5], show: f.ops,
			em: math.Hypot(trm[0], trm[1]), size: math.Hypot(trm[2], trm[3]),
			bold: fn.bold || f.render == 2, hidden: f.render == 3 || f.render == 7,
			turned: fn.vertical || trm[0] <= 0 || trm[3] <= 0 || math.Abs(trm[1]) > 0.06*trm[0]}
		if sane(g.box) {
			f.keep(g)
		}
		move := w*f.size + f.charSpace
		if fn.vertical {
			move = -f.size + f.charSpace
		}
		if code == ' ' && length == 1 {
			move += f.wordGap
		}
		f.advance(move)
	}
}

// keep notes a glyph that is on the page.
func (f *frame) keep(g glyph) {
	if !g.box.Overlaps(pdf.Rect{Right: f.out.Width, Top: f.out.Height}) && g.box.Width() > 0 {
		return
	}
	blank := true
	for _, r := range g.text {
		blank = blank && unicode.IsSpace(r)
	}
	if !blank {
		f.out.Glyphs++
		if g.hidden {
			f.out.Hidden++
		}
		if g.text == unread {
			f.out.Unread++
			if f.font.old != "" {
				f.noteOld(f.font.old)
			}
		}
	}
	f.glyphs = append(f.glyphs, g)
}

func (f *frame) noteOld(name string) {
	for _, have := range f.out.OldFonts {
		if have == name {
			return
		}
	}
	if len(f.out.OldFonts) < 16 {
		f.out.OldFonts = append(f.out.OldFonts, name)
	}
}
