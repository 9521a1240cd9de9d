//go:build !js

package stamp_test

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"kyso/signature/stamp"
)

func FuzzReadImage(f *testing.F) {
	f.Add(encode(f, signature(20, 10)))
	f.Add(withChunk(encode(f, seal(12)), chunk("pHYs", []byte{0, 0, 1, 0, 0, 0, 1, 0, 1})))
	f.Add(encode(f, uniform(color.Gray16{9}, image.NewGray16(image.Rect(0, 0, 3, 3)))))
	f.Add(jpegOf(f, seal(16)))
	f.Add(cmykJPEG(f))
	made := load(f, `"image":{"use":"needed","width":40,"height":40},`)
	f.Fuzz(func(t *testing.T, b []byte) {
		// The bound for people would make the fuzzer slow.
		if len(b) > 1<<12 {
			return
		}
		i, err := stamp.ReadImage(b)
		var fault *stamp.Error
		if err != nil {
			if !errors.As(err, &fault) {
				t.Error(err)
			}
			return
		}
		s, err := made.Lay(stamp.Values{}, i, stamp.Options{})
		if err != nil {
			if !errors.As(err, &fault) {
				t.Error(err)
			}
			return
		}
		if s.Width() > 114 || s.Height() > 114 || s.Width() <= 0 || s.Height() <= 0 { // 40 mm
			t.Errorf("%v by %v points", s.Width(), s.Height())
		}
	})
}
