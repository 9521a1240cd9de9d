package stamp

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// Image is the picture of a signature or a seal, decoded. It never changes.
type Image struct {
	width, height int
	// color has one byte a pixel (grey) or three (red, green, blue: sRGB), not
	// multiplied with alpha. What is fully transparent is white, so that
	// readers that scale it mix no other colour into its edges.
	color []byte
	grey  bool
	alpha []byte // one byte a pixel, nil when all is opaque
	// jpeg holds the file again where it can stand in a PDF as it is, without
	// what does not make the picture: a photograph tells where it was taken.
	jpeg     []byte
	fromJPEG bool
	// Size in millimetres by the density that the file states, zero when it
	// states none.
	wide, high float64
}

const (
	// maxImageBytes and maxPixels: 2000 by 2000 pixels are more than 600 dpi
	// for every seal and signature, and every copy of the document carries them.
	maxImageBytes = 4 << 20
	maxPixels     = 4_000_000
)

// ReadImage reads a PNG or JPEG file. An *Error says what is not right.
func ReadImage(b []byte) (*Image, error) {
	if len(b) > maxImageBytes {
		return nil, fault("tệp ảnh có %[1]d byte; tối đa %[2]d byte: hãy giảm độ phân giải", "the image has %[1]d bytes; at most %[2]d are allowed: reduce its resolution", len(b), maxImageBytes)
	}
	read, decode := readPNG, png.DecodeConfig
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
	case bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		read, decode = readJPEG, jpeg.DecodeConfig
	default:
		return nil, fault("ảnh phải là tệp PNG hoặc JPEG", "the image must be a PNG or JPEG file")
	}
	// Nothing is decoded before its size is known.
	c, err := decode(bytes.NewReader(b))
	if err != nil {
		return nil, damaged(err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxPixels || c.Height > maxPixels/c.Width {
		return nil, fault("ảnh có %[1]d × %[2]d điểm ảnh; tối đa %[3]d điểm ảnh (ví dụ 2000 × 2000): hãy giảm độ phân giải", "the image has %[1]d × %[2]d pixels; at most %[3]d are allowed (2000 × 2000, say): reduce its resolution", c.Width, c.Height, maxPixels)
	}
	return read(b)
}

func damaged(err error) *Error {
	return fault("tệp ảnh bị hỏng hoặc thuộc loại không đọc được (%[1]v)", "the image is damaged or of a kind that cannot be read (%[1]v)", err)
}

func readPNG(b []byte) (*Image, error) {
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, damaged(err)
	}
	i, err := fromPixels(m, 1)
	if err != nil {
		return nil, err
	}
	if x, y := pngDensity(b); x > 0 && y > 0 {
		i.wide, i.high = float64(i.width)/x*1000, float64(i.height)/y*1000
	}
	return i, nil
}

// fromPixels takes m's colours exactly as they are, turned as orientation says
// (Exif 2.3, 4.6.4, tag 0112).
func fromPixels(m image.Image, orientation int) (*Image, error) {
	r := m.Bounds()
	w, h := r.Dx(), r.Dy()
	i := &Image{width: w, height: h, grey: true}
	if orientation >= 5 {
		i.width, i.height = h, w
	}
	n := w * h
	i.color, i.alpha = make([]byte, 0, 3*n), make([]byte, 0, n)
	at := straight(m)
	opaque, visible := true, false
	for y := range i.height {
		for x := range i.width {
			sx, sy := turned(x, y, i.width, i.height, orientation)
			c := at(r.Min.X+sx, r.Min.Y+sy)
			if c.A == 0 {
				c = color.NRGBA{255, 255, 255, 0}
			}
			visible = visible || c.A > 0
			opaque = opaque && c.A == 255
			i.grey = i.grey && c.R == c.G && c.G == c.B
			i.color, i.alpha = append(i.color, c.R, c.G, c.B), append(i.alpha, c.A)
		}
	}
	if !visible {
		return nil, fault("ảnh hoàn toàn trong suốt: không nhìn thấy gì", "the image is transparent all over: nothing can be seen")
	}
	if opaque {
		i.alpha = nil
	}
	if i.grey {
		for k := range n {
			i.color[k] = i.color[3*k]
		}
		i.color = i.color[:n:n]
	}
	return i, nil
}

