package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// The page of Decree 30/2020, Appendix I, part I, section I: A4, and margins
// within its 20-25 mm (top, bottom), 30-35 mm (left) and 15-20 mm (right).
const (
	pageWidth    = 210.0
	pageHeight   = 297.0
	leftMargin   = 30.0
	rightMargin  = 20.0
	topMargin    = 20.0
	bottomMargin = 20.0
	textWidth    = pageWidth - leftMargin - rightMargin

	millimetre = 72 / 25.4 // points in one
)

// fictional stands at the foot of every page.
const fictional = "Văn bản hư cấu dùng để thử nghiệm phần mềm, không có giá trị pháp lý"

// A style is one of the four faces of Liberation Serif, named as fpdf does.
type style string

const (
	regular    style = ""
	bold       style = "B"
	italic     style = "I"
	boldItalic style = "BI"
)

// faces holds the font files by style.
type faces map[style][]byte

func loadFaces(dir string) (faces, error) {
	loaded := faces{}
	for face, name := range map[style]string{regular: "Regular", bold: "Bold", italic: "Italic", boldItalic: "BoldItalic"} {
		data, err := os.ReadFile(filepath.Join(dir, "LiberationSerif-"+name+".ttf"))
		if err != nil {
			return nil, fmt.Errorf("read font (Debian: fonts-liberation2): %w", err)
		}
		loaded[face] = data
	}
	return loaded, nil
}

// A mark is something drawn on the page, kept so that the scan can draw it
// again as an image. Lengths are millimetres from the top left corner.
type mark struct {
	text       string // empty: a line from (x, y) to (x2, y2)
	style      style
	size       float64 // points
	x, y       float64 // of the baseline's start
	x2, y2     float64
	gap        float64 // added to each space
	line, grey float64 // line width; 0 is black, 1 is white
}

// A sheet lays text out page by page. y is the top of the next line.
type sheet struct {
	pdf   *fpdf.Fpdf
	y     float64
	marks []mark
	// The upper middle of the last signature's room.
	signX, signY float64
	gap          float64 // mm between office and name; 0 is signatureGap
	spots        []spot  // where signature blocks were drawn
}

// newSheet starts a document with the given title and fixed date.
func newSheet(f faces, title string, made time.Time) *sheet {
	pdf := fpdf.New("P", "mm", "A4", "")
	for _, face := range []style{regular, bold, italic, boldItalic} {
		pdf.AddUTF8FontFromBytes("Serif", string(face), f[face])
	}
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(made)
	pdf.SetModificationDate(made)
	pdf.SetProducer("Kyso testdata", true)
	pdf.SetTitle(title, true)
	pdf.SetSubject(fictional, true)
	pdf.SetLang("vi-VN")
	pdf.SetMargins(leftMargin, topMargin, rightMargin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCellMargin(0)
	s := &sheet{pdf: pdf}
	s.addPage()
	return s
}

// addPage starts a page: its number top centre from the second on, as Decree
// 30/2020 wants it, and the words that say the document is fictional.
func (s *sheet) addPage() {
	s.pdf.AddPage()
	s.pdf.SetAlpha(1, "Normal") // raises the file to PDF 1.4
	if n := s.pdf.PageNo(); n > 1 {
		s.centre(pageWidth/2, 13.5, strconv.Itoa(n), regular, 13)
	}
	width := s.width(fictional, italic, 9)
	s.draw(mark{text: fictional, style: italic, size: 9, x: (pageWidth - width) / 2, y: pageHeight - 9, grey: 0.4})
	s.y = topMargin
}

// need starts a new page unless height millimetres are left on this one.
func (s *sheet) need(height float64) {
	if s.y+height > pageHeight-bottomMargin {
		s.addPage()
	}
}

// width measures text in millimetres.
func (s *sheet) width(text string, face style, size float64) float64 {
	s.pdf.SetFont("Serif", string(face), size)
	return s.pdf.GetStringWidth(text)
}

// draw puts a mark on the page.
func (s *sheet) draw(m mark) {
	s.marks = append(s.marks, m)
	level := int(m.grey * 255)
	if m.text == "" {
		s.pdf.SetDrawColor(level, level, level)
		s.pdf.SetLineWidth(m.line)
		s.pdf.Line(m.x, m.y, m.x2, m.y2)
		return
	}
	s.pdf.SetFont("Serif", string(m.style), m.size)
	s.pdf.SetTextColor(level, level, level)
	if m.gap == 0 {
		s.pdf.Text(m.x, m.y, m.text)
		return
	}
	// CellFormat is the one call of fpdf that spreads the words of a Unicode
	// line; it puts the baseline 0.3 of the font size under y.
	width := s.pdf.GetStringWidth(m.text) + m.gap*float64(spaces(m.text))
	s.pdf.SetXY(m.x, m.y-0.3*m.size/millimetre)
	s.pdf.CellFormat(width, 0, m.text, "", 0, "J", false, 0, "")
}

// centre draws one line around x, its baseline at y. Empty text draws nothing.
func (s *sheet) centre(x, y float64, text string, face style, size float64) {
	if text == "" {
		return
	}
	s.draw(mark{text: text, style: face, size: size, x: x - s.width(text, face, size)/2, y: y})
}

// rule draws a horizontal line of the given width around x.
func (s *sheet) rule(x, y, width float64) {
	s.draw(mark{x: x - width/2, y: y, x2: x + width/2, y2: y, line: 0.2})
}

// bytes closes the document.
func (s *sheet) bytes() ([]byte, error) {
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
