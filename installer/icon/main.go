// Command icon draws the program's icon, a blue seal with a white tick: the
// shape people also see in the tray. It never reads a file, so that the icon
// has one source, this one.
//
// With -pen it has a stroke of a pen in place of the tick: the browser extension
// shows verdicts beside its icon, and a tick there would be one of its own.
//
// Usage: icon [-pen] NAME.svg|NAME.ico|SIZE.png ...
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Coordinates are in units of the icon's half width, from its centre, y down.
const (
	radius, wave, waves = 0.91, 0.06, 12 // the seal's wavy edge
	tickWidth           = 0.11           // half the width of the tick's line
)

var (
	blue = color.NRGBA{0x1B, 0x6E, 0xB4, 0xFF}
	tick = [][2]float64{{-0.40, 0.04}, {-0.12, 0.34}, {0.42, -0.30}}
	// Each curve begins where the one before ends.
	pen = [][2]float64{
		{-0.56, 0.38}, {-0.31, -0.19}, {-0.19, -0.38}, {-0.06, -0.38}, {0.06, -0.38}, {-0.19, 0.19}, {-0.06, 0.19},
		{0.06, 0.19}, {0.12, -0.12}, {0.25, -0.12}, {0.38, -0.12}, {0.25, 0.12}, {0.56, 0.06},
	}
)

func main() {
	names, line := os.Args[1:], tick
	if len(names) > 0 && names[0] == "-pen" {
		names, line = names[1:], flat(pen)
	}
	if len(names) == 0 {
		fmt.Fprintln(os.Stderr, "usage: icon [-pen] NAME.svg|NAME.ico|SIZE.png ...")
		os.Exit(64)
	}
	for _, name := range names {
		if err := write(name, line); err != nil {
			fmt.Fprintln(os.Stderr, "icon:", err)
			os.Exit(1)
		}
	}
}

// flat makes straight pieces of cubic Bézier curves.
func flat(curves [][2]float64) [][2]float64 {
	const pieces = 12 // to a curve; more is not seen at 256 pixels
	line := curves[:1:1]
	for i := 0; i+3 < len(curves); i += 3 {
		for j := 1; j <= pieces; j++ {
			t := float64(j) / pieces
			u := 1 - t
			var p [2]float64
			for k := range p {
				p[k] = u*u*u*curves[i][k] + 3*u*u*t*curves[i+1][k] + 3*u*t*t*curves[i+2][k] + t*t*t*curves[i+3][k]
			}
			line = append(line, p)
		}
	}
	return line
}

// write draws the seal with this line on it.
func write(name string, line [][2]float64) error {
	switch filepath.Ext(name) {
	case ".svg":
		return os.WriteFile(name, svg(line), 0o644)
	case ".ico":
		data, err := ico(line)
		if err != nil {
			return err
		}
		return os.WriteFile(name, data, 0o644)
	case ".png":
		size, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".png"))
		if err != nil || size < 1 || size > 1024 {
			return fmt.Errorf("%s: the name is no size from 1 to 1024", name)
		}
		var data bytes.Buffer
		if err := png.Encode(&data, draw(size, line)); err != nil {
			return err
		}
		return os.WriteFile(name, data.Bytes(), 0o644)
	}
	return fmt.Errorf("%s: neither .svg, .ico nor .png", name)
}

func edge(angle float64) float64 { return radius + wave*math.Cos(waves*angle) }

// svg is what Linux desktops take.
func svg(line [][2]float64) []byte {
	const points = 16 * waves // sixteen straight pieces look round in each wave
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 2 2"><path fill="#1b6eb4" d="`)
	command := 'M'
	for i := range points {
		a := 2 * math.Pi * float64(i) / points
		fmt.Fprintf(&b, "%c%.4f %.4f", command, edge(a)*math.Cos(a), edge(a)*math.Sin(a))
		command = 'L'
	}
	fmt.Fprintf(&b, `Z"/><path fill="none" stroke="#fff" stroke-width="%g" stroke-linecap="round" stroke-linejoin="round" d="`, 2*tickWidth)
	command = 'M'
	for _, p := range line {
		fmt.Fprintf(&b, "%c%.4g %.4g", command, p[0], p[1])
		command = 'L'
	}
	b.WriteString(`"/></svg>` + "\n")
	return b.Bytes()
}

// ico is what Windows takes: PNG pictures, which it reads since Vista, in the
// sizes it shows in lists, on the taskbar and in large views.
func ico(line [][2]float64) ([]byte, error) {
	sizes := []int{16, 24, 32, 48, 64, 256}
	le := binary.LittleEndian
	head := le.AppendUint16(le.AppendUint16(le.AppendUint16(nil, 0), 1), uint16(len(sizes))) // reserved, icon, count
	var pictures bytes.Buffer
	for _, size := range sizes {
		start := pictures.Len()
		if err := png.Encode(&pictures, draw(size, line)); err != nil {
			return nil, err
		}
		head = append(head, byte(size), byte(size), 0, 0) // width, height (256 is 0), no palette, reserved
		head = le.AppendUint16(head, 1)                   // planes
		head = le.AppendUint16(head, 32)                  // bits a pixel
		head = le.AppendUint32(head, uint32(pictures.Len()-start))
		head = le.AppendUint32(head, uint32(6+16*len(sizes)+start))
	}
	return append(head, pictures.Bytes()...), nil
}

func onLine(x, y float64, line [][2]float64) bool {
	for i := range len(line) - 1 {
		// Most pieces are far away, which is found out faster than how far.
		a, b := line[i], line[i+1]
		if max(a[0], b[0])+tickWidth < x || min(a[0], b[0])-tickWidth > x {
			continue
		}
		if distance(x, y, a, b) < tickWidth {
			return true
		}
	}
	return false
}

// draw makes the icon size×size pixels, smoothed by 8×8 samples in each.
func draw(size int, line [][2]float64) *image.NRGBA {
	const samples = 8
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for i := range size * size {
		sealed, white := 0, 0
		for j := range samples * samples {
			x := (float64(i%size)+(float64(j%samples)+0.5)/samples)/float64(size)*2 - 1
			y := (float64(i/size)+(float64(j/samples)+0.5)/samples)/float64(size)*2 - 1
			switch {
			case onLine(x, y, line):
				white++
			case math.Hypot(x, y) < edge(math.Atan2(y, x)):
				sealed++
			}
		}
		if covered := sealed + white; covered > 0 {
			blend := func(v uint8) uint8 { return uint8((int(v)*sealed + 0xFF*white) / covered) }
			img.SetNRGBA(i%size, i/size, color.NRGBA{blend(blue.R), blend(blue.G), blend(blue.B),
				uint8(0xFF * covered / (samples * samples))})
		}
	}
	return img
}

// distance from a point to the line between a and b.
func distance(x, y float64, a, b [2]float64) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	along := min(max(((x-a[0])*dx+(y-a[1])*dy)/(dx*dx+dy*dy), 0), 1)
	return math.Hypot(x-a[0]-along*dx, y-a[1]-along*dy)
}
