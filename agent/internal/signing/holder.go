package signing

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Holder is whose certificate one is.
type Holder string

// The holders. The Government's certificates say it in no field: the name
// tells.
const (
	HolderUnknown Holder = ""
	Person        Holder = "person"
	Agency        Holder = "agency"
)

// agencyNouns begin the names of bodies, with all their marks, in lower case.
// Those that are family names too ("Văn", "Đoàn", "Công") stand with the word
// that follows them.
var agencyNouns = []string{
	"ủy ban", "hội đồng", "hội", "hiệp hội", "liên hiệp", "liên đoàn", "liên minh", "mặt trận", "đoàn thanh niên", "đoàn đại biểu", "công đoàn", "công an", "công ty", "công báo",
	"bộ", "sở", "ban", "cục", "tổng cục", "chi cục", "vụ", "thanh tra", "văn phòng", "phòng", "viện", "học viện", "phân viện", "bệnh viện", "thư viện", "trung tâm", "trường", "đại học", "phân hiệu",
	"tòa án", "kho bạc", "bảo hiểm", "bảo tàng", "ngân hàng", "hải quan", "thuế", "kiểm toán", "thi hành án", "quân khu", "quân đoàn", "sư đoàn", "bộ đội", "bộ chỉ huy", "bộ tư lệnh",
	"tỉnh ủy", "thành ủy", "huyện ủy", "quận ủy", "thị ủy", "đảng", "đảng ủy", "chi bộ", "tỉnh đoàn", "thành đoàn", "huyện đoàn",
	"ubnd", "hđnd", "ubmttq", "đài phát thanh", "đài truyền hình", "báo", "tạp chí", "nhà xuất bản", "nhà hát", "nhà văn hóa", "nhà thiếu nhi", "nhà máy",
	"nông trường", "lâm trường", "kiểm lâm", "bưu điện", "điện lực", "doanh nghiệp", "biên phòng", "đồn biên phòng", "binh đoàn", "lữ đoàn", "trung đoàn", "tiểu đoàn", "binh chủng", "quân chủng", "chi đoàn", "câu lạc bộ", "tổ công tác", "nhà ga",
	"trạm", "trại", "hạt kiểm lâm", "vườn quốc gia", "đội quản lý", "đội thuế", "đội cảnh sát", "quỹ", "tổng công ty", "tập đoàn", "hợp tác xã", "chi nhánh", "cơ quan", "tổ chức", "cảng", "xí nghiệp",
	"tỉnh", "thành phố", "thị xã", "thị trấn", "huyện", "quận", "phường", "xã", "khu", "đặc khu", "chính phủ", "quốc hội", "kỳ họp", "hệ thống", "dịch vụ", "máy chủ", "phần mềm", "cổng thông tin",
}

// plainNouns are the same where a name has no marks at all, as in older
// certificates; words that without marks are names of persons too are left out.
var plainNouns = []string{
	"uy ban", "hoi dong", "mat tran", "lien doan", "cong an", "cong ty", "so", "cuc", "tong cuc", "chi cuc", "thanh tra", "van phong", "phong", "vien kiem sat", "hoc vien", "benh vien", "trung tam", "truong thpt", "truong thcs", "truong tieu hoc", "truong mam non", "truong dai hoc", "truong cao dang", "dai hoc",
	"toa an", "kho bac", "bao hiem", "ngan hang", "hai quan", "tinh uy", "thanh uy", "huyen uy", "quan uy", "dang uy", "ubnd", "hdnd", "co quan", "tong cong ty", "tap doan", "bo cong", "bo giao", "bo noi", "bo tai", "bo tu", "bo y", "bo xay", "bo quoc", "bo ngoai", "bo khoa", "bo nong", "bo van", "bo thong", "bo ke",
	"ban quan ly", "ban to chuc", "ban tuyen giao", "ban dan", "tinh", "thanh pho", "thi xa", "huyen", "quan doan", "phuong", "xa",
}

// latinNouns are words of bodies' names in English, anywhere in one.
var latinNouns = []string{"ministry", "department", "committee", "council", "office", "agency", "authority", "company", "corporation", "corp", "jsc", "ltd", "llc", "group", "bank", "university", "college", "school", "hospital", "institute", "centre", "center", "service", "services", "server", "system"}

// maxPersonWords is that of the longest names of persons, of the Central
// Highlands and in full Kinh style.
const maxPersonWords = 7

// HolderOf tells from the common name of a certificate whether a person or a
// body holds it.
func HolderOf(name string) Holder {
	words := strings.FieldsFunc(normalName(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && r != '-'
	})
	if len(words) == 0 {
		return HolderUnknown
	}
	folded := strings.Join(words, " ") + " "
	nouns := agencyNouns
	if isASCII(folded) {
		nouns = plainNouns
	}
	for _, n := range nouns {
		if strings.HasPrefix(folded, n+" ") {
			return Agency
		}
	}
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(latinNouns, w) }) {
		return Agency
	}
	if len(words) < 2 || len(words) > maxPersonWords {
		return HolderUnknown
	}
	for _, r := range folded {
		if unicode.IsDigit(r) {
			return HolderUnknown
		}
	}
	return Person
}

// holderOf is HolderOf, of a certificate that names an organisation beside: a
// body's often names itself there, a person's never does.
func holderOf(name, organisation string) Holder {
	if h := HolderOf(name); h != Person || normalName(name) != normalName(organisation) {
		return h
	}
	return Agency
}

// movedMarks are syllables whose tone mark is written on either vowel.
var movedMarks = strings.NewReplacer("uỷ", "ủy", "hoà", "hòa", "hoá", "hóa", "toà", "tòa", "thuỷ", "thủy", "quĩ", "quỹ")

// normalName is a name in lower case, composed, with marks where the table
// above has them.
func normalName(s string) string {
	return movedMarks.Replace(strings.ToLower(norm.NFC.String(s)))
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
