// Package stamps draws the images that fictional persons and agencies sign
// with: a hand's signature in blue and a round seal in red, both on a
// transparent ground. No real seal looks like this one.
package stamps

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Resolution is that of the images, in dots per inch.
const Resolution = 300

// SealWidth is the seal's diameter in millimetres. It is nobody's: the sizes of
// real seals are set by the police.
const SealWidth = 36

// HandSignature is a PNG, 40 mm wide and 18 high, of loops in blue ink.
func HandSignature() []byte {
	w, h := dots(40), dots(18)
	ink := color.NRGBA{0x12, 0x3C, 0xA8, 0}
	var line []point
	for i := range 400 {
		t := float64(i) / 400
		line = append(line, point{
			(0.06 + 0.86*t + 0.05*math.Sin(31*t)) * float64(w),
			(0.55 - 0.1*t + (0.38-0.2*t)*math.Sin(23*t+1)) * float64(h),
		})
	}
	under := []point{{0.2 * float64(w), 0.92 * float64(h)}, {0.95 * float64(w), 0.8 * float64(h)}}
	return encode(draw(w, h, ink, func(p point) float64 {
		return math.Min(distance(p, line), distance(p, under)) - 4
	}))
}

// Seal is a PNG of a ring, SealWidth wide, around the sun of a drawing lesson.
func Seal() []byte {
	w := dots(SealWidth)
	red := color.NRGBA{0xD2, 0x14, 0x1E, 0}
	middle, radius := point{float64(w) / 2, float64(w) / 2}, float64(w)/2
	return encode(draw(w, w, red, func(p point) float64 {
		r := math.Hypot(p.x-middle.x, p.y-middle.y)
		ring := math.Min(math.Abs(r-radius+7)-6, math.Abs(r-radius*0.72)-3)
		rays := math.Cos(8 * math.Atan2(p.y-middle.y, p.x-middle.x)) // eight of them
		sun := r - radius*(0.3+0.1*rays)
		return math.Min(ring, sun)
	}))
}

// HandSize and SealSize are the images' sizes in dots.
func HandSize() (width, height int) { return dots(40), dots(18) }

// SealSize is the seal's side in dots.
func SealSize() int { return dots(SealWidth) }

func dots(millimetres float64) int { return int(math.Round(millimetres / 25.4 * Resolution)) }

type point struct{ x, y float64 }

// distance is that of p from a line of points.
func distance(p point, line []point) float64 {
	best := math.Inf(1)
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		dx, dy := b.x-a.x, b.y-a.y
		t := math.Max(0, math.Min(1, ((p.x-a.x)*dx+(p.y-a.y)*dy)/(dx*dx+dy*dy)))
		best = math.Min(best, math.Hypot(p.x-a.x-t*dx, p.y-a.y-t*dy))
	}
	return best
}

// draw inks the dots inside, where outside is negative, with an edge of one dot
// that fades.
func draw(w, h int, ink color.NRGBA, outside func(point) float64) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			cover := 0.5 - outside(point{float64(x) + 0.5, float64(y) + 0.5})
			if cover > 0 {
				c := ink
				c.A = uint8(255 * math.Min(1, cover))
				m.SetNRGBA(x, y, c)
			}
		}
	}
	return m
}

// encode writes a PNG that tells its resolution (pHYs).
func encode(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // writing to memory
	}
	const header = 8 + 25 // the signature and IHDR
	perMetre := uint32(math.Round(Resolution / 0.0254))
	chunk := []byte("\x00\x00\x00\x09pHYs")
	chunk = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(chunk, perMetre), perMetre)
	chunk = append(chunk, 1)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	out := append([]byte{}, b.Bytes()[:header]...)
	return append(append(out, chunk...), b.Bytes()[header:]...)
}
