package tray

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The icon is a seal with a wavy edge and a white sign in it. The sign, not
// only the colour, tells the condition.
var sealColors = [3]color.NRGBA{
	Idle:    {0x1B, 0x6E, 0xB4, 0xFF}, // blue
	Busy:    {0xB7, 0x6E, 0x00, 0xFF}, // amber
	Problem: {0xB3, 0x26, 0x1E, 0xFF}, // red
}

// stroke is a line with round ends; a dot when both ends are the same.
// Coordinates are in units of the icon's half width, from its centre, y down.
type stroke struct{ x1, y1, x2, y2, width float64 }

var signs = [3][]stroke{
	Idle:    {{-0.40, 0.04, -0.12, 0.34, 0.11}, {-0.12, 0.34, 0.42, -0.30, 0.11}},
	Busy:    {{-0.42, 0, -0.42, 0, 0.13}, {0, 0, 0, 0, 0.13}, {0.42, 0, 0.42, 0, 0.13}},
	Problem: {{0, -0.44, 0, 0.10, 0.12}, {0, 0.42, 0, 0.42, 0.13}},
}

// draw makes the icon of a condition, size×size pixels.
func draw(c Condition, size int) *image.NRGBA {
	c = c.known()
	const samples = 4 // a side of the grid in each pixel: 17 steps of smoothing
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	seal := sealColors[c]
	for y := range size {
		for x := range size {
			sealed, white := 0, 0
			for i := range samples * samples {
				px := (float64(x)+(float64(i%samples)+0.5)/samples)/float64(size)*2 - 1
				py := (float64(y)+(float64(i/samples)+0.5)/samples)/float64(size)*2 - 1
				switch {
				case onSign(signs[c], px, py):
					white++
				case inSeal(px, py):
					sealed++
				}
			}
			if covered := sealed + white; covered > 0 {
				blend := func(v uint8) uint8 { return uint8((int(v)*sealed + 0xFF*white) / covered) }
				img.SetNRGBA(x, y, color.NRGBA{blend(seal.R), blend(seal.G), blend(seal.B),
					uint8(0xFF * covered / (samples * samples))})
			}
		}
	}
	return img
}

func inSeal(x, y float64) bool {
	const radius, wave, waves = 0.91, 0.06, 12
	return math.Hypot(x, y) < radius+wave*math.Cos(waves*math.Atan2(y, x))
}

func onSign(sign []stroke, x, y float64) bool {
	for _, s := range sign {
		dx, dy := s.x2-s.x1, s.y2-s.y1
		along := 0.0
		if length := dx*dx + dy*dy; length > 0 {
			along = min(max(((x-s.x1)*dx+(y-s.y1)*dy)/length, 0), 1)
		}
		if math.Hypot(x-s.x1-along*dx, y-s.y1-along*dy) < s.width {
			return true
		}
	}
	return false
}

// pngIcon is what macOS takes, and with hard edges Linux.
func pngIcon(img *image.NRGBA) []byte {
	var b bytes.Buffer
	// Writing an in-memory image of this kind to memory cannot fail.
	png.Encode(&b, img)
	return b.Bytes()
}

// hardEdged makes every pixel either opaque or invisible.
func hardEdged(img *image.NRGBA) *image.NRGBA {
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] < 0x80 {
			clear(img.Pix[i-3 : i+1])
		} else {
			img.Pix[i] = 0xFF
		}
	}
	return img
}

// icoIcon is what Windows takes: the sizes of its notification area at 100,
// 150, 200 and 300 %, as uncompressed 32-bit bitmaps, which every version reads.
func icoIcon(c Condition) []byte {
	sizes := []int{16, 24, 32, 48}
	var directory, bitmaps bytes.Buffer
	le := binary.LittleEndian
	directory.Write(le.AppendUint16(le.AppendUint16(le.AppendUint16(nil, 0), 1), uint16(len(sizes)))) // reserved, icon, count
	offset := 6 + 16*len(sizes)
	for _, size := range sizes {
		bitmap := dib(draw(c, size))
		entry := []byte{byte(size), byte(size), 0, 0} // width, height, no palette, reserved
		entry = le.AppendUint16(entry, 1)             // planes
		entry = le.AppendUint16(entry, 32)            // bits a pixel
		entry = le.AppendUint32(entry, uint32(len(bitmap)))
		entry = le.AppendUint32(entry, uint32(offset))
		directory.Write(entry)
		bitmaps.Write(bitmap)
		offset += len(bitmap)
	}
	return append(directory.Bytes(), bitmaps.Bytes()...)
}

// dib is a BITMAPINFOHEADER, the pixels bottom up in BGRA, and the one-bit
// mask that goes with every icon (unused with 32 bits: all zero).
func dib(img *image.NRGBA) []byte {
	size := img.Bounds().Dx()
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 40)
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(2*size)) // picture and mask
	b = le.AppendUint16(b, 1)              // planes
	b = le.AppendUint16(b, 32)             // bits a pixel
	b = append(b, make([]byte, 24)...)     // not compressed; no palette
	for y := size - 1; y >= 0; y-- {
		for x := range size {
			p := img.NRGBAAt(x, y)
			b = append(b, p.B, p.G, p.R, p.A)
		}
	}
	maskRow := (size + 31) / 32 * 4
	return append(b, make([]byte, maskRow*size)...)
}
