package consent

import (
	"errors"
	"math"
	"strings"
	"unicode/utf8"
)

// The parameters of Punycode, RFC 3492, 5.
const (
	punyBase  = 36
	punyTMin  = 1
	punyTMax  = 26
	punySkew  = 38
	punyDamp  = 700
	punyBias  = 72
	punyStart = 128
)

var errPunycode = errors.New("not valid Punycode")

// decodePunycode turns what follows "xn--" into letters (RFC 3492, 6.2).
func decodePunycode(encoded string) (string, error) {
	if len(encoded) > maxLabel || !isASCII(encoded) {
		return "", errPunycode
	}
	var out []rune
	rest := encoded
	if i := strings.LastIndexByte(encoded, '-'); i >= 0 {
		out, rest = []rune(encoded[:i]), encoded[i+1:]
	}
	n, i, bias := int64(punyStart), int64(0), int64(punyBias)
	for len(rest) > 0 {
		old, weight := i, int64(1)
		for k := int64(punyBase); ; k += punyBase {
			if len(rest) == 0 {
				return "", errPunycode
			}
			digit, ok := punyDigit(rest[0])
			rest = rest[1:]
			// With at most 63 digits the sum is kept far below the limit of int64.
			if i += digit * weight; !ok || i > math.MaxInt32 {
				return "", errPunycode
			}
			t := punyThreshold(k, bias)
			if digit < t {
				break
			}
			if weight *= punyBase - t; weight > math.MaxInt32 {
				return "", errPunycode
			}
		}
		length := int64(len(out) + 1)
		bias = punyAdapt(i-old, length, old == 0)
		n += i / length
		i %= length
		if n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return "", errPunycode
		}
		out = append(out[:i], append([]rune{rune(n)}, out[i:]...)...)
		i++
	}
	if len(out) == 0 {
		return "", errPunycode
	}
	return string(out), nil
}

// encodePunycode is the other direction (RFC 3492, 6.3); the caller has
// lower-cased the label and puts "xn--" in front.
func encodePunycode(label string) (string, error) {
	runes := []rune(label)
	if len(runes) > maxLabel {
		return "", errPunycode
	}
	var out []byte
	for _, r := range runes {
		if r < punyStart {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := int64(punyStart), int64(0), int64(punyBias)
	for done := basic; done < len(runes); {
		next := int64(math.MaxInt32)
		for _, r := range runes {
			if int64(r) >= n && int64(r) < next {
				next = int64(r)
			}
		}
		// At most 63 runes below 0x110000: no overflow.
		delta += (next - n) * int64(done+1)
		n = next
		for _, r := range runes {
			if int64(r) < n {
				delta++
			}
			if int64(r) != n {
				continue
			}
			q := delta
			for k := int64(punyBase); ; k += punyBase {
				t := punyThreshold(k, bias)
				if q < t {
					break
				}
				out = append(out, punyLetter(t+(q-t)%(punyBase-t)))
				q = (q - t) / (punyBase - t)
			}
			out = append(out, punyLetter(q))
			bias = punyAdapt(delta, int64(done+1), done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return string(out), nil
}

func punyThreshold(k, bias int64) int64 {
	return min(max(k-bias, punyTMin), punyTMax)
}

func punyAdapt(delta, points int64, first bool) int64 {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := int64(0)
	for delta > (punyBase-punyTMin)*punyTMax/2 {
		delta /= punyBase - punyTMin
		k += punyBase
	}
	return k + (punyBase-punyTMin+1)*delta/(delta+punySkew)
}

func punyDigit(c byte) (int64, bool) {
	switch {
	case c >= 'a' && c <= 'z':
		return int64(c - 'a'), true
	case c >= '0' && c <= '9':
		return int64(c-'0') + 26, true
	}
	return 0, false
}

func punyLetter(d int64) byte {
	if d < 26 {
		return byte('a' + d)
	}
	return byte('0' + d - 26)
}
