package consent

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"
)

// A host name has at most 253 characters (RFC 1035, 2.3.4) and a label 63.
const (
	maxHost  = 253
	maxLabel = 63
)

// site is an origin taken apart for display.
type site struct {
	origin  string // ASCII, as it is shown; "" for the command line
	unicode string // the host in its own letters, "" when the host is plain ASCII
	foreign bool   // the host has letters beyond a-z
	mixed   bool   // some label mixes writing systems: the usual disguise
	plain   bool   // http to somewhere other than this machine
}

// parseSite takes an exact origin: scheme, host, port and nothing else.
// "" is the command line. Letters beyond ASCII come out in their xn-- form,
// because two hosts that look alike never have the same one.
func parseSite(origin string) (site, error) {
	if origin == "" {
		return site{}, nil
	}
	u, err := url.Parse(origin)
	if err != nil {
		return site{}, errors.New("question: the site is not an origin")
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil ||
		origin != u.Scheme+"://"+u.Host {
		return site{}, errors.New("question: the site is not an origin of the form https://host[:port]")
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil {
		return site{origin: origin, plain: u.Scheme == "http" && !ip.IsLoopback()}, nil
	}
	s := site{plain: u.Scheme == "http" && u.Hostname() != "localhost"}
	ascii, native := []string{}, []string{}
	for _, label := range strings.Split(strings.ToLower(u.Hostname()), ".") {
		letters := label
		if encoded, ok := strings.CutPrefix(label, "xn--"); ok {
			if letters, err = decodePunycode(encoded); err != nil {
				return site{}, fmt.Errorf("question: host label %q: %w", label, err)
			}
		} else if !isASCII(label) {
			if label, err = encodePunycode(label); err != nil {
				return site{}, fmt.Errorf("question: host: %w", err)
			}
			label = "xn--" + label
		}
		if !hostLabel(label) {
			return site{}, errors.New("question: the host has characters a host cannot have")
		}
		if letters != label {
			s.foreign = true
			s.mixed = s.mixed || mixesScripts(letters)
		}
		ascii, native = append(ascii, label), append(native, letters)
	}
	host := strings.Join(ascii, ".")
	if len(host) > maxHost {
		return site{}, errors.New("question: the host is too long")
	}
	s.origin = u.Scheme + "://" + host
	if u.Port() != "" {
		s.origin += ":" + u.Port()
	}
	if s.foreign {
		s.unicode = shown(strings.Join(native, "."), maxHost)
	}
	return s, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// hostLabel tells whether an ASCII label holds only what DNS and browsers
// allow; in particular nothing a window could take for markup.
func hostLabel(label string) bool {
	if label == "" || len(label) > maxLabel {
		return false
	}
	for _, c := range label {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// mixesScripts tells whether letters of a label come from two writing systems,
// or whether Latin letters are imitated wholly by another one.
// The rule is deliberately crude: it only chooses between two warnings.
func mixesScripts(label string) bool {
	latin, other := false, false
	for _, r := range label {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee):
			// These have letters which look just like Latin ones.
			return true
		case unicode.IsLetter(r):
			other = true
		}
	}
	return latin && other
}

// siteLines breaks an origin at its dots, so that a long host is shown whole:
// cutting it would hide the part which tells who it is.
func siteLines(origin string, width int) []string {
	var lines []string
	line := ""
	for _, part := range strings.SplitAfter(origin, ".") {
		if line != "" && len(line)+len(part) > width {
			lines, line = append(lines, line), ""
		}
		line += part
	}
	return append(lines, line)
}
