package text

import (
	"strings"
)

// oldVietnamese recognises fonts from before Unicode by their names. TCVN 5712
// (TCVN3, "ABC") fonts show Vietnamese letters at the codes of Latin-1 and are
// translated; VNI fonts write a letter and its marks as several characters and
// are only named.
func (f *font) oldVietnamese(name string) {
	if f.unicode != nil && f.unicode.modern {
		return // the writer has translated it
	}
	name = strings.TrimPrefix(name, ".")
	family, _, _ := strings.Cut(name, ",")
	family, _, _ = strings.Cut(family, "-")
	switch {
	case strings.HasPrefix(strings.ToUpper(name), "VNI-") || strings.HasPrefix(strings.ToUpper(name), "VNI "):
		f.old = name
		f.translate = func(string) string { return unread }
	case len(family) > 2 && strings.HasPrefix(family, "Vn") && family[2] >= 'A' && family[2] <= 'Z':
		capitals := strings.HasSuffix(family, "H") // ".VnTimeH" shows capitals
		f.translate = func(s string) string { return fromTCVN3(s, capitals) }
	}
}

// tcvn3 is TCVN 5712:1993, VN3, from code 161 on; a space is none.
var tcvn3 = []rune("ĂÂÊÔƠƯĐăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ")

func fromTCVN3(s string, capitals bool) string {
	var out strings.Builder
	for _, r := range s {
		if i := int(r) - 161; i >= 0 && i < len(tcvn3) && tcvn3[i] != ' ' {
			r = tcvn3[i]
		}
		out.WriteRune(r)
	}
	if capitals {
		return strings.ToUpper(out.String())
	}
	return out.String()
}
