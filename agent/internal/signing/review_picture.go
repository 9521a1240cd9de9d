package signing

import (
	"bytes"
	"fmt"
	"image/png"
)

// The resolutions a stamp's picture is tried at, so that it stays within bounds:
// sharp on large screens, or what a long stamp leaves.
var pictureDPI = []float64{200, 144, 96, 72}

// Picture is what the stamp of a document will look like, as a PNG of at most max
// bytes, with the present time. The error is ErrRequest where there is no stamp.
func (v *Review) Picture(document, max int) ([]byte, error) {
	o, err := v.document(document)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	r, id := v.r, v.identities[0]
	v.mu.Unlock()
	if r.Stamp == nil {
		return nil, fmt.Errorf("picture of no stamp: %w", ErrRequest)
	}
	s, err := r.Stamp.lay(id, recorded(r.Reason, o.outOfOrder(r)), v.s.clock())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	var b bytes.Buffer
	for _, dpi := range pictureDPI {
		m, err := s.Picture(dpi)
		if err != nil {
			continue // larger than the engine draws
		}
		b.Reset()
		if err := png.Encode(&b, m); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStamp, err)
		}
		if b.Len() <= max {
			return b.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("%w: its picture has more than %d bytes", ErrStamp, max)
}
