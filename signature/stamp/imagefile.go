package stamp

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
)

// pngDensity is how many pixels a PNG states to have in a metre, each way
// (PNG, 11.3.4.3, pHYs); zero when it does not say.
func pngDensity(b []byte) (x, y float64) {
	for b = b[8:]; len(b) >= 12; {
		n := binary.BigEndian.Uint32(b)
		kind := string(b[4:8])
		if uint64(n)+12 > uint64(len(b)) || kind == "IDAT" {
			break
		}
		if data := b[8 : 8+n]; kind == "pHYs" && n == 9 && data[8] == 1 {
			return float64(binary.BigEndian.Uint32(data)), float64(binary.BigEndian.Uint32(data[4:]))
		}
		b = b[12+n:]
	}
	return 0, 0
}

// jpegFile is what stands in a JPEG besides its picture.
type jpegFile struct {
	picture     []byte // the file without comments and applications' data
	orientation int
	dpi         [2]float64 // from JFIF, zero when it does not say
	adobe       bool
	transform   byte // of Adobe's segment
	scans       int
	// plain tells that there is one picture in it for every decoder: a
	// sequential frame with a single scan, and before it all that decides on its
	// colours. Of several scans, some readers draw the first and some the last.
	plain bool
}

// maxScans bounds how often a progressive JPEG goes over the picture: each
// costs time and hardly any bytes. Ten are usual.
const maxScans = 64

func readJPEG(b []byte) (*Image, error) {
	f, ok := segments(b)
	if !ok {
		return nil, fault("tệp JPEG bị hỏng hoặc có quá %[1]d lượt quét", "the JPEG is damaged or has more than %[1]d scans", maxScans)
	}
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, damaged(err)
	}
	i, err := fromPixels(m, f.orientation)
	if err != nil {
		return nil, err
	}
	i.fromJPEG = true
	if f.dpi[0] > 0 && f.dpi[1] > 0 {
		x, y := f.dpi[0], f.dpi[1]
		if f.orientation >= 5 {
			x, y = y, x
		}
		i.wide, i.high = float64(i.width)/x*25.4, float64(i.height)/y*25.4
	}
	// A PDF holds the file itself where every reader takes its picture and its
	// colours for the same: grey, or YCbCr by its markers. CMYK would need an
	// output intent.
	switch m.(type) {
	case *image.Gray:
		if f.orientation == 1 && f.plain {
			i.jpeg = f.picture
		}
	case *image.YCbCr:
		if f.orientation == 1 && f.plain && !(f.adobe && f.transform != 1) {
			i.jpeg, i.grey = f.picture, false
			i.color = rgb(i.color, i.width*i.height)
		}
	}
	return i, nil
}

// rgb makes three bytes a pixel out of one, unless it has them: a JPEG of
// three colours stays one when all of its pixels are grey.
func rgb(c []byte, n int) []byte {
	if len(c) == 3*n {
		return c
	}
	all := make([]byte, 0, 3*n)
	for _, v := range c {
		all = append(all, v, v, v)
	}
	return all
}

// segments reads the markers of a JPEG (ITU-T T.81, Annex B).
func segments(b []byte) (jpegFile, bool) {
	f := jpegFile{orientation: 1, picture: []byte{0xFF, 0xD8}, plain: true}
	for at := 2; ; {
		for at+1 < len(b) && b[at] == 0xFF && b[at+1] == 0xFF {
			at++ // fill bytes
		}
		if at+4 > len(b) || b[at] != 0xFF {
			return f, false
		}
		marker := b[at+1]
		if marker == 0xD9 || marker >= 0xD0 && marker <= 0xD7 || marker <= 0x01 {
			return f, false
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 || at+2+n > len(b) {
			return f, false
		}
		data := b[at+4 : at+2+n]
		keep := true
		late := f.scans > 0 && marker >= 0xC0
		progressive := marker == 0xC2
		if late || progressive {
			f.plain = false
		}
		switch {
		case marker == 0xE0 && bytes.HasPrefix(data, []byte("JFIF\x00")):
			f.jfif(data)
		case marker == 0xE1:
			keep = false
			if tiff, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00")); ok {
				f.orientation = exifOrientation(tiff)
			}
		case marker == 0xEE && bytes.HasPrefix(data, []byte("Adobe")) && len(data) >= 12:
			f.adobe, f.transform = true, data[11]
		case marker >= 0xE0 && marker <= 0xEF || marker == 0xFE:
			keep = false
		}
		if keep {
			f.picture = append(f.picture, b[at:at+2+n]...)
		}
		at += 2 + n
		if marker != 0xDA {
			continue
		}
		if f.scans++; f.scans > maxScans {
			return f, false
		}
		// Entropy-coded data end at the next marker that is neither stuffing
		// nor a restart.
		start := at
		for at+1 < len(b) && !(b[at] == 0xFF && b[at+1] != 0 && b[at+1] != 0xFF && (b[at+1] < 0xD0 || b[at+1] > 0xD7)) {
			at++
		}
		if at+1 >= len(b) {
			return f, false
		}
		f.picture = append(f.picture, b[start:at]...)
		if b[at+1] == 0xD9 {
			f.picture = append(f.picture, 0xFF, 0xD9)
			return f, true
		}
	}
}

// jfif reads the density (ITU-T T.871, 10.1).
func (f *jpegFile) jfif(data []byte) {
	if len(data) < 12 {
		return
	}
	unit := map[byte]float64{1: 1, 2: 2.54}[data[7]] // dots per inch, per centimetre
	f.dpi = [2]float64{float64(binary.BigEndian.Uint16(data[8:])) * unit, float64(binary.BigEndian.Uint16(data[10:])) * unit}
}

// exifOrientation reads tag 0112 of the first directory; 1 is upright, and
// stands for what is missing or malformed.
func exifOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var o binary.ByteOrder = binary.BigEndian
	switch string(b[:4]) {
	case "II*\x00":
		o = binary.LittleEndian
	case "MM\x00*":
	default:
		return 1
	}
	at := uint64(o.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	n := uint64(o.Uint16(b[at:]))
	for k := range n {
		e := at + 2 + 12*k
		if e+12 > uint64(len(b)) {
			break
		}
		if o.Uint16(b[e:]) == 0x0112 {
			if v := int(o.Uint16(b[e+8:])); v >= 1 && v <= 8 {
				return v
			}
			break
		}
	}
	return 1
}
