package verify

import (
	"bytes"

	"kyso/signature/pdf"
)

// maxAppearance bounds a decoded appearance: some hundred bytes are common.
const maxAppearance = 1 << 20

// maxFaces bounds the fonts of one appearance; one is common.
const maxFaces = 16

// drawn is what an appearance shows.
type drawn struct {
	ok     bool // it was read, and shows its text and nothing else
	text   string
	filled bool // with a background
}

// isMark tells whether a button's appearance draws a mark: paths, and symbols
// of ZapfDingbats; no other text, no images.
func (d *difference) isMark(s *pdf.Stream) bool {
	v := d.new
	res, err := v.Dict(s.Get("Resources"))
	if err != nil {
		return false
	}
	fonts, err := v.Dict(res.Get("Font"))
	if err != nil || res.Get("XObject") != nil || res.Get("Pattern") != nil || res.Get("Shading") != nil {
		return false
	}
	if fonts != nil {
		for _, e := range fonts.Entries {
			f, err := v.Dict(e.Value)
			if err != nil || !f.Is("BaseFont", "ZapfDingbats") || f.Get("FontDescriptor") != nil || f.Get("Encoding") != nil {
				return false
			}
		}
	}
	content, err := d.content(v, s)
	if err != nil {
		return false
	}
	shown := 0
	err = pdf.EachOperator(bytes.NewReader(content), int64(len(content)), func(op string, args []pdf.Object) bool {
		switch op {
		case "Do", "sh", "gs", "scn", "SCN", "'", "\"", "TJ", "Tr":
			return false
		case "Tj":
			t, ok := first(args).(pdf.String)
			shown += len(t)
			return ok && shown <= 1
		}
		return true
	})
	return err == nil
}

