package origin

import (
	"fmt"
	"strings"
)

// The schemes of the pages of browsers' extensions.
const (
	chromeScheme  = "chrome-extension://"
	firefoxScheme = "moz-extension://"
)

// ParseExtension reads the origin of an extension's own pages, as the Origin
// header has it: "chrome-extension://" and the 32 letters of the id, the same on
// every machine, or "moz-extension://" and the UUID that Firefox drew for it on
// this one. Every other spelling is an error.
func ParseExtension(s string) (string, error) {
	if id, ok := strings.CutPrefix(s, chromeScheme); ok && isChromeID(id) {
		return s, nil
	}
	if id, ok := strings.CutPrefix(s, firefoxScheme); ok && isUUID(id) {
		return s, nil
	}
	return "", fmt.Errorf("%.100q is no extension's origin", s)
}

// isChromeID: 128 bits, written with the letters a to p.
func isChromeID(s string) bool {
	return len(s) == 32 && strings.Trim(s, "abcdefghijklmnop") == ""
}

// isUUID takes the form of RFC 9562, 4, in lower case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
				return false
			}
		}
	}
	return true
}

// maxAddOnID bounds the name of a Firefox extension.
const maxAddOnID = 80

// An ExtensionID names an extension to its browser: 32 letters in Chromium, in
// Firefox a name like "extension@kyso" or a UUID in braces.
type ExtensionID string

// ParseExtensionID reads an id in the one spelling browsers use.
func ParseExtensionID(s string) (ExtensionID, error) {
	if isChromeID(s) || isAddOnID(s) {
		return ExtensionID(s), nil
	}
	return "", fmt.Errorf("%.100q is no extension's id", s)
}

// Owns tells whether pages of extension, an origin that ParseExtension accepts,
// can be those of this extension. Firefox does not say which: any of its origins
// fits, and the browser has said to the host whom it starts it for.
func (id ExtensionID) Owns(extension string) bool {
	if isChromeID(string(id)) {
		return extension == chromeScheme+string(id)
	}
	return strings.HasPrefix(extension, firefoxScheme)
}

func isAddOnID(s string) bool {
	if rest, ok := strings.CutPrefix(s, "{"); ok {
		id, closed := strings.CutSuffix(rest, "}")
		return closed && isUUID(id)
	}
	name, host, ok := strings.Cut(s, "@")
	return ok && len(s) <= maxAddOnID && host != "" && !strings.ContainsFunc(name+host, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_')
	})
}
