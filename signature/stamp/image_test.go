//go:build !js

package stamp_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"strings"
	"testing"

	"kyso/signature/stamp"
)

func asError(err error, to **stamp.Error) bool { return errors.As(err, to) }

// signature draws a curve in blue on nothing: a made-up hand.
func signature(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for k := range 6000 {
		p := float64(k) / 6000
		x := float64(w) * (0.08 + 0.84*p + 0.05*math.Sin(20*p))
		y := float64(h) * (0.5 + 0.36*math.Sin(17*p)*math.Cos(5*p))
		disc(m, x, y, float64(h)/40, color.NRGBA{20, 50, 180, 255})
	}
	return m
}

// seal draws a red ring with a triangle: no agency's.
func seal(side int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	c := float64(side) / 2
	for k := range 4000 {
		a := 2 * math.Pi * float64(k) / 4000
		for _, r := range []float64{0.95, 0.7} {
			disc(m, c+c*r*math.Cos(a), c+c*r*math.Sin(a), float64(side)/80, color.NRGBA{210, 20, 30, 255})
		}
	}
	for y := range side / 4 {
		for x := -y / 2; x <= y/2; x++ {
			m.SetNRGBA(side/2+x, side*3/8+y, color.NRGBA{210, 20, 30, 200})
		}
	}
	return m
}

func disc(m *image.NRGBA, x, y, r float64, c color.NRGBA) {
	for py := int(y - r); py <= int(y+r); py++ {
		for px := int(x - r); px <= int(x+r); px++ {
			if math.Hypot(float64(px)-x, float64(py)-y) <= r {
				m.SetNRGBA(px, py, c)
			}
		}
	}
}

