package stamp

import (
	"image"
	"math"
	"sync"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Picture's resolutions.
const (
	minPictureDPI = 24
	maxPictureDPI = 1200
	// maxPicture is the largest stamp at 600 dpi.
	maxPicture = 30_000_000
)

var outlines = sync.OnceValue(func() *sfnt.Font {
	f, err := opentype.Parse(fontFile)
	if err != nil {
		panic(err) // it is ours
	}
	return f
})

// Picture draws the stamp on white, for people to look at before they sign.
// What is drawn into the PDF comes from the same layout.
func (s *Stamp) Picture(dpi float64) (image.Image, error) {
	if err := between("dpi", dpi, minPictureDPI, maxPictureDPI, "dpi"); err != nil {
		return nil, err
	}
	scale := dpi / 72
	w, h := int(math.Ceil(s.width*scale)), int(math.Ceil(s.height*scale))
	if w*h > maxPicture {
		return nil, fault("hình xem trước quá lớn (%[1]d × %[2]d điểm ảnh): hãy giảm dpi", "the picture would be too large (%[1]d × %[2]d pixels): lower the dpi", w, h)
	}
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	if s.image != nil {
		draw.CatmullRom.Scale(m, s.pixels(s.at, scale), s.image.decoded(), image.Rect(0, 0, s.image.width, s.image.height), draw.Over, nil)
	}
	if s.border > 0 {
		b := s.border
		for _, side := range []box{{0, 0, s.width, b}, {0, s.height - b, s.width, b}, {0, 0, b, s.height}, {s.width - b, 0, b, s.height}} {
			draw.Draw(m, s.pixels(side, scale), image.Black, image.Point{}, draw.Src)
		}
	}
	if len(s.texts) == 0 {
		return m, nil
	}
	face, err := opentype.NewFace(outlines(), &opentype.FaceOptions{Size: s.size, DPI: dpi, Hinting: font.HintingNone})
	if err != nil {
		return nil, err
	}
	defer face.Close()
	pen := font.Drawer{Dst: m, Src: image.Black, Face: face}
	for _, t := range s.texts {
		x := t.x
		// One by one: the drawer would move pairs of letters closer, which the
		// PDF does not.
		for _, r := range t.text {
			pen.Dot = fixed.Point26_6{X: fixed.Int26_6(math.Round(x * scale * 64)), Y: fixed.Int26_6(math.Round((s.height - t.y) * scale * 64))}
			pen.DrawString(string(r))
			x += typeface().advance(r) * s.size
		}
	}
	return m, nil
}

// pixels is where a box comes to lie in a picture, at least a pixel each way.
func (s *Stamp) pixels(b box, scale float64) image.Rectangle {
	x0, y0 := int(math.Round(b.x*scale)), int(math.Round((s.height-b.y-b.height)*scale))
	x1, y1 := int(math.Round((b.x+b.width)*scale)), int(math.Round((s.height-b.y)*scale))
	return image.Rect(x0, y0, max(x1, x0+1), max(y1, y0+1))
}

// decoded is the image for drawing.
func (i *Image) decoded() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, i.width, i.height))
	for y := range i.height {
		for x := range i.width {
			m.SetNRGBA(x, y, i.pixel(x, y))
		}
	}
	return m
}
