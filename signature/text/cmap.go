package text

import (
	"unicode/utf16"
	"unicode/utf8"

	"kyso/signature/pdf"
)

// cmap maps character codes to CIDs (ISO 32000-2, 9.7.5) or to Unicode
// (9.10.3).
type cmap struct {
	spaces   []codespace
	texts    map[uint32]string
	wide     []textRange // not in texts
	cids     []cidRange
	vertical bool
	steps    int
	// modern: some code stands for a letter that only Unicode has.
	modern bool
}

type codespace struct {
	length int
	lo, hi uint32
}

type cidRange struct{ lo, hi, cid uint32 }

// textRange is a long range whose text goes up with the code.
type textRange struct{ lo, hi, to uint32 }

// Bounds on one CMap: codes have two bytes in practice, and embedded ones list
// what the document uses.
const (
	maxMapped     = 1 << 16
	maxCodespaces = 64
	maxCIDRanges  = 1_024 // looked through for each letter
	maxMapText    = 64    // bytes that one code stands for
	maxUseCMap    = 4
	// Some writers map all 65536 codes by one range, for each font.
	longRange = 256
	maxWide   = 256 // looked through for each letter
)

// cmap reads an embedded CMap; what it does not follow is left out.
func (r *reader) cmap(s *pdf.Stream, depth int) *cmap {
	m := &cmap{texts: map[uint32]string{}}
	if under, ok := r.resolve(s.Get("UseCMap")).(*pdf.Stream); ok && depth < maxUseCMap {
		m = r.cmap(under, depth+1)
	}
	if w, ok := r.resolve(s.Get("WMode")).(int64); ok {
		m.vertical = w == 1
	}
	m.parse(r.decode(s))
	r.ops += m.steps
	return m
}

func (m *cmap) parse(b []byte) {
	l := &lexer{b: b}
	var args []any
	for {
		o, ok := l.next()
		if !ok {
			return
		}
		op, isOp := o.(operator)
		if !isOp {
			if len(args) < 2*maxMapped {
				args = append(args, o)
			}
			continue
		}
		switch op {
		case "endcodespacerange":
			m.codespaces(args)
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				if code, _, ok := codeOf(args[i]); ok {
					m.add(code, args[i+1], 0)
				}
			}
		case "endbfrange":
			m.textRanges(args)
		case "endcidchar":
			for i := 0; i+1 < len(args); i += 2 {
				m.addCID(args[i], args[i], args[i+1])
			}
		case "endcidrange":
			for i := 0; i+2 < len(args); i += 3 {
				m.addCID(args[i], args[i+1], args[i+2])
			}
		}
		if op == "def" && len(args) >= 2 {
			if w, ok := args[len(args)-1].(float64); ok && args[len(args)-2] == pdf.Name("WMode") {
				m.vertical = w == 1
			}
		}
		args = args[:0]
	}
}

// codeOf reads a character code of one to four bytes.
func codeOf(o any) (code uint32, length int, ok bool) {
	s, ok := o.(pdf.String)
	if !ok || len(s) < 1 || len(s) > 4 {
		return 0, 0, false
	}
	for _, c := range []byte(s) {
		code = code<<8 | uint32(c)
	}
	return code, len(s), true
}

func (m *cmap) codespaces(args []any) {
	for i := 0; i+1 < len(args) && len(m.spaces) < maxCodespaces; i += 2 {
		lo, n, ok1 := codeOf(args[i])
		hi, k, ok2 := codeOf(args[i+1])
		if ok1 && ok2 && n == k {
			m.spaces = append(m.spaces, codespace{n, lo, hi})
		}
	}
}

func (m *cmap) textRanges(args []any) {
	for i := 0; i+2 < len(args); i += 3 {
		lo, _, ok1 := codeOf(args[i])
		hi, _, ok2 := codeOf(args[i+1])
		if !ok1 || !ok2 {
			continue
		}
		if list, ok := args[i+2].([]any); ok {
			for k, o := range list {
				if uint64(lo)+uint64(k) <= uint64(hi) {
					m.add(lo+uint32(k), o, 0)
				}
			}
			continue
		}
		if to, n, ok := codeOf(args[i+2]); ok && n == 2 && hi > lo && hi-lo >= longRange && hi-lo <= 0xFFFF-to && len(m.wide) < maxWide {
			m.wide = append(m.wide, textRange{lo, hi, to})
			m.modern = m.modern || to < 0x1EA0 && to+hi-lo > 0x1EF9
			continue
		}
		for k := uint32(0); uint64(lo)+uint64(k) <= uint64(hi) && len(m.texts) < maxMapped; k++ {
			if k >= maxMapped || !m.add(lo+k, args[i+2], k) {
				break
			}
		}
	}
}

// add maps code to the UTF-16 text o, its last unit raised by step.
func (m *cmap) add(code uint32, o any, step uint32) bool {
	s, ok := o.(pdf.String)
	// Ranges that lie over each other cost again.
	if m.steps++; !ok || len(s) > maxMapText || len(m.texts) >= maxMapped || m.steps > 4*maxMapped {
		return false
	}
	var units []uint16
	if len(s) == 1 { // as some writers do
		units = []uint16{uint16(s[0])}
	}
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	if len(units) == 0 {
		m.texts[code] = ""
		return true
	}
	last := uint32(units[len(units)-1]) + step
	if last > 0xFFFF {
		return false
	}
	units[len(units)-1] = uint16(last)
	text := string(utf16.Decode(units))
	for _, r := range text {
		m.modern = m.modern || r >= 0x1EA0 && r <= 0x1EF9 || r == 'ư' || r == 'ơ' || r == 'Ư' || r == 'Ơ'
	}
	if text == "\x00" {
		text = unread
	}
	m.texts[code] = text
	return true
}

func (m *cmap) addCID(from, to, cid any) {
	lo, _, ok1 := codeOf(from)
	hi, _, ok2 := codeOf(to)
	c, ok3 := cid.(float64)
	if ok1 && ok2 && ok3 && c >= 0 && c <= 0xFFFF && len(m.cids) < maxCIDRanges {
		m.cids = append(m.cids, cidRange{lo, hi, uint32(c)})
	}
}

// code takes the code of b that stands in a codespace range, its bytes each
// within the range's (9.7.6.3).
func (m *cmap) code(b []byte) (uint32, int) {
	shortest := 4
	for _, s := range m.spaces {
		shortest = min(shortest, s.length)
		if s.length > len(b) {
			continue
		}
		code, within := uint32(0), true
		for i := range s.length {
			shift := 8 * (s.length - 1 - i)
			c := uint32(b[i])
			code = code<<8 | c
			within = within && c >= s.lo>>shift&0xff && c <= s.hi>>shift&0xff
		}
		if within {
			return code, s.length
		}
	}
	code := uint32(0)
	n := min(shortest, len(b))
	for _, c := range b[:n] {
		code = code<<8 | uint32(c)
	}
	return code, n
}

func (m *cmap) text(code uint32) (string, bool) {
	if s, ok := m.texts[code]; ok {
		return s, true
	}
	for _, w := range m.wide {
		if code >= w.lo && code <= w.hi {
			r := rune(w.to + code - w.lo)
			if r == 0 || !utf8.ValidRune(r) {
				return unread, true
			}
			return string(r), true
		}
	}
	return "", false
}

func (m *cmap) cid(code uint32) (uint32, bool) {
	for _, r := range m.cids {
		if code >= r.lo && code <= r.hi {
			return r.cid + code - r.lo, true
		}
	}
	return 0, false
}