func encode(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, b []byte) *stamp.Image {
	t.Helper()
	i, err := stamp.ReadImage(b)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// bare is an image alone, as wide as its box.
func bare(t testing.TB) *stamp.Template {
	return load(t, `"image":{"use":"needed","width":40,"height":40},`)
}

// chunk is a chunk of a PNG.
func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// withChunk puts a chunk after a PNG's header.
func withChunk(b, c []byte) []byte {
	return append(append(bytes.Clone(b[:33]), c...), b[33:]...)
}

func uniform(c color.Color, m draw.Image) image.Image {
	draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	if n, ok := m.(*image.NRGBA); ok { // without premultiplying
		for y := range n.Rect.Dy() {
			for x := range n.Rect.Dx() {
				n.SetNRGBA(x, y, c.(color.NRGBA))
			}
		}
	}
	return m
}

// TestColours compares what poppler and Picture draw with colours computed by
// hand: alpha of the image over what is below.
func TestColours(t *testing.T) {
	r := image.Rect(0, 0, 40, 40)
	half := color.NRGBA{255, 0, 0, 128}
	wide := image.NewNRGBA64(r)
	for y := range 40 {
		for x := range 40 {
			wide.SetNRGBA64(x, y, color.NRGBA64{0xFFFF, 0, 0, 0x8080})
		}
	}
	palette := image.NewPaletted(r, color.Palette{color.NRGBA{0, 0, 0, 0}, color.NRGBA{0, 128, 0, 255}, half})
	for k := range palette.Pix {
		palette.Pix[k] = 2
	}
	clear := image.NewPaletted(r, color.Palette{color.NRGBA{0, 0, 0, 0}, color.NRGBA{0, 128, 0, 255}})
	for k := range clear.Pix {
		clear.Pix[k] = byte(k % 40 / 20) // the left half is transparent
	}
	for _, c := range []struct {
		name         string
		image        []byte
		white, green color.Color // over white, over pure green, in the middle
		pdfa         color.Color // over green where nothing may be transparent
		x            int         // in percent
	}{
		// 255*(128/255) + below*(127/255)
		{"half red", encode(t, uniform(half, image.NewNRGBA(r))), color.NRGBA{255, 127, 127, 255}, color.NRGBA{128, 127, 0, 255}, color.NRGBA{255, 127, 127, 255}, 50},
		{"half red in 16 bits", encode(t, wide), color.NRGBA{255, 127, 127, 255}, color.NRGBA{128, 127, 0, 255}, color.NRGBA{255, 127, 127, 255}, 50},
		{"half red of a palette", encode(t, palette), color.NRGBA{255, 127, 127, 255}, color.NRGBA{128, 127, 0, 255}, color.NRGBA{255, 127, 127, 255}, 50},
		{"transparent part of a palette", encode(t, clear), color.White, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 255, 0, 255}, 25},
		{"opaque part of a palette", encode(t, clear), color.NRGBA{0, 128, 0, 255}, color.NRGBA{0, 128, 0, 255}, color.NRGBA{0, 128, 0, 255}, 75},
		{"grey", encode(t, uniform(color.Gray{77}, image.NewGray(r))), color.Gray{77}, color.Gray{77}, color.Gray{77}, 50},
		{"grey in 16 bits", encode(t, uniform(color.Gray16{0x4D4D}, image.NewGray16(r))), color.Gray{77}, color.Gray{77}, color.Gray{77}, 50},
		{"blue", encode(t, uniform(color.NRGBA{20, 50, 180, 255}, image.NewNRGBA(r))), color.NRGBA{20, 50, 180, 255}, color.NRGBA{20, 50, 180, 255}, color.NRGBA{20, 50, 180, 255}, 50},
		{"grey with alpha", encode(t, uniform(color.NRGBA{0, 0, 0, 51}, image.NewNRGBA(r))), color.Gray{204}, color.NRGBA{0, 204, 0, 255}, color.Gray{204}, 50},
		{"JPEG", jpegOf(t, uniform(color.NRGBA{200, 30, 40, 255}, image.NewNRGBA(r))), color.NRGBA{200, 30, 40, 255}, color.NRGBA{200, 30, 40, 255}, color.NRGBA{200, 30, 40, 255}, 50},
		{"grey JPEG", jpegOf(t, uniform(color.Gray{77}, image.NewGray(r))), color.Gray{77}, color.Gray{77}, color.Gray{77}, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := lay(t, bare(t), stamp.Values{}, read(t, c.image), stamp.Options{})
			look := func(m image.Image, want color.Color, where string) {
				t.Helper()
				b, by := m.Bounds(), 2
				if strings.HasPrefix(where, "PDF/A") {
					by = 9 // gamma 2.2 stands for the curve of sRGB
				}
				if got := m.At(b.Dx()*c.x/100, b.Dy()/2); !near(got, want, by) {
					t.Errorf("%s: %v, not %v", where, got, want)
				}
			}
			file := onPage(t, s, stamp.FormOptions{}, "")
			sound(t, file)
			look(drawn(t, file, 72), c.white, "poppler on white")
			look(drawn(t, onPage(t, s, stamp.FormOptions{}, "0 1 0 rg"), 72), c.green, "poppler on green")
			look(drawn(t, onPage(t, s, stamp.FormOptions{PDFA: 2, OutputIntent: true}, "0 1 0 rg"), 72), c.green, "PDF/A-2 with an output intent")
			for part, o := range map[string]stamp.FormOptions{"1": {PDFA: 1, OutputIntent: true}, "2": {PDFA: 2}} {
				file := onPage(t, s, o, "0 1 0 rg")
				sound(t, file)
				look(drawn(t, file, 72), c.pdfa, "PDF/A-"+part)
				if text := tool(t, "qpdf", "--qdf", file, "-"); strings.Contains(text, "/SMask") || strings.Contains(text, "/Group") || strings.Contains(text, "/ca ") || strings.Contains(text, "/DeviceRGB") || strings.Contains(text, "/DeviceGray") {
					t.Errorf("PDF/A-%s: transparency, or a colour of the device", part)
				}
			}
			m, err := s.Picture(72)
			if err != nil {
				t.Fatal(err)
			}
			look(m, c.white, "picture")
		})
	}
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestInterlaced reads what another program wrote in seven passes.
func TestInterlaced(t *testing.T) {
	// 3 by 1 pixels, RGBA, Adam7: pass 1 has pixel 0, pass 4 pixel 2 (column
	// 2 of 4), pass 6 pixel 1; written by hand (PNG, 8.2).
	var raw bytes.Buffer
	for _, p := range [][]byte{{255, 0, 0, 128}, {0, 0, 255, 255}, {0, 255, 0, 255}} {
		raw.Write(append([]byte{0}, p...))
	}
	b := []byte("\x89PNG\r\n\x1a\n")
	b = append(b, chunk("IHDR", []byte{0, 0, 0, 3, 0, 0, 0, 1, 8, 6, 0, 0, 1})...)
	b = append(b, chunk("IDAT", deflate(raw.Bytes()))...)
	b = append(b, chunk("IEND", nil)...)
	s := lay(t, load(t, `"image":{"use":"needed","width":90,"height":30},`), stamp.Values{}, read(t, b), stamp.Options{})
	m := drawn(t, onPage(t, s, stamp.FormOptions{}, ""), 72)
	for k, want := range []color.NRGBA{{255, 127, 127, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}} {
		if got := m.At(m.Bounds().Dx()*(2*k+1)/6, m.Bounds().Dy()/2); !near(got, want, 2) {
			t.Errorf("pixel %d is %v", k, got)
		}
	}
}

