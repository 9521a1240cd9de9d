package pdf

import "unicode/utf16"

func utf16Text(b []byte, shift0, shift1 int) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i])<<shift0|uint16(b[i+1])<<shift1)
	}
	return string(utf16.Decode(u))
}

// TextString encodes s as a text string: as it is when ASCII, else UTF-16BE
// with a byte order mark.
func TextString(s string) String {
	ascii := true
	for i := 0; i < len(s); i++ {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return String(s)
	}
	b := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return String(b)
}
