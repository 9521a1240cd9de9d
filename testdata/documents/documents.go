// Package documents holds fictional Vietnamese administrative documents for
// the demo and for tests. It holds no real document, and nothing in it has
// legal value.
package documents

import (
	"embed"
	"fmt"
	"io/fs"
	"time"
)

//go:embed *.pdf
var files embed.FS

// The documents that open, by file name.
const (
	Letter           = "cong-van.pdf"      // one page
	Decision         = "quyet-dinh.pdf"    // twelve pages, four appendices
	TwoColumns       = "hai-cot.pdf"       // two signature blocks side by side
	Scan             = "ban-quet.pdf"      // one image, no text
	LetterWithFields = "cong-van-o-ky.pdf" // Letter with the empty signature fields below
)

// The empty signature fields of LetterWithFields.
const (
	PersonField = "ChuKyNguoiKy"
	AgencyField = "ChuKyCoQuan"
)

// The files a program must refuse.
const (
	Encrypted = "ma-hoa.pdf"         // Letter under UserPassword
	Truncated = "cat-cut.pdf"        // the first two thirds of Letter
	NotPDF    = "khong-phai-pdf.pdf" // text
)

// UserPassword opens Encrypted.
const UserPassword = "mo-duoc"

// A Document is one line of the e-office's list.
type Document struct {
	Name   string // file name
	Kind   string // loại văn bản
	Number string // số và ký hiệu
	Date   time.Time
	Title  string // trích yếu
	Agency string
	Pages  int
}

// All lists the documents that open, newest first. The caller owns the slice.
func All() []Document {
	return []Document{
		{Decision, "Quyết định", "1045/QĐ-UBND", day(2026, time.November, 2), "Ban hành Quy định tạm thời về tổ chức phòng họp không giấy trong các cơ quan thuộc tỉnh Bình Minh", "Ủy ban nhân dân tỉnh Bình Minh", 12},
		{TwoColumns, "Kế hoạch liên tịch", "15/KHLT-STN-SMH", day(2026, time.October, 20), "Diễn tập luân chuyển văn bản điện tử giữa hai cơ quan", "Sở Thử nghiệm - Sở Minh Họa", 2},
		{Letter, "Công văn", "127/STN-VP", day(2026, time.October, 5), "V/v mời dùng thử phòng họp không giấy", "Sở Thử nghiệm", 1},
		{LetterWithFields, "Công văn", "127/STN-VP", day(2026, time.October, 5), "V/v mời dùng thử phòng họp không giấy (bản có sẵn ô ký)", "Sở Thử nghiệm", 1},
		{Scan, "Thông báo (bản quét)", "31/TB-UBND", day(2026, time.September, 15), "Về việc thay đổi giờ tiếp nhận văn bản giấy", "Ủy ban nhân dân xã Mẫu Một", 1},
	}
}

// day is the start of a day in Vietnam (UTC+7, no summer time).
func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.FixedZone("+07", 7*60*60))
}

// Names lists every file, the broken ones too, in alphabetical order.
func Names() []string {
	names, err := fs.Glob(files, "*.pdf")
	if err != nil {
		panic(err) // the pattern is constant
	}
	return names
}

// Open returns a fresh copy of the bytes of the file called name.
func Open(name string) ([]byte, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("open demo document: %w", err)
	}
	return data, nil
}