// TestTransparentColour: tRNS without a palette.
func TestTransparentColour(t *testing.T) {
	raw := []byte{0, 10, 20, 30, 200, 0, 0}
	b := []byte("\x89PNG\r\n\x1a\n")
	b = append(b, chunk("IHDR", []byte{0, 0, 0, 2, 0, 0, 0, 1, 8, 2, 0, 0, 0})...)
	b = append(b, chunk("tRNS", []byte{0, 10, 0, 20, 0, 30})...)
	b = append(b, chunk("IDAT", deflate(raw))...)
	b = append(b, chunk("IEND", nil)...)
	s := lay(t, load(t, `"image":{"use":"needed","width":60,"height":30},`), stamp.Values{}, read(t, b), stamp.Options{})
	m := drawn(t, onPage(t, s, stamp.FormOptions{}, "0 1 0 rg"), 72)
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	if !near(m.At(w/4, h/2), color.NRGBA{0, 255, 0, 255}, 2) || !near(m.At(3*w/4, h/2), color.NRGBA{200, 0, 0, 255}, 2) {
		t.Errorf("%v, %v", m.At(w/4, h/2), m.At(3*w/4, h/2))
	}
}

// TestOrientation: a photograph's corner stands where Exif says.
func TestOrientation(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 32))
	uniform(color.NRGBA{255, 255, 255, 255}, m)
	for y := range 16 {
		for x := range 16 {
			m.SetNRGBA(x, y, color.NRGBA{200, 0, 0, 255})
		}
	}
	plain := jpegOf(t, m)
	// Where the stored picture's upper left corner comes to stand (Exif 2.3).
	for orientation, corner := range map[int]string{1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left", 5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left"} {
		exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00")
		exif[6+8+2+8+1] = byte(orientation)
		secret := append(exif, "10.7769 N, 106.7009 E"...)
		app := append([]byte{0xFF, 0xE1, 0, byte(len(secret) + 2)}, secret...)
		b := append(append(bytes.Clone(plain[:2]), app...), plain[2:]...)
		s := lay(t, bare(t), stamp.Values{}, read(t, b), stamp.Options{})
		file := onPage(t, s, stamp.FormOptions{}, "")
		sound(t, file)
		d := drawn(t, file, 72)
		w, h := d.Bounds().Dx(), d.Bounds().Dy()
		if (w < h) != (orientation >= 5) {
			t.Errorf("%d: %d by %d", orientation, w, h)
		}
		for name, p := range map[string][2]int{"top left": {w / 8, h / 8}, "top right": {w * 7 / 8, h / 8}, "bottom left": {w / 8, h * 7 / 8}, "bottom right": {w * 7 / 8, h * 7 / 8}} {
			want := color.NRGBA{255, 255, 255, 255}
			if name == corner {
				want = color.NRGBA{200, 0, 0, 255}
			}
			if got := d.At(p[0], p[1]); !near(got, want, 12) { // JPEG rings
				t.Errorf("%d: %s is %v", orientation, name, got)
			}
		}
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(whole, []byte("10.7769")) {
			t.Errorf("%d: the document tells where the photograph was taken", orientation)
		}
		if passed := bytes.Contains(whole, []byte("/DCTDecode")); passed != (orientation == 1) {
			t.Errorf("%d: JPEG kept: %v", orientation, passed)
		}
	}
}

