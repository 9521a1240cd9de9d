package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

// The scan: drawn at drawDPI, then turned, made a little dirty and reduced to
// scanDPI. Real scans have at least 200 dpi; 150 keeps the file small.
const (
	drawDPI     = 300
	scanDPI     = 150
	scanTilt    = 0.7 * math.Pi / 180
	jpegQuality = 38
)

// notice is the page that is scanned.
func notice(f faces) *sheet {
	s := newSheet(f, "Thông báo số 31/TB-UBND", made(2026, time.September, 15))
	s.heading(heading{
		agency: []string{"ỦY BAN NHÂN DÂN", "XÃ MẪU MỘT"},
		number: "Số: 31/TB-UBND",
		place:  "Mẫu Một, ngày 15 tháng 9 năm 2026",
	})
	s.title("THÔNG BÁO", "Về việc thay đổi giờ tiếp nhận văn bản giấy")
	for _, text := range []string{
		"Từ ngày 01 tháng 10 năm 2026, bộ phận tiếp nhận của Ủy ban nhân dân xã Mẫu Một chỉ nhận văn bản giấy vào buổi sáng thứ Ba và thứ Năm, từ 7 giờ 30 phút đến 11 giờ 00 phút.",
		"Văn bản điện tử được nhận mọi lúc qua hệ thống quản lý văn bản. Người gửi thấy ngay số đến và thời điểm nhận; không cần gửi thêm bản giấy để chờ xác nhận.",
		"Bà con chưa có thiết bị phù hợp có thể đến nhà văn hóa xã để được hướng dẫn miễn phí trong giờ làm việc.",
		"Ủy ban nhân dân xã Mẫu Một thông báo để các cơ quan, tổ chức và bà con được biết./.",
	} {
		s.set(text, paragraph{before: 3})
	}
	s.close(signer{office: []string{"TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"}, name: "Phạm Văn Minh Họa"},
		"- Các thôn trong xã;",
		"- Trang thông tin của xã;",
		"- Lưu: VT.")
	return s
}

