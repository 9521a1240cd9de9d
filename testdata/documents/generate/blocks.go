package main

import (
	"cmp"
	"math"
)

// A heading is what stands above every administrative document (Decree
// 30/2020, Appendix I, part I, section II, 1 to 4).
type heading struct {
	superior []string // the body above, one string a line; may be empty
	agency   []string // who issues the document
	number   string
	about    []string // V/v lines under the number, for a letter
	place    string   // place and date
}

// The two columns of the heading.
const (
	leftColumn  = leftMargin + 34
	rightColumn = pageWidth - rightMargin - 44
)

// heading draws boxes 1 to 4 (and 5b) and leaves y under the lower column.
func (s *sheet) heading(h heading) {
	const line = 5.6
	y := topMargin + 4
	left, right := y, y
	for _, text := range h.superior {
		s.centre(leftColumn, left, text, regular, 12)
		left += line
	}
	widest := 0.0
	for _, text := range h.agency {
		s.centre(leftColumn, left, text, bold, 12)
		widest = max(widest, s.width(text, bold, 12))
		left += line
	}
	s.rule(leftColumn, left-line+1.8, widest*0.45)
	s.centre(rightColumn, right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold, 12)
	right += line
	s.centre(rightColumn, right, "Độc lập - Tự do - Hạnh phúc", bold, 13)
	s.rule(rightColumn, right+1.8, s.width("Độc lập - Tự do - Hạnh phúc", bold, 13))
	y = max(left, right+line) + 2.5
	s.centre(leftColumn, y, h.number, regular, 13)
	s.centre(rightColumn, y, h.place, italic, 13)
	for i, text := range h.about {
		y += 5
		if i == 0 {
			y += 1
		}
		s.centre(leftColumn, y, text, regular, 12)
	}
	s.y = y + 4
}

// title draws the kind of document and its subject with the line under it
// (box 5a).
func (s *sheet) title(kind string, subject ...string) {
	s.y += 3
	s.set(kind, paragraph{style: bold, align: "centre"})
	widest := 0.0
	for _, text := range subject {
		s.set(text, paragraph{style: bold, align: "centre", leading: 1.15})
		widest = max(widest, s.width(text, bold, 14))
	}
	s.y += 2
	s.rule(leftMargin+textWidth/2, s.y, widest*0.4)
	s.y += 4
}

// A signer is the office and the name in box 7.
type signer struct {
	office []string
	name   string
}

// signatureGap is the room, mm, between office and name: the image of the
// handwritten signature is set there.
const signatureGap = 28

// sign draws one signature block, centred on x, from y on. It returns the y
// under the name.
func (s *sheet) sign(who signer, x, y float64) float64 {
	for _, text := range who.office {
		s.centre(x, y+5, text, bold, 13)
		y += 5.8
	}
	s.signX, s.signY = x, y
	office := y - 0.8
	y += cmp.Or(s.gap, signatureGap)
	s.centre(x, y+5, who.name, bold, 14)
	s.spots = append(s.spots, spot{Page: s.pdf.PageNo(), Name: who.name, Axis: points(x), Office: points(pageHeight - office), Below: points(pageHeight - y - 5)})
	return y + 8
}

// points turns millimetres into points, to a hundredth.
func points(mm float64) float64 { return math.Round(mm*millimetre*100) / 100 }

// recipients draws box 9b from y on and returns the y under it.
func (s *sheet) recipients(y float64, lines ...string) float64 {
	s.draw(mark{text: "Nơi nhận:", style: boldItalic, size: 12, x: leftMargin, y: y + 5})
	y += 5
	for _, text := range lines {
		y += 4.8
		s.draw(mark{text: text, style: regular, size: 11, x: leftMargin, y: y})
	}
	return y + 3
}

// close draws recipients on the left and the signer on the right, together on
// one page.
func (s *sheet) close(who signer, lines ...string) {
	s.y += 4
	s.need(signatureGap + 24)
	left := s.recipients(s.y, lines...)
	right := s.sign(who, rightColumn, s.y)
	s.y = max(left, right)
}

// A column is one column of a table; its width is in millimetres.
type column struct {
	title string
	width float64
	align string // of its cells: "left" or "centre"
}

// table draws rows with borders and repeats the titles on each page.
func (s *sheet) table(columns []column, rows [][]string) {
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	const lineHeight = 12 * 1.2 / millimetre
	s.need(30)
	s.row(columns, titles, bold, lineHeight)
	for _, cells := range rows {
		if s.y+s.rowHeight(columns, cells, regular, lineHeight) > pageHeight-bottomMargin {
			s.addPage()
			s.row(columns, titles, bold, lineHeight)
		}
		s.row(columns, cells, regular, lineHeight)
	}
}

// cellPadding is the space, mm, around the text of a cell.
const cellPadding = 1.5

func (s *sheet) rowHeight(columns []column, cells []string, face style, lineHeight float64) float64 {
	most := 1
	for i, c := range columns {
		p := paragraph{size: 12, style: face, align: "left", width: c.width - 2*cellPadding}.withDefaults()
		most = max(most, len(s.breakLines(s.words(cells[i], p), p)))
	}
	return float64(most)*lineHeight + 2*cellPadding
}

func (s *sheet) row(columns []column, cells []string, face style, lineHeight float64) {
	top, height := s.y, s.rowHeight(columns, cells, face, lineHeight)
	x := leftMargin
	border := func(x1, y1, x2, y2 float64) { s.draw(mark{x: x1, y: y1, x2: x2, y2: y2, line: 0.2}) }
	for i, c := range columns {
		align := c.align
		if face == bold {
			align = "centre"
		}
		s.y = top + cellPadding
		s.set(cells[i], paragraph{size: 12, style: face, align: align, x: x + cellPadding, width: c.width - 2*cellPadding, leading: 1.2})
		border(x, top, x, top+height)
		x += c.width
	}
	border(x, top, x, top+height)
	border(leftMargin, top, x, top)
	border(leftMargin, top+height, x, top+height)
	s.y = top + height
}
