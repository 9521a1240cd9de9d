package text

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"kyso/signature/pdf"
)

// encoding is what the 256 codes of a simple font stand for (ISO 32000-2,
// 9.6.5).
func (r *reader) encoding(o pdf.Object, descriptor *pdf.Dict, kind, name string) (codes [256]string) {
	base := r.resolve(o)
	d, _ := base.(*pdf.Dict)
	if d != nil {
		base = r.resolve(d.Get("BaseEncoding"))
	}
	flags, _ := r.resolve(descriptor.Get("Flags")).(int64)
	symbolic := flags&4 != 0
	switch {
	case base == pdf.Name("MacRomanEncoding"):
		fill(&codes, charmap.Macintosh.DecodeByte)
	case base == pdf.Name("WinAnsiEncoding"):
		fill(&codes, charmap.Windows1252.DecodeByte)
	case kind == "Type3" || strings.Contains(name, "Symbol") || strings.Contains(name, "Dingbats") || strings.Contains(name, "Wingdings"):
		for i := range codes {
			codes[i] = unread
		}
	case kind == "TrueType" && symbolic:
		// Its own table tells; writers of Latin text use the Windows codes.
		fill(&codes, charmap.Windows1252.DecodeByte)
	default:
		fill(&codes, standardCode)
	}
	differences, _ := r.v.Array(d.Get("Differences"))
	at := 0
	const most = 1024 // a number and a name for each code, twice
	for _, o := range differences[:min(len(differences), most)] {
		switch o := r.resolve(o).(type) {
		case int64:
			at = int(max(0, min(o, 256)))
		case pdf.Name:
			if at < 256 {
				codes[at] = glyphName(string(o))
				at++
			}
		}
	}
	return codes
}

func fill(codes *[256]string, decode func(byte) rune) {
	for i := range codes {
		c := decode(byte(i))
		switch {
		case c == unicode.ReplacementChar || i < 32 || i == 127:
			codes[i] = unread
		default:
			codes[i] = string(c)
		}
	}
}

// standardUpper is StandardEncoding from code 161 on (Annex D.2); a space is
// none.
const standardUpper = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—                Æ ª    ŁØŒº     æ   ı  łøœß    "

var standardRunes = []rune(standardUpper)

func standardCode(b byte) rune {
	switch {
	case b == '\'':
		return '’'
	case b == '`':
		return '‘'
	case b >= 32 && b < 127:
		return rune(b)
	case b >= 161 && int(b-161) < len(standardRunes) && standardRunes[b-161] != ' ':
		return standardRunes[b-161]
	}
	return unicode.ReplacementChar
}

// marks are the accents in the names of letters, as combining characters.
var marks = []struct {
	name string
	mark rune
}{
	{"circumflex", 0x302}, {"breve", 0x306}, {"horn", 0x31B}, {"hookabove", 0x309}, {"dotbelow", 0x323},
	{"acute", 0x301}, {"grave", 0x300}, {"tilde", 0x303}, {"dieresis", 0x308}, {"ring", 0x30A},
	{"caron", 0x30C}, {"cedilla", 0x327}, {"macron", 0x304}, {"ogonek", 0x328}, {"dotaccent", 0x307},
	{"hungarumlaut", 0x30B}, {"commaaccent", 0x326},
}

// glyphNames are the names (Adobe Glyph List) that are neither a letter nor a
// letter with marks.
var glyphNames = func() map[string]string {
	m := map[string]string{}
	const list = `exclam ! quotedbl " numbersign # dollar $ percent % ampersand & quotesingle ' quoteright ’ quoteleft ‘
parenleft ( parenright ) asterisk * plus + comma , hyphen - period . slash / zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7
eight 8 nine 9 colon : semicolon ; less < equal = greater > question ? at @ bracketleft [ backslash \ bracketright ]
asciicircum ^ underscore _ grave ` + "`" + ` braceleft { bar | braceright } asciitilde ~ exclamdown ¡ cent ¢ sterling £ currency ¤ yen ¥
brokenbar ¦ section § dieresis ¨ copyright © ordfeminine ª guillemotleft « logicalnot ¬ registered ® macron ¯ degree ° plusminus ±
acute ´ mu µ paragraph ¶ periodcentered · cedilla ¸ ordmasculine º guillemotright » onequarter ¼ onehalf ½ threequarters ¾
questiondown ¿ AE Æ ae æ Eth Ð eth ð Oslash Ø oslash ø Thorn Þ thorn þ germandbls ß multiply × divide ÷ Dcroat Đ dcroat đ Dslash Đ dslash đ
dotlessi ı Lslash Ł lslash ł OE Œ oe œ florin ƒ endash – emdash — quotedblleft “ quotedblright ” quotesinglbase ‚ quotedblbase „
dagger † daggerdbl ‡ bullet • ellipsis … perthousand ‰ guilsinglleft ‹ guilsinglright › fraction ⁄ Euro € trademark ™ minus − fi fi fl fl
ff ff ffi ffi ffl ffl circumflex ˆ tilde ˜ breve ˘ dotaccent ˙ ring ˚ ogonek ˛ caron ˇ hungarumlaut ˝ dong ₫ checkbox ☐`
	words := strings.Fields(list)
	for i := 0; i+1 < len(words); i += 2 {
		m[words[i]] = words[i+1]
	}
	m["space"], m["nbspace"], m["nonbreakingspace"], m["sfthyphen"] = " ", " ", " ", "-"
	return m
}()

// glyphName is what a glyph of this name shows: by the Adobe Glyph List's
// rules for names made of code points and of a letter and its marks.
func glyphName(name string) string {
	name, _, _ = strings.Cut(name, ".") // "a.alt"
	if s, ok := glyphNames[name]; ok {
		return s
	}
	if s, ok := codePoints(name); ok {
		return s
	}
	if name == "" || !(name[0] >= 'A' && name[0] <= 'Z' || name[0] >= 'a' && name[0] <= 'z') {
		return unread
	}
	out, rest := []rune{rune(name[0])}, name[1:]
next:
	for rest != "" {
		for _, m := range marks {
			if after, ok := strings.CutPrefix(rest, m.name); ok {
				out, rest = append(out, m.mark), after
				continue next
			}
		}
		return unread
	}
	return norm.NFC.String(string(out))
}

// codePoints reads uniXXXX (several groups of four) and uXXXX to uXXXXXX.
func codePoints(name string) (string, bool) {
	var out []rune
	digits, ok := strings.CutPrefix(name, "uni")
	size := 4
	if !ok || len(digits) == 0 || len(digits)%4 != 0 || len(digits) > 32 {
		digits, ok = strings.CutPrefix(name, "u")
		size = len(digits)
		if !ok || size < 4 || size > 6 {
			return "", false
		}
	}
	for ; digits != ""; digits = digits[size:] {
		n, err := strconv.ParseUint(digits[:size], 16, 32)
		if err != nil || n > unicode.MaxRune {
			return "", false
		}
		out = append(out, rune(n))
	}
	return string(out), true
}
