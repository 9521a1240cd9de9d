package placement

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// squeeze keeps the letters of s alone, composed and in capitals: spacing and
// points vary from writer to writer.
func squeeze(s string) string {
	var out strings.Builder
	for _, r := range norm.NFC.String(s) {
		if unicode.IsLetter(r) {
			out.WriteRune(unicode.ToUpper(r))
		}
	}
	return out.String()
}

// offices are what titles of office hold, squeezed. Deputies and those who act
// for them hold the same words.
var offices = []string{
	"CHỦTỊCH", "GIÁMĐỐC", "TRƯỞNG", "CHÁNHVĂNPHÒNG", "CHÁNHTHANHTRA", "CHÁNHÁN", "CHÁNHTÒA", "CHÁNHTOÀ", "BÍTHƯ",
	"THỦTƯỚNG", "THỐNGĐỐC", "CHỦNHIỆM", "TỔNGKIỂMTOÁN", "TỔNGTHANHTRA", "HIỆUPHÓ", "CHÍNHỦY", "CHÍNHUỶ", "TƯLỆNH",
	"TỔNGTHƯKÝ", "THƯKÝ", "CHỦTRÌ", "CHỦTỌA", "CHỦTOẠ", "ĐẠIDIỆN", "PHỤTRÁCH", "CHẤPHÀNHVIÊN", "KIỂMSÁTVIÊN",
}

// authorities are the words of who signs in whose place (Decree 30/2020,
// Article 13): on behalf of, for, by order, authorised, acting.
var authorities = []string{"TM", "T/M", "KT", "K/T", "TL", "T/L", "TUQ", "Q"}

// maxOffice is the longest line of an office, in letters.
const maxOffice = 70

// maxLine is from how many bytes on a line is looked at no further.
const maxLine = 400

// isOffice tells whether s is a line of authority or office: in capitals, and
// with the words of one.
func isOffice(s string) bool {
	if acts(s) {
		return true
	}
	if len(s) > maxLine || !capitals(s) {
		return false
	}
	key := squeeze(s)
	if len([]rune(key)) > maxOffice {
		return false
	}
	for _, o := range offices {
		if strings.Contains(key, o) {
			return true
		}
	}
	return false
}

// maxSmallOffice is shorter than a line of running text, in letters.
const maxSmallOffice = 30

// smallOffice tells whether s names an office in small letters: "Giám đốc".
func smallOffice(s string) bool {
	return len(s) <= maxLine && len([]rune(squeeze(s))) <= maxSmallOffice && isOffice(strings.ToUpper(s))
}

// acts tells whether s begins with one of the authorities and a point.
func acts(s string) bool {
	if len(s) > maxLine {
		return false
	}
	s = strings.TrimSpace(s)
	for _, a := range authorities {
		rest, ok := strings.CutPrefix(s, a)
		rest = strings.TrimLeft(rest, " ")
		if ok && (strings.HasPrefix(rest, ".") || strings.Contains(a, "/")) && len([]rune(squeeze(rest))) >= 3 && len([]rune(rest)) < maxOffice && capitals(rest) {
			return true
		}
	}
	return false
}

// capitals tells whether s is written in capitals, but for a slip in twenty.
func capitals(s string) bool {
	upper, lower := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return upper >= 2 && lower*20 <= upper
}

// isNote tells whether s is a hint between office and name: "(Ký, ghi rõ họ
// tên)", "(Đã ký)".
func isNote(s string) bool {
	if len(s) > maxLine {
		return false
	}
	key := squeeze(s)
	if len([]rune(key)) > 60 {
		return false
	}
	for _, n := range []string{"ĐÃKÝ", "KÝTÊN", "KÝHỌTÊN", "KÝHỌVÀTÊN", "KÝGHI", "GHIRÕHỌTÊN", "GHIRÕHỌVÀTÊN", "ĐÓNGDẤU", "KÝSỐ", "CHỮKÝ"} {
		if strings.Contains(key, n) && (strings.HasPrefix(strings.TrimSpace(s), "(") || key == n) {
			return true
		}
	}
	return false
}

// isCopied tells whether a note says that the paper was signed.
func isCopied(s string) bool { return squeeze(s) == "ĐÃKÝ" || squeeze(s) == "ĐÃKÝVÀĐÓNGDẤU" }

// isRecipients tells whether s begins the list of recipients (box 9b): "Nơi
// nhận:", but not "Nơi nhận hồ sơ" of a form.
func isRecipients(s string) bool {
	if len(s) > maxLine {
		return false
	}
	head, _, _ := strings.Cut(s, ":")
	return squeeze(head) == "NƠINHẬN"
}