// TestOnePicture: a JPEG whose scans or markers decoders take differently is
// never passed through: what is previewed is what every reader draws.
func TestOnePicture(t *testing.T) {
	red := jpegOf(t, uniform(color.NRGBA{200, 0, 0, 255}, image.NewNRGBA(image.Rect(0, 0, 64, 64))))
	blue := jpegOf(t, uniform(color.NRGBA{0, 0, 200, 255}, image.NewNRGBA(image.Rect(0, 0, 64, 64))))
	scan := func(b []byte) int { return bytes.Index(b, []byte{0xFF, 0xDA}) }
	jfif := []byte("\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	// Components named R, G and B are no YCbCr, unless it is a JFIF.
	named := func(b []byte) []byte {
		b = bytes.Clone(b)
		frame, scan := bytes.Index(b, []byte{0xFF, 0xC0}), scan(b)
		for k, name := range []byte("RGB") {
			b[frame+10+3*k], b[scan+5+2*k] = name, name
		}
		return b
	}
	for name, c := range map[string]struct {
		file   []byte
		passed bool
	}{
		"one scan":            {red, true},
		"a second scan":       {append(bytes.Clone(red[:len(red)-2]), blue[scan(blue):]...), false},
		"named RGB":           {named(red), false},
		"named RGB, and JFIF": {append(append(bytes.Clone(red[:2]), jfif...), named(red)[2:]...), true},
	} {
		s := lay(t, bare(t), stamp.Values{}, read(t, c.file), stamp.Options{})
		file := onPage(t, s, stamp.FormOptions{}, "")
		p, err := s.Picture(72)
		if err != nil {
			t.Fatal(err)
		}
		d := drawn(t, file, 72)
		if got, want := d.At(d.Bounds().Dx()/2, d.Bounds().Dy()/2), p.At(p.Bounds().Dx()/2, p.Bounds().Dy()/2); !near(got, color.NRGBAModel.Convert(want).(color.NRGBA), 6) {
			t.Errorf("%s: the preview shows %v, the document %v", name, want, got)
		}
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if passed := bytes.Contains(whole, []byte("/DCTDecode")); passed != c.passed {
			t.Errorf("%s: JPEG kept: %v", name, passed)
		}
	}
}

// TestCMYK: inverted inks, as Adobe writes them, come out right and without a
// colour space that would need an output intent. Ghostscript-free: the file is
// made by hand from a grey one's tables.
func TestCMYK(t *testing.T) {
	b := cmykJPEG(t)
	s := lay(t, bare(t), stamp.Values{}, read(t, b), stamp.Options{})
	file := onPage(t, s, stamp.FormOptions{}, "")
	sound(t, file)
	m := drawn(t, file, 72)
	// Stored 255-0, 255-204, 255-153, 255-51: no cyan, 80 % magenta, 60 %
	// yellow, 20 % black: (1-c)(1-k) each.
	if got := m.At(m.Bounds().Dx()/2, m.Bounds().Dy()/2); !near(got, color.NRGBA{204, 41, 82, 255}, 6) {
		t.Errorf("%v", got)
	}
	if text := tool(t, "qpdf", "--qdf", file, "-"); strings.Contains(text, "DeviceCMYK") || strings.Contains(text, "DCTDecode") {
		t.Error("the inks are passed through")
	}
}

// cmykJPEG encodes one uniform 8 by 8 block of four inks: the file is that of
// a grey picture with its frame and scan written for four components.
func cmykJPEG(t testing.TB) []byte {
	grey := jpegOf(t, uniform(color.Gray{255}, image.NewGray(image.Rect(0, 0, 8, 8))))
	b := []byte{0xFF, 0xD8, 0xFF, 0xEE, 0, 14}
	b = append(b, "Adobe\x00\x64\x00\x00\x00\x00\x00"...)
	for at := 2; ; {
		n := int(binary.BigEndian.Uint16(grey[at+2:]))
		seg := grey[at : at+2+n]
		switch grey[at+1] {
		case 0xC0:
			b = append(b, 0xFF, 0xC0, 0, 8+12, 8, 0, 8, 0, 8, 4)
			for id := range byte(4) {
				b = append(b, id+1, 0x11, 0)
			}
		case 0xDA:
			b = append(b, 0xFF, 0xDA, 0, 6+8, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
			return append(append(b, cmykBlocks([4]int{255, 51, 102, 204})...), 0xFF, 0xD9)
		default:
			b = append(b, seg...)
		}
		at += 2 + n
	}
}

// cmykBlocks codes four blocks of one value each with the standard's tables
// for luminance (ITU-T T.81, Annex K.3): the quantiser of quality 100 is 1, so
// DC is 8*(v-128).
func cmykBlocks(values [4]int) []byte {
	codes := map[int]string{0: "00", 1: "010", 2: "011", 3: "100", 4: "101", 5: "110", 6: "1110", 7: "11110", 8: "111110", 9: "1111110", 10: "11111110", 11: "111111110"}
	bits := ""
	for _, v := range values {
		dc, size := 8*(v-128), 0
		for a := max(dc, -dc); a > 0; a >>= 1 {
			size++
		}
		bits += codes[size]
		if dc < 0 {
			dc += 1<<size - 1
		}
		for k := size - 1; k >= 0; k-- {
			bits += string(rune('0' + dc>>k&1))
		}
		bits += "1010" // end of block
	}
	for len(bits)%8 != 0 {
		bits += "1"
	}
	var b []byte
	for ; len(bits) > 0; bits = bits[8:] {
		v := byte(0)
		for _, c := range bits[:8] {
			v = v<<1 | byte(c-'0')
		}
		if b = append(b, v); v == 0xFF {
			b = append(b, 0)
		}
	}
	return b
}

// TestSize: millimetres come from the width given, the file's density, or the
// box.
func TestSize(t *testing.T) {
	metre := func(x, y uint32) []byte {
		return chunk("pHYs", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, x), y), 1))
	}
	plain := encode(t, seal(360))
	jfif := jpegOf(t, seal(360))
	dense := append(append(bytes.Clone(jfif[:2]), 0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 2, 1, 0, 254, 0, 254, 0, 0), jfif[2:]...)
	for _, c := range []struct {
		name     string
		template string
		image    []byte
		width    float64 // asked for
		mm, high float64 // got; 0 is an error
	}{
		{"seal of known density", "agency", withChunk(plain, metre(10000, 10000)), 0, 36, 36},
		{"seal of given width", "agency", withChunk(plain, metre(10000, 10000)), 38, 38, 38},
		{"seal of unknown size", "agency", plain, 0, 0, 0},
		{"seal in a JPEG of 254 dpi", "agency", dense, 0, 36, 36},
		{"seal larger than a page", "agency", withChunk(plain, metre(100, 100)), 0, 0, 0},
		{"pixels that are not square", "agency", withChunk(plain, metre(10000, 20000)), 0, 36, 18},
		{"unit unknown", "agency", withChunk(plain, chunk("pHYs", []byte{0, 0, 0, 1, 0, 0, 0, 1, 0})), 0, 0, 0},
		{"signature in its box", "personal", encode(t, signature(400, 100)), 0, 45, 11.25},
		{"high signature", "personal", encode(t, signature(100, 100)), 0, 22, 22},
		{"signature of given width", "personal", encode(t, signature(400, 100)), 30, 30, 7.5},
		{"signature too large for its box", "personal", encode(t, signature(100, 100)), 40, 0, 0},
		{"no width", "personal", encode(t, signature(100, 100)), -1, 0, 0},
		{"no number", "personal", encode(t, signature(100, 100)), math.NaN(), 0, 0},
	} {
		s, err := builtIn(t, c.template).Lay(stamp.Values{}, read(t, c.image), stamp.Options{ImageWidth: c.width})
		if c.mm == 0 {
			var fault *stamp.Error
			if !asError(err, &fault) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if w, h := s.Width()/72*25.4, s.Height()/72*25.4; math.Abs(w-c.mm) > 0.02 || math.Abs(h-c.high) > 0.02 {
			t.Errorf("%s: %.3f by %.3f mm", c.name, w, h)
		}
	}
}