// straight reads m's pixels without multiplying them with alpha on the way,
// which would lose digits.
func straight(m image.Image) func(x, y int) color.NRGBA {
	switch m := m.(type) {
	case *image.NRGBA:
		return m.NRGBAAt
	case *image.NRGBA64:
		return func(x, y int) color.NRGBA {
			c := m.NRGBA64At(x, y)
			return color.NRGBA{eight(c.R), eight(c.G), eight(c.B), eight(c.A)}
		}
	case *image.Gray16:
		return func(x, y int) color.NRGBA {
			v := eight(m.Gray16At(x, y).Y)
			return color.NRGBA{v, v, v, 255}
		}
	case *image.RGBA64: // opaque, as PNG has them
		return func(x, y int) color.NRGBA {
			c := m.RGBA64At(x, y)
			return color.NRGBA{eight(c.R), eight(c.G), eight(c.B), eight(c.A)}
		}
	case *image.Paletted:
		palette := make([]color.NRGBA, 256)
		for k, c := range m.Palette {
			palette[k] = color.NRGBAModel.Convert(c).(color.NRGBA)
		}
		return func(x, y int) color.NRGBA { return palette[m.ColorIndexAt(x, y)] }
	}
	return func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA) }
}

// eight rounds sixteen bits to eight.
func eight(v uint16) uint8 { return uint8((uint32(v)*255 + 32767) / 65535) }

// turned finds the pixel that is shown at x, y of a picture of w by h.
func turned(x, y, w, h, orientation int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, w - 1 - x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return h - 1 - y, x
	}
	return x, y
}

// pixel is the colour at x, y.
func (i *Image) pixel(x, y int) color.NRGBA {
	k := y*i.width + x
	c := color.NRGBA{A: 255}
	if i.grey {
		c.R, c.G, c.B = i.color[k], i.color[k], i.color[k]
	} else {
		c.R, c.G, c.B = i.color[3*k], i.color[3*k+1], i.color[3*k+2]
	}
	if i.alpha != nil {
		c.A = i.alpha[k]
	}
	return c
}

// put gives the image its size. An Error says what is missing.
func (r *imageRule) put(s *Stamp, i *Image, o Options) error {
	switch {
	case i == nil && r.Use == ImageNeeded:
		return fault("mẫu này cần ảnh chữ ký hoặc ảnh dấu", "this template needs an image of the signature or the seal")
	case i != nil && r.Use == NoImage:
		return fault("mẫu này không hiển thị hình ảnh: hãy bỏ ảnh", "this template shows no image: leave it out")
	case i == nil:
		return nil
	}
	if o.ImageWidth != 0 {
		if err := between("image-width", o.ImageWidth, minSide, maxSide, "mm"); err != nil {
			return err
		}
	}
	w, h := o.ImageWidth, 0.0
	ratio := float64(i.height) / float64(i.width)
	if i.wide > 0 { // pixels need not be square
		ratio = i.high / i.wide
	}
	switch {
	case w == 0 && r.RealSize && i.wide == 0:
		return fault("ảnh không ghi kích thước thực tế: hãy cho biết chiều rộng thực của dấu (mm), đo trên dấu thật", "the image does not state its real size: give the seal's real width in millimetres, measured on the seal")
	case w == 0 && r.RealSize:
		w = i.wide
	case w == 0:
		w = min(r.Width, r.Height/ratio)
	}
	h = w * ratio
	if !r.RealSize && (w > r.Width+tiny || h > r.Height+tiny) {
		return fault("ảnh rộng %.1[1]f mm, cao %.1[2]f mm, vượt khung %[3]v × %[4]v mm của mẫu", "the image is %.1[1]f mm wide and %.1[2]f mm high, more than the template's box of %[3]v × %[4]v mm", w, h, r.Width, r.Height)
	}
	if w < minImage || h < minImage || w > maxSide || h > maxSide {
		return fault("ảnh sẽ rộng %.1[1]f mm, cao %.1[2]f mm; cho phép từ %[3]v đến %[4]v mm: hãy cắt ảnh hoặc cho biết chiều rộng đúng", "the image would be %.1[1]f mm wide and %.1[2]f mm high; %[3]v to %[4]v mm are allowed: crop it or give the right width", w, h, minImage, maxSide)
	}
	s.image, s.at = i, box{width: w * mm, height: h * mm}
	return nil
}

const (
	minImage = 1.0  // mm; what is smaller cannot be seen
	tiny     = 1e-6 // mm, for rounding
)
