package stamps_test

import (
	"bytes"
	"image/png"
	"testing"

	"kyso/testdata/stamps"
)

// TestImages: transparent at the corner, inked somewhere, and a PNG still after
// the resolution was put in.
func TestImages(t *testing.T) {
	for name, b := range map[string][]byte{"signature": stamps.HandSignature(), "seal": stamps.Seal()} {
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, _, _, a := m.At(0, 0).RGBA(); a != 0 {
			t.Errorf("%s: its corner is not transparent", name)
		}
		inked := 0
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				if _, _, _, a := m.At(x, y).RGBA(); a == 0xFFFF {
					inked++
				}
			}
		}
		if share := float64(inked) / float64(m.Bounds().Dx()*m.Bounds().Dy()); share < 0.02 || share > 0.4 {
			t.Errorf("%s: %.0f %% inked", name, 100*share)
		}
		// 300 dots an inch are 11811 a metre.
		if !bytes.Contains(b, []byte("\x00\x00\x00\x09pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01")) {
			t.Errorf("%s: it does not tell its resolution", name)
		}
	}
}
