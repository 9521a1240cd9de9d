package bridge

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain tells whether s can be shown to a person as it is: valid UTF-8 within
// max bytes, no control characters, and none of the invisible or direction-
// changing ones that make "gpj.exe" read "exe.jpg".
func plain(s string, max int) bool {
	if len(s) > max || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return false
		}
	}
	return true
}

// fileName tells whether s is a name without a path.
func fileName(s string) bool {
	return strings.TrimSpace(s) != "" && plain(s, maxNameBytes) && !strings.ContainsAny(s, `/\`)
}

// digestOf reads an optional SHA-256 in lower-case hexadecimal; "" is zero.
func digestOf(s string) (sum [32]byte, ok bool) {
	if s == "" {
		return sum, true
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(sum) || strings.ToLower(s) != s {
		return sum, false
	}
	return [32]byte(b), [32]byte(b) != sum
}

// isLanguage tells whether s is one we speak, or none.
func isLanguage(s string) bool { return s == "" || s == "vi" || s == "en" }