// degrees may stand before a name, in lower case without points.
var degrees = words(`ts ths pgs gs bs bscki bsckii cki ckii ck1 ck2 bsck1 bsck2 ks cn ls ds dscki dsckii kts tskh nsut nsnd ngut ngưt
ngnd ttut ttưt ttnd nsưt cvcc cvc bsnt ktv luật sư ông bà đ/c đồng chí`)

// rankBefore and rank make a military or police rank: "Thượng tá".
var (
	rankBefore = words("đại thượng trung thiếu")
	rank       = words("tá úy uý tướng")
)

// surnames are the family names that most people bear.
var surnames = words(`nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đinh đoàn trịnh trương lâm phùng mai tô
hà tạ chu châu cao thái lưu lương vương quách tăng từ kiều thân nông triệu lò vi hứa giàng ma sùng vàng điểu ksor h'bơ rơ y k' la
la đàm lục bế hoàng thạch sơn kim danh tống khổng doãn nghiêm diệp âu văn bạch cù đồng giang ninh quan ông phí thiều trang viên`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// properName splits s into a person's names, ranks and degrees left out; nil
// when s is no full name: two to eight words, each with a capital. Names in
// capitals must begin with a known surname, since titles are written so.
func properName(s string) []string {
	if len(s) > 200 {
		return nil
	}
	list := strings.FieldsFunc(norm.NFC.String(s), func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == ',' })
	for len(list) > 0 {
		first := strings.ToLower(list[0])
		if degrees[first] && !(surnames[first] && len(list) <= 4) || dashedDegree(first) {
			list = list[1:]
		} else if len(list) > 1 && rankBefore[first] && rank[strings.ToLower(list[1])] {
			list = list[2:]
		} else {
			break
		}
	}
	if len(list) < 2 || len(list) > 8 {
		return nil
	}
	shouted := 0
	for _, w := range list {
		all, ok := nameWord(w)
		if !ok {
			return nil
		}
		if all {
			shouted++
		}
	}
	if shouted == len(list) && (!surnames[strings.ToLower(list[0])] || isOffice(s)) {
		return nil
	}
	return list
}

// dashedDegree tells whether w is several degrees: "pgs-ts".
func dashedDegree(w string) bool {
	parts := strings.Split(w, "-")
	for _, p := range parts {
		if !degrees[p] {
			return false
		}
	}
	return len(parts) > 1
}

// nameWord tells whether w can be part of a name, and whether all of it is in
// capitals. Names of the highlands have apostrophes and hyphens.
func nameWord(w string) (shouted, ok bool) {
	lower, letters := 0, 0
	for i, r := range w {
		switch {
		case unicode.IsLetter(r):
			letters++
			if i == 0 && !unicode.IsUpper(r) {
				return false, false
			}
			if unicode.IsLower(r) {
				lower++
			}
		case i > 0 && (r == '\'' || r == '’' || r == '-'):
		default:
			return false, false
		}
	}
	return lower == 0, letters >= 1 && letters <= 12
}

// sameName compares two names without regard to case, composition, the letter
// that carries the tone ("Thuý", "Thúy"), ranks and degrees. A name without any
// mark, as some certificates have it, equals the same name with them.
func sameName(a, b string) bool {
	x, y := nameKey(a, true), nameKey(b, true)
	if x == "" || y == "" {
		return false
	}
	return x == y || plain(a) != plain(b) && nameKey(a, false) == nameKey(b, false)
}

// plain tells whether s has no letter beyond ASCII.
func plain(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0 }

// tones are the five marks of tone, as combining characters.
const tones = "\u0300\u0301\u0303\u0309\u0323"

func nameKey(s string, marked bool) string {
	list := properName(s)
	if list == nil {
		list = properName(titled(s)) // "nguyễn văn thử"
	}
	var key strings.Builder
	for _, w := range list {
		var tone strings.Builder
		for _, r := range norm.NFD.String(strings.ToLower(w)) {
			switch {
			case !marked && unicode.Is(unicode.Mn, r):
			case strings.ContainsRune(tones, r):
				tone.WriteRune(r)
			case !marked && r == 'đ':
				key.WriteRune('d')
			case r == '’':
				key.WriteRune('\'')
			default:
				key.WriteRune(r)
			}
		}
		key.WriteString(tone.String() + " ")
	}
	return key.String()
}

// titled writes each word with a capital.
func titled(s string) string {
	out := strings.Fields(strings.ToLower(s))
	for i, w := range out {
		r := []rune(w)
		r[0] = unicode.ToUpper(r[0])
		out[i] = string(r)
	}
	return strings.Join(out, " ")
}

func lowerFirst(names []string) string { return strings.ToLower(names[0]) }