//go:noinline
func first(args []pdf.Object) pdf.Object {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

// canvas is the state while an appearance is read.
type canvas struct {
	d   *difference
	s   *pdf.Stream
	ref pdf.Ref // of w
	w   *pdf.Dict
	// faces are the fonts looked up so far, by name.
	faces map[pdf.Name]*typeface
	out   drawn
	box   rect  // what is visible
	rect  *rect // the path, when it is one rectangle

	gstate
	stack []gstate

	inText     bool
	x, y       float64 // of the line
	pen        float64 // from x
	shown      bool
	lastX      float64 // where the text shown last ended
	lastY      float64
	text       []byte
	background float64 // luminance behind the text
}

type gstate struct {
	clip              *rect
	ink               float64 // luminance of text and fills
	font              *typeface
	size, lead        float64
	charSpace, wordSp float64
	scale             float64
}

// readAppearance reads the text that an appearance shows, when that is all it
// shows: on one background and within one frame, in the order in which a person
// reads it, of a visible size and colour, inside the box, in fonts whose glyphs
// are known. What an attacker could use to show something else, and what is not
// understood, is not read.
func (d *difference) readAppearance(s *pdf.Stream, ref pdf.Ref, w *pdf.Dict) drawn {
	box, _, ok := formBox(d.new, s)
	for _, e := range s.Dict.Entries {
		switch e.Key {
		case "Type", "Subtype", "FormType", "BBox", "Matrix", "Resources", "Length", "Filter", "DecodeParms", "Name", "StructParents", "StructParent", "LastModified":
		default: // layers, references to other files, and what is not known
			return drawn{}
		}
	}
	if m := s.Get("Matrix"); !ok || m != nil && !pdf.Equal(m, pdf.Array{int64(1), int64(0), int64(0), int64(1), int64(0), int64(0)}) {
		return drawn{}
	}
	content, err := d.content(d.new, s)
	if err != nil {
		return drawn{}
	}
	c := &canvas{d: d, s: s, ref: ref, w: w, faces: map[pdf.Name]*typeface{}, box: box, background: 1, gstate: gstate{scale: 1}}
	err = pdf.EachOperator(bytes.NewReader(content), int64(len(content)), c.operator)
	if err != nil || c.inText {
		return drawn{}
	}
	c.out.ok, c.out.text = true, pdf.String(c.text).Text()
	return c.out
}

// operator executes one operator; false for what is not understood.
func (c *canvas) operator(op string, args []pdf.Object) bool {
	switch op {
	case "BMC", "BDC":
		return first(args) != pdf.Name("OC") // layers may be hidden
	case "EMC", "MP", "i", "ri", "J", "j", "M", "d", "w":
		return op != "w" || c.thin(args)
	case "q":
		c.stack = append(c.stack, c.gstate)
		return !c.inText && len(c.stack) < 16
	case "Q":
		if c.inText || len(c.stack) == 0 {
			return false
		}
		c.gstate, c.stack = c.stack[len(c.stack)-1], c.stack[:len(c.stack)-1]
		return true
	case "g", "rg", "k":
		c.ink = luminance(args)
		return len(args) == map[string]int{"g": 1, "rg": 3, "k": 4}[op]
	case "G", "RG", "K":
		return true
	}
	if c.inText {
		return c.textOperator(op, args)
	}
	n, ok := floats(args)
	switch op {
	case "BT":
		c.inText, c.x, c.y, c.pen = true, 0, 0, 0
		return c.rect == nil
	case "Tf", "Tc", "Tw", "Tz", "TL", "Tr", "Ts":
		return c.textOperator(op, args)
	case "re":
		if !ok || len(n) != 4 || c.rect != nil {
			return false
		}
		x, y := n[0]+n[2], n[1]+n[3]
		c.rect = &rect{min(n[0], x), min(n[1], y), max(n[0], x), max(n[1], y)}
		return true
	case "W", "W*":
		if c.rect == nil || c.clip != nil {
			return false
		}
		c.clip = c.rect
		return true
	case "n":
		c.rect = nil
		return true
	case "f", "F", "f*":
		// A background, and no stroke of a letter: as large as the box.
		if c.rect == nil || c.shown || c.rect.overlap(c.box) < 0.8*c.box.area() {
			return false
		}
		c.out.filled, c.background, c.rect = true, c.ink, nil
		return true
	case "s", "S":
		// A frame around the text.
		if c.rect == nil || c.rect.width() < 0.8*c.box.width() || c.rect.height() < 0.8*c.box.height() {
			return false
		}
		c.rect = nil
		return true
	}
	return false
}

// thin tells whether a line is no wider than a frame's.
func (c *canvas) thin(args []pdf.Object) bool {
	n, ok := floats(args)
	return ok && len(n) == 1 && n[0] >= 0 && n[0] <= 3
}

func (c *canvas) textOperator(op string, args []pdf.Object) bool {
	n, ok := floats(args)
	one := ok && len(n) == 1
	switch op {
	case "ET":
		c.inText = false
		return true
	case "Tf":
		name, isName := first(args).(pdf.Name)
		if len(args) != 2 || !isName {
			return false
		}
		size, ok := pdf.Float(args[1])
		if !ok || size < smallest || size > 144 {
			return false
		}
		face, known := c.faces[name]
		if !known {
			face = c.d.typeface(c.s, c.ref, c.w, name)
			c.faces[name] = face
		}
		c.size, c.font = size, face
		return c.font != nil && len(c.faces) <= maxFaces
	case "Tc":
		c.charSpace = 0
		if one {
			c.charSpace = n[0]
		}
		// Comb fields set their characters apart.
		return one && n[0] >= -0.5 && n[0] <= 200
	case "Tw":
		if one {
			c.wordSp = n[0]
		}
		return one && n[0] >= -1 && n[0] <= 200
	case "Tz":
		if one {
			c.scale = n[0] / 100
		}
		return one && n[0] >= 50 && n[0] <= 200
	case "TL":
		if one {
			c.lead = n[0]
		}
		return one
	case "Tr", "Ts":
		return one && n[0] == 0
	case "Td", "TD":
		if !ok || len(n) != 2 {
			return false
		}
		if op == "TD" {
			c.lead = -n[1]
		}
		c.x, c.y, c.pen = c.x+n[0], c.y+n[1], 0
		return true
	case "Tm":
		if !ok || len(n) != 6 || n[0] != 1 || n[1] != 0 || n[2] != 0 || n[3] != 1 {
			return false
		}
		c.x, c.y, c.pen = n[4], n[5], 0
		return true
	case "T*":
		c.y, c.pen = c.y-c.lead, 0
		return len(args) == 0
	case "Tj", "'":
		if op == "'" {
			c.y, c.pen = c.y-c.lead, 0
		}
		t, isText := first(args).(pdf.String)
		return isText && len(args) == 1 && c.show(t)
	case "TJ":
		a, isArray := first(args).(pdf.Array)
		if !isArray || len(args) != 1 {
			return false
		}
		for _, e := range a {
			if t, isText := e.(pdf.String); isText {
				if !c.show(t) {
					return false
				}
				continue
			}
			// Kerning; more would set letters over others.
			by, ok := pdf.Float(e)
			if !ok || by > 200 || by < -5000 {
				return false
			}
			c.pen -= by / 1000 * c.size * c.scale
		}
		return true
	}
	return false
}

const (
	// smallest is the size, in points, below which text is not read by people.
	smallest = 4
	// contrast is the least difference of luminance between text and what is
	// behind it.
	contrast = 0.4
	// capitals is how high capital letters and digits are, of a size of 1. Where
	// their upper part is cut off, 7 looks like 1.
	capitals = 0.7
	// slack is how far, in points, text may reach beyond its box: descenders do.
	slack = 2
)

// show notes that t is drawn at the pen, if a person sees it there.
func (c *canvas) show(t pdf.String) bool {
	if c.font == nil {
		return false
	}
	if len(t) == 0 {
		return true
	}
	width := 0.0
	var runes []rune
	for i := 0; i < len(t); i++ {
		r, w, ok := c.font.glyph(t[i])
		if !ok {
			return false
		}
		runes = append(runes, r)
		width += w*c.size + c.charSpace
		if t[i] == ' ' {
			width += c.wordSp
		}
	}
	width *= c.scale
	x, y := c.x+c.pen, c.y
	visible := c.box
	if c.clip != nil {
		visible = rect{max(visible[0], c.clip[0]), max(visible[1], c.clip[1]), min(visible[2], c.clip[2]), min(visible[3], c.clip[3])}
	}
	if near(c.ink, c.background, contrast) || x < visible[0]-slack || x+width-c.charSpace*c.scale > visible[2]+slack ||
		y < visible[1]-slack || y+capitals*c.size > visible[3]+1 {
		return false
	}
	if c.shown {
		sameLine := near(y, c.lastY, 0.3*c.size) && x >= c.lastX-0.2*c.size
		nextLine := y <= c.lastY-0.7*c.size
		if !sameLine && !nextLine {
			return false // another order than that of reading, or over other text
		}
	}
	c.text = append(c.text, string(runes)...)
	c.shown, c.lastX, c.lastY = true, x+width, y
	c.pen += width
	return true
}

func floats(args []pdf.Object) ([]float64, bool) {
	out := make([]float64, len(args))
	for i, o := range args {
		f, ok := pdf.Float(o)
		if !ok {
			return nil, false
		}
		out[i] = f
	}
	return out, true
}