// scannedNotice is the notice as an image on a page without text.
func scannedNotice(f faces) ([]byte, error) {
	s := notice(f)
	if err := s.pdf.Error(); err != nil {
		return nil, err
	}
	paper, err := drawMarks(f, s.marks)
	if err != nil {
		return nil, err
	}
	drawInk(paper, s.y)
	if err := drawSeal(f, paper, s.y); err != nil {
		return nil, err
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, age(paper), &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, err
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(made(2026, time.September, 16))
	pdf.SetModificationDate(made(2026, time.September, 16))
	pdf.SetProducer("Kyso testdata", true)
	pdf.SetTitle("Bản quét Thông báo số 31/TB-UBND", true)
	pdf.SetSubject(fictional, true)
	pdf.SetLang("vi-VN")
	pdf.AddPage()
	pdf.SetAlpha(1, "Normal")
	options := fpdf.ImageOptions{ImageType: "JPG"}
	pdf.RegisterImageOptionsReader("page", options, &photo)
	pdf.ImageOptions("page", 0, 0, pageWidth, pageHeight, false, options, 0, "")
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// pixels turns millimetres of the page into pixels of the drawing.
func pixels(mm float64) float64 { return mm * drawDPI / 25.4 }

func drawMarks(f faces, marks []mark) (*image.RGBA, error) {
	paper := image.NewRGBA(image.Rect(0, 0, int(pixels(pageWidth)), int(pixels(pageHeight))))
	draw.Draw(paper, paper.Bounds(), image.NewUniform(color.RGBA{252, 250, 245, 255}), image.Point{}, draw.Src)
	for _, m := range marks {
		ink := color.RGBA{uint8(30 + m.grey*200), uint8(30 + m.grey*200), uint8(34 + m.grey*200), 255}
		if m.text == "" {
			half := max(pixels(m.line)/2, 1)
			area := image.Rect(int(pixels(m.x)-half), int(pixels(m.y)-half), int(pixels(m.x2)+half), int(pixels(m.y2)+half))
			draw.Draw(paper, area, image.NewUniform(ink), image.Point{}, draw.Src)
			continue
		}
		if err := drawText(f, paper, m, ink); err != nil {
			return nil, err
		}
	}
	return paper, nil
}

func drawText(f faces, paper *image.RGBA, m mark, ink color.Color) error {
	parsed, err := opentype.Parse(f[m.style])
	if err != nil {
		return fmt.Errorf("parse font: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: m.size, DPI: drawDPI})
	if err != nil {
		return fmt.Errorf("size font: %w", err)
	}
	defer face.Close()
	pen := font.Drawer{Dst: paper, Src: image.NewUniform(ink), Face: face,
		Dot: fixed.Point26_6{X: fixed.Int26_6(pixels(m.x) * 64), Y: fixed.Int26_6(pixels(m.y) * 64)}}
	for _, part := range strings.SplitAfter(m.text, " ") {
		pen.DrawString(part)
		if strings.HasSuffix(part, " ") {
			pen.Dot.X += fixed.Int26_6(pixels(m.gap) * 64)
		}
	}
	return nil
}

// dab puts a round spot of ink on the paper, mixed with what is under it.
func dab(paper *image.RGBA, x, y, radius float64, ink color.RGBA) {
	for py := int(y - radius); py <= int(y+radius); py++ {
		for px := int(x - radius); px <= int(x+radius); px++ {
			if math.Hypot(float64(px)-x, float64(py)-y) <= radius {
				under := paper.RGBAAt(px, py)
				paper.SetRGBA(px, py, color.RGBA{min(under.R, ink.R), min(under.G, ink.G), min(under.B, ink.B), 255})
			}
		}
	}
}

// drawInk draws a handwritten squiggle between office and name; bottom is the
// y under the name, mm.
func drawInk(paper *image.RGBA, bottom float64) {
	blue := color.RGBA{40, 60, 170, 255}
	const steps = 4000
	for i := range steps {
		t := float64(i) / steps
		x := rightColumn - 20 + 40*t + 5*math.Sin(t*21)
		y := bottom - 23 + 6*math.Cos(t*21)*(1-0.7*t) - 2*math.Sin(t*5)
		dab(paper, pixels(x), pixels(y), pixels(0.28)+1.2*math.Sin(t*40), blue)
	}
}

// drawSeal draws a round stamp that says it is none, over the left third of
// the signature.
func drawSeal(f faces, paper *image.RGBA, bottom float64) error {
	red := color.RGBA{205, 40, 50, 255}
	x, y := rightColumn-21, bottom-24.0
	const steps = 6000
	for i := range steps {
		angle := 2 * math.Pi * float64(i) / steps
		for _, ring := range []struct{ radius, pen float64 }{{15.5, 0.45}, {12, 0.2}} {
			dab(paper, pixels(x+ring.radius*math.Cos(angle)), pixels(y+ring.radius*math.Sin(angle)), pixels(ring.pen), red)
		}
	}
	measure := newSheet(f, "", time.Time{})
	for i, text := range []string{"CON DẤU", "HƯ CẤU"} {
		width := measure.width(text, bold, 12)
		m := mark{text: text, style: bold, size: 12, x: x - width/2, y: y - 0.5 + 5.2*float64(i)}
		if err := drawText(f, paper, m, red); err != nil {
			return err
		}
	}
	return nil
}

// age turns the page a little, lets the paper show, and reduces it.
func age(paper *image.RGBA) *image.RGBA {
	const scale = float64(scanDPI) / drawDPI
	bounds := image.Rect(0, 0, int(float64(paper.Bounds().Dx())*scale), int(float64(paper.Bounds().Dy())*scale))
	scan := image.NewRGBA(bounds)
	draw.Draw(scan, bounds, image.NewUniform(color.RGBA{226, 224, 220, 255}), image.Point{}, draw.Src)
	sin, cos := math.Sincos(scanTilt)
	midX, midY := float64(bounds.Dx())/2, float64(bounds.Dy())/2
	turn := f64.Aff3{
		scale * cos, -scale * sin, midX - midX*cos + midY*sin,
		scale * sin, scale * cos, midY - midX*sin - midY*cos,
	}
	draw.BiLinear.Transform(scan, turn, paper, paper.Bounds(), draw.Src, nil)
	random := rand.New(rand.NewPCG(30, 2020))
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			c := scan.RGBAAt(x, y)
			// The lid of the scanner leaves a shadow on the left.
			shade := 14*math.Exp(-float64(x)/40) - random.NormFloat64()*2
			scan.SetRGBA(x, y, color.RGBA{darker(c.R, shade), darker(c.G, shade), darker(c.B, shade), 255})
		}
	}
	for range 160 { // dust
		x, y := random.IntN(bounds.Dx()), random.IntN(bounds.Dy())
		grey := uint8(120 + random.IntN(100))
		scan.SetRGBA(x, y, color.RGBA{grey, grey, grey, 255})
	}
	return scan
}

func darker(level uint8, by float64) uint8 {
	return uint8(min(max(float64(level)-by, 0), 255))
}