func TestRefusedImages(t *testing.T) {
	header := func(w, h uint32) []byte {
		data := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
		return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(data, 8, 6, 0, 0, 0))...)
	}
	good := encode(t, signature(100, 50))
	for name, c := range map[string]struct {
		b    []byte
		says string
	}{
		"empty":                {nil, "PNG or JPEG"},
		"GIF":                  {[]byte("GIF89a......"), "PNG or JPEG"},
		"bomb":                 {header(1<<20, 1<<20), "1048576 × 1048576"},
		"wide bomb":            {header(1<<31-1, 1), "4000000"},
		"too many pixels":      {header(2001, 2000), "4000000"},
		"cut off":              {good[:len(good)/2], "damaged"},
		"too long":             {append(bytes.Clone(good), make([]byte, 4<<20)...), "4194304"},
		"nothing to see":       {encode(t, image.NewNRGBA(image.Rect(0, 0, 9, 9))), "transparent all over"},
		"JPEG cut off":         {jpegOf(t, seal(50))[:300], "damaged"},
		"JPEG of no size":      {[]byte{0xFF, 0xD8, 0xFF, 0xD9}, "damaged"},
		"JPEG with many scans": {manyScans(t), "64 scans"},
	} {
		_, err := stamp.ReadImage(c.b)
		var fault *stamp.Error
		if !asError(err, &fault) || !strings.Contains(fault.EN, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func manyScans(t testing.TB) []byte {
	b := jpegOf(t, seal(16))
	b = b[:len(b)-2]
	at := bytes.Index(b, []byte{0xFF, 0xDA})
	return append(b, bytes.Repeat(b[at:], 70)...)
}

func TestAdvice(t *testing.T) {
	black := image.NewNRGBA(image.Rect(0, 0, 600, 300))
	for x := range 300 {
		black.SetNRGBA(150+x, 150, color.NRGBA{0, 0, 0, 255})
	}
	paper := uniform(color.NRGBA{255, 255, 255, 255}, image.NewNRGBA(image.Rect(0, 0, 600, 300)))
	draw.Draw(paper.(draw.Image), paper.Bounds(), signature(600, 300), image.Point{}, draw.Over)
	for name, c := range map[string]struct {
		template string
		image    []byte
		want     string
	}{
		"good signature": {"personal", encode(t, signature(600, 300)), ""},
		"good seal":      {"agency", encode(t, seal(600)), ""},
		"black":          {"personal", encode(t, black), "NOT_BLUE"},
		"red signature":  {"personal", encode(t, seal(600)), "NOT_BLUE"},
		"blue seal":      {"agency", encode(t, signature(600, 300)), "NOT_RED"},
		"on paper":       {"personal", encode(t, paper), "NO_TRANSPARENT_BACKGROUND"},
		"photograph":     {"personal", jpegOf(t, paper), "NOT_PNG NO_TRANSPARENT_BACKGROUND"},
		"coarse":         {"agency", encode(t, seal(200)), "LOW_RESOLUTION"},
		"no ink asked":   {"signer", jpegOf(t, paper), ""},
	} {
		s := lay(t, builtIn(t, c.template), stamp.Values{Signer: "A", Time: moment}, read(t, c.image), stamp.Options{ImageWidth: map[string]float64{"personal": 20, "agency": 36, "signer": 20}[c.template]})
		got := ""
		for _, a := range s.Advice() {
			got += " " + string(a.Code)
			if a.VI == "" || a.EN == "" {
				t.Errorf("%s: %s says nothing", name, a.Code)
			}
		}
		if strings.TrimSpace(got) != c.want {
			t.Errorf("%s:%s", name, got)
		}
	}
}

// TestPicture: the preview and the PDF show the same.
func TestPicture(t *testing.T) {
	v := stamp.Values{Signer: "Nguyễn Thị Ngọc Hưởng", Email: "huong@example.gov.vn", Agency: "Ủy ban nhân dân xã Mẫu Một", Time: moment}
	s := lay(t, builtIn(t, "signer"), v, read(t, encode(t, signature(600, 300))), stamp.Options{})
	ours, err := s.Picture(150)
	if err != nil {
		t.Fatal(err)
	}
	theirs := drawn(t, onPage(t, s, stamp.FormOptions{}, ""), 150)
	if a, b := ours.Bounds(), theirs.Bounds(); a != b {
		t.Fatalf("%v and %v", a, b)
	}
	// Readers smooth edges each in their own way: blocks of 8 by 8 pixels are
	// compared by how dark they are.
	differ, blocks, dark := 0, 0, 0
	for y := 0; y+8 <= ours.Bounds().Dy(); y += 8 {
		for x := 0; x+8 <= ours.Bounds().Dx(); x += 8 {
			a, b := mean(ours, x, y), mean(theirs, x, y)
			blocks++
			if b < 230 {
				dark++
			}
			if math.Abs(a-b) > 25 {
				differ++
			}
		}
	}
	if differ*100 > blocks || dark*20 < blocks {
		t.Errorf("%d of %d blocks differ, %d are dark", differ, blocks, dark)
	}
}

func mean(m image.Image, x, y int) float64 {
	sum := 0
	for dy := range 8 {
		for dx := range 8 {
			sum += int(color.GrayModel.Convert(m.At(x+dx, y+dy)).(color.Gray).Y)
		}
	}
	return float64(sum) / 64
}

// TestOneGlyphEach draws every letter from the subset beside one that poppler
// draws from the whole font: composite letters keep their parts.
func TestOneGlyphEach(t *testing.T) {
	s := lay(t, load(t, "", alphabet()...), stamp.Values{}, nil, stamp.Options{})
	theirs := drawn(t, onPage(t, s, stamp.FormOptions{}, ""), 150)
	ours, err := s.Picture(150) // from the whole font, by another library
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	for y := 0; y+8 <= ours.Bounds().Dy(); y += 8 {
		for x := 0; x+8 <= ours.Bounds().Dx(); x += 8 {
			if math.Abs(mean(ours, x, y)-mean(theirs, x, y)) > 40 {
				differ++
			}
		}
	}
	if differ > 0 {
		t.Errorf("%d blocks differ", differ)
	}
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}
