package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// signingFolder holds documents that differ in their signature blocks alone,
// for tests of where a signature goes. They are not part of the demo.
const signingFolder = "khoi-ky"

// A spot is where a signature block was laid out, for tests: points from the
// lower left corner of the page.
type spot struct {
	File string  `json:"file"`
	Page int     `json:"page"`
	Name string  `json:"name"`
	Axis float64 `json:"axis"` // middle of office and name
	// Baselines of the lowest line of the office and of the name.
	Office float64 `json:"office"`
	Below  float64 `json:"below"`
}

// signingDocuments writes the documents and spots.json, which lists their
// blocks in the order of the pages.
func signingDocuments(f faces, out string) error {
	folder := filepath.Join(out, signingFolder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write documents: %w", err)
	}
	var spots []spot
	for _, d := range []struct {
		name string
		make func(*sheet)
	}{
		{"ky-thay.pdf", signedForChairman},
		{"thua-uy-quyen.pdf", signedByAuthority},
		{"sang-trang.pdf", signedOverleaf},
		{"kem-quy-che.pdf", signedTwice},
		{"qua-sat.pdf", signedTight},
		{"ten-dai.pdf", signedLongName},
		{"bien-ban.pdf", signedMinutes},
		{"khong-ten.pdf", signedNameless},
	} {
		s := newSheet(f, "Văn bản thử khối ký", made(2026, time.November, 9))
		d.make(s)
		data, err := s.bytes()
		if err != nil {
			return fmt.Errorf("lay out %s: %w", d.name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, d.name), data, 0o644); err != nil {
			return fmt.Errorf("write document: %w", err)
		}
		for _, p := range s.spots {
			p.File = d.name
			spots = append(spots, p)
		}
	}
	list, err := json.MarshalIndent(spots, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "spots.json"), append(list, '\n'), 0o644)
}

// decisionHead is the head of a short decision with its first words.
func (s *sheet) decisionHead(kind, subject string) {
	s.heading(heading{
		agency: []string{"ỦY BAN NHÂN DÂN", "TỈNH BÌNH MINH"},
		number: "Số: 1101/QĐ-UBND",
		place:  "Bình Minh, ngày 09 tháng 11 năm 2026",
	})
	s.title(kind, subject)
	for _, text := range []string{
		"**Điều 1.** Giao Sở Thử nghiệm đặt ở tầng 2 trụ sở một phòng để cán bộ, công chức tập ký số và kiểm tra chữ ký số trên văn bản mẫu.",
		"**Điều 2.** Phòng mở cửa chiều thứ Tư hằng tuần, từ 14 giờ 00 phút. Người đến tập mang theo thiết bị của mình; văn bản mẫu do Sở chuẩn bị.",
		"**Điều 3.** Thủ trưởng các cơ quan có liên quan chịu trách nhiệm thi hành văn bản này./.",
	} {
		s.set(text, paragraph{before: 3})
	}
}

var someRecipients = []string{"- Như Điều 3;", "- Các Phó Chủ tịch UBND tỉnh;", "- Lưu: VT, THN."}

func signedForChairman(s *sheet) {
	s.decisionHead("QUYẾT ĐỊNH", "Về việc mở phòng tập ký số")
	s.close(signer{office: []string{"TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"}, name: "Đặng Thị Minh Họa"}, someRecipients...)
}

func signedByAuthority(s *sheet) {
	s.decisionHead("THÔNG BÁO", "Lịch mở cửa phòng tập ký số")
	s.close(signer{office: []string{"TUQ. GIÁM ĐỐC", "CHÁNH VĂN PHÒNG"}, name: "Hồ Văn Phỏng"}, "- Các phòng thuộc Sở;", "- Lưu: VT.")
}

// signedOverleaf has its block on top of a page of its own.
func signedOverleaf(s *sheet) {
	s.decisionHead("QUYẾT ĐỊNH", "Về việc kéo dài thời gian tập ký số")
	for i := 1; i <= 9; i++ {
		s.set(fmt.Sprintf("Đợt %d của năm 2027 bắt đầu vào thứ Tư tuần đầu của tháng; mỗi đợt có ba buổi, mỗi buổi không quá mười lăm người, để ai cũng được tự tay làm.", i), paragraph{before: 2})
	}
	s.close(signer{office: []string{"KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"}, name: "Lý Thử Nghiệm"}, someRecipients...)
}

// signedTwice is a decision, the regulation it issues, signed by the same
// person at its end, and a form that ends in a block to fill in.
func signedTwice(s *sheet) {
	who := signer{office: []string{"TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"}, name: "Vũ Thị Ví Dụ"}
	s.decisionHead("QUYẾT ĐỊNH", "Ban hành Nội quy phòng tập ký số")
	s.close(who, someRecipients...)
	s.addPage()
	s.title("NỘI QUY", "Phòng tập ký số")
	s.set("(Kèm theo Quyết định số 1101/QĐ-UBND ngày 09 tháng 11 năm 2026)", paragraph{style: italic, align: "centre"})
	for _, text := range []string{
		"**Điều 1.** Mỗi người chỉ dùng thiết bị của mình, tự nhập mật khẩu và rút thiết bị khi rời chỗ.",
		"**Điều 2.** Văn bản mẫu không được gửi ra ngoài phòng tập.",
	} {
		s.set(text, paragraph{before: 3})
	}
	s.y += 6
	s.y = s.sign(who, rightColumn, s.y)
	s.appendixHeading("", "PHIẾU ĐĂNG KÝ TẬP KÝ SỐ")
	s.set("Họ và tên: "+dots(70), paragraph{align: "left", before: 3})
	s.y += 8
	s.sign(signer{office: []string{"NGƯỜI ĐĂNG KÝ"}, name: dots(30)}, rightColumn, s.y)
}

func signedTight(s *sheet) {
	s.decisionHead("QUYẾT ĐỊNH", "Về việc mở thêm phòng tập ký số")
	s.gap = 8
	s.close(signer{office: []string{"CHỦ TỊCH"}, name: "Vũ Thị Ví Dụ"}, someRecipients...)
}

func signedLongName(s *sheet) {
	s.decisionHead("THÔNG BÁO", "Kết quả một năm tập ký số")
	s.close(signer{office: []string{"KT. CHỈ HUY TRƯỞNG", "PHÓ CHỈ HUY TRƯỞNG - THAM MƯU TRƯỞNG"}, name: "Đại tá, PGS.TS. Nguyễn Phúc Thử Nghiệm Minh Họa"}, "- Như Điều 3;", "- Lưu: VT.")
}

// signedMinutes has two signers side by side and no recipients.
func signedMinutes(s *sheet) {
	s.decisionHead("BIÊN BẢN", "Nghiệm thu phòng tập ký số")
	s.y += 5
	s.sign(signer{office: []string{"THƯ KÝ"}, name: "Bùi Thị Ghi Chép"}, leftColumn, s.y)
	s.y = s.sign(signer{office: []string{"CHỦ TRÌ"}, name: "Lê Văn Mẫu"}, rightColumn, s.y)
}

// signedNameless ends without a name.
func signedNameless(s *sheet) {
	s.decisionHead("TỜ TRÌNH", "Về việc mở phòng tập ký số")
	s.close(signer{office: []string{"GIÁM ĐỐC"}, name: dots(30)}, someRecipients...)
}
