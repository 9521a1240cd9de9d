package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"kyso/signature/pdf"
	"kyso/signature/stamp"
)

// An A4 page, in points.
const (
	pageWidth, pageHeight = 595.276, 841.89
	millimetre            = 72 / 25.4
)

// sheet is a page that stamps are put on.
type sheet struct {
	update  *pdf.Update
	forms   *pdf.Dict
	content bytes.Buffer
}

// stampPage writes a PDF of one page with the stamp where it belongs, among
// words that stand for the document's, and a caption.
func stampPage(w io.Writer, t *stamp.Template, s *stamp.Stamp) error {
	base := blankPage()
	f, err := pdf.Open(bytes.NewReader(base), int64(len(base)))
	if err != nil {
		return err
	}
	u, err := f.NewUpdate()
	if err != nil {
		return err
	}
	p := &sheet{update: u, forms: &pdf.Dict{}}
	// No break between a number and its unit.
	wide, high := fmt.Sprintf("%.1f\u00a0mm", s.Width()/millimetre), fmt.Sprintf("%.1f\u00a0mm", s.Height()/millimetre)
	for i, caption := range []string{
		"Xem trước mẫu “" + t.Name() + "”, không phải văn bản đã ký. " + t.Title().VI + "; rộng " + wide + ", cao " + high + ".",
		"Preview of the template “" + t.Name() + "”; nothing is signed. " + t.Title().EN + "; " + wide + " wide, " + high + " high.",
	} {
		if err := p.words(caption, 30*millimetre, float64(205-15*i)*millimetre); err != nil {
			return err
		}
	}
	if err := p.put(s); err != nil {
		return err
	}
	page, err := u.Dict(pdf.Ref{Number: 3})
	if err != nil {
		return err
	}
	page.Set("Resources", pdf.MakeDict(pdf.Name("XObject"), p.forms))
	page.Set("Contents", u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: p.content.Bytes()}))
	u.Set(pdf.Ref{Number: 3}, page)
	more, err := u.Bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(append(base, more...))
	return err
}

// put places the stamp (docs/stamps.md, "Places").
func (p *sheet) put(s *stamp.Stamp) error {
	place := s.Place()
	switch place.At {
	case stamp.TopRight:
		return p.draw(s, pageWidth-place.Right*millimetre-s.Width(), pageHeight-place.Top*millimetre-s.Height())
	case stamp.BottomLeft:
		return p.draw(s, place.Left*millimetre, place.Bottom*millimetre)
	}
	// A signature block in the lower right of the text, as wide as the stamp
	// or the words.
	const middle, right = 150 * millimetre, pageWidth - 15*millimetre
	personal := stamp.SignatureBlock == place.At
	width, height := s.Width(), s.Height()
	if !personal {
		width, height = 45*millimetre, 22*millimetre // the personal image's box
	}
	left := min(middle-width/2, right-width)
	top := 120 * millimetre
	if err := p.middle("CHỨC VỤ CỦA NGƯỜI KÝ", left+width/2, top); err != nil {
		return err
	}
	bottom := top - place.Top*millimetre - height
	if err := p.middle("Họ và tên người ký", left+width/2, bottom-place.Bottom*millimetre-15); err != nil {
		return err
	}
	if personal {
		return p.draw(s, left, bottom)
	}
	fmt.Fprintf(&p.content, "q 0.6 G [3 2] 0 d %s %s %s %s re S Q\n", pdf.Number(left), pdf.Number(bottom), pdf.Number(width), pdf.Number(height))
	if err := p.middle("(ảnh chữ ký cá nhân)", left+width*2/3, bottom+height/2-7); err != nil {
		return err
	}
	return p.draw(s, left+width/3-s.Width(), bottom+(height-s.Height())/2)
}

// draw puts a stamp's lower left corner at x, y.
func (p *sheet) draw(s *stamp.Stamp, x, y float64) error {
	form, err := s.Form(p.update, stamp.FormOptions{})
	if err != nil {
		return err
	}
	name := pdf.Name(fmt.Sprintf("S%d", len(p.forms.Entries)))
	p.forms.Set(name, form)
	fmt.Fprintf(&p.content, "q 1 0 0 1 %s %s cm /%s Do Q\n", pdf.Number(x), pdf.Number(y), name)
	return nil
}

// words writes text whose lower left corner is at x, y.
func (p *sheet) words(text string, x, y float64) error {
	s, err := inWords(text)
	if err != nil {
		return err
	}
	return p.draw(s, x, y)
}

// middle writes text around x.
func (p *sheet) middle(text string, x, y float64) error {
	s, err := inWords(text)
	if err != nil {
		return err
	}
	return p.draw(s, x-s.Width()/2, y)
}

// inWords lays text out by a template of its own.
func inWords(text string) (*stamp.Stamp, error) {
	b, err := json.Marshal(map[string]any{
		"name": "caption", "title": map[string]string{"vi": "Chú thích", "en": "Caption"},
		"text":  map[string]any{"lines": []any{map[string]string{"text": "{reason}"}}, "maxWidth": 150, "maxHeight": 60},
		"place": map[string]string{"at": "signature-block"},
	})
	if err != nil {
		return nil, err
	}
	t, err := stamp.Load(b)
	if err != nil {
		return nil, err
	}
	return t.Lay(stamp.Values{Reason: text}, nil, stamp.Options{})
}

// blankPage is a PDF of one empty A4 page, object 3.
func blankPage() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R/Lang(vi-VN)>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %v %v]/Resources<<>>>>", pageWidth, pageHeight),
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", xref)
	return b.Bytes()
}
