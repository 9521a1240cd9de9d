package tray

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"testing"
)

func TestIconsDiffer(t *testing.T) {
	seen := map[string]Condition{}
	for c := Idle; c <= Problem; c++ {
		data := pngIcon(draw(c, 64))
		if other, ok := seen[string(data)]; ok {
			t.Errorf("conditions %d and %d have the same icon", other, c)
		}
		seen[string(data)] = c
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != 64 || b.Dy() != 64 {
			t.Errorf("size %v", b)
		}
		if _, _, _, a := img.At(0, 0).RGBA(); a != 0 {
			t.Error("the corner is not transparent")
		}
		if _, _, _, a := img.At(32, 16).RGBA(); a != 0xFFFF {
			t.Error("the seal is not opaque")
		}
	}
	if !bytes.Equal(pngIcon(draw(Condition(7), 16)), pngIcon(draw(Problem, 16))) {
		t.Error("an unknown condition is not shown as a problem")
	}
}

// The signs alone must tell the conditions apart, for those who do not tell
// the colours apart: compare where it is white.
func TestIconsDifferWithoutColour(t *testing.T) {
	white := func(c Condition) (at [256]bool) {
		img := draw(c, 16)
		for i := range at {
			p := img.NRGBAAt(i%16, i/16)
			at[i] = p.A > 0x80 && p.R > 0xC0 && p.G > 0xC0 && p.B > 0xC0
		}
		return at
	}
	for _, pair := range [][2]Condition{{Idle, Busy}, {Idle, Problem}, {Busy, Problem}} {
		a, b, differ := white(pair[0]), white(pair[1]), 0
		for i := range a {
			if a[i] != b[i] {
				differ++
			}
		}
		if differ < 8 {
			t.Errorf("conditions %v differ in %d of 256 pixels only", pair, differ)
		}
	}
}

func TestICO(t *testing.T) {
	data := icoIcon(Idle)
	le := binary.LittleEndian
	if le.Uint16(data) != 0 || le.Uint16(data[2:]) != 1 {
		t.Fatal("not an icon file")
	}
	end := 6 + 16*int(le.Uint16(data[4:]))
	for i := range int(le.Uint16(data[4:])) {
		entry := data[6+16*i:]
		size, length, offset := int(entry[0]), int(le.Uint32(entry[8:])), int(le.Uint32(entry[12:]))
		if offset != end || offset+length > len(data) {
			t.Fatalf("entry %d: bytes %d to %d of %d", i, offset, offset+length, len(data))
		}
		end = offset + length
		bitmap := data[offset:end]
		if le.Uint32(bitmap) != 40 || int(le.Uint32(bitmap[4:])) != size || int(le.Uint32(bitmap[8:])) != 2*size {
			t.Errorf("entry %d: wrong bitmap header", i)
		}
		if want := 40 + 4*size*size + (size+31)/32*4*size; length != want {
			t.Errorf("entry %d: %d bytes, want %d", i, length, want)
		}
		// The middle of the lowest line but one is seal blue, stored B, G, R, A.
		p := bitmap[40+4*(size*2+size/2):]
		if p[0] < p[2] || p[3] == 0 {
			t.Errorf("entry %d: pixel %v is not blue: wrong byte order or upside down", i, p[:4])
		}
	}
	if end != len(data) {
		t.Errorf("%d bytes beyond the last bitmap", len(data)-end)
	}
}
