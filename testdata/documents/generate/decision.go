package main

import (
	"fmt"
	"time"
)

// decision is the twelve-page decision: the page that is signed, the
// regulation it issues, and four appendices in the same file.
func decision(f faces) *sheet {
	s := newSheet(f, "Quyết định số 1045/QĐ-UBND ban hành Quy định tạm thời về phòng họp không giấy", made(2026, time.November, 2))
	s.heading(heading{
		agency: []string{"ỦY BAN NHÂN DÂN", "TỈNH BÌNH MINH"},
		number: "Số: 1045/QĐ-UBND",
		place:  "Bình Minh, ngày 02 tháng 11 năm 2026",
	})
	s.title("QUYẾT ĐỊNH", "Ban hành Quy định tạm thời về tổ chức phòng họp không giấy", "trong các cơ quan thuộc tỉnh Bình Minh")
	s.set("CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH BÌNH MINH", paragraph{style: bold, align: "centre", before: 1})
	s.y += 2
	for _, text := range []string{
		"Căn cứ Quy chế làm việc của Ủy ban nhân dân tỉnh Bình Minh;",
		"Căn cứ kết quả tuần dùng thử phòng họp không giấy từ ngày 19 đến ngày 23 tháng 10 năm 2026;",
		"Theo đề nghị của Giám đốc Sở Thử nghiệm tại Tờ trình số 88/TTr-STN ngày 27 tháng 10 năm 2026.",
	} {
		s.set(text, paragraph{style: italic, before: 2})
	}
	s.y += 2
	s.set("QUYẾT ĐỊNH:", paragraph{style: bold, align: "centre", before: 2})
	s.y += 1
	for _, text := range []string{
		"**Điều 1.** Ban hành kèm theo Quyết định này Quy định tạm thời về tổ chức phòng họp không giấy trong các cơ quan thuộc tỉnh Bình Minh.",
		"**Điều 2.** Quyết định này có hiệu lực từ ngày 01 tháng 01 năm 2027 và được xem xét lại sau mười hai tháng áp dụng.",
		"**Điều 3.** Giám đốc Sở Thử nghiệm hướng dẫn, theo dõi việc thực hiện và mỗi quý gửi Chủ tịch Ủy ban nhân dân tỉnh một bản tổng hợp ngắn.",
		"**Điều 4.** Chánh Văn phòng Ủy ban nhân dân tỉnh, Giám đốc các sở, Chủ tịch Ủy ban nhân dân các xã, phường và các tổ chức, cá nhân có liên quan chịu trách nhiệm thi hành Quyết định này./.",
	} {
		s.set(text, paragraph{before: 2.5})
	}
	s.close(signer{office: []string{"CHỦ TỊCH"}, name: "Vũ Thị Ví Dụ"},
		"- Như Điều 4;",
		"- Các Phó Chủ tịch UBND tỉnh;",
		"- Cổng thông tin điện tử tỉnh;",
		"- Lưu: VT, THN.")
	s.regulation()
	s.appendices()
	return s
}

// regulation sets the regulation, from a page of its own.
func (s *sheet) regulation() {
	s.addPage()
	s.heading(heading{
		agency: []string{"ỦY BAN NHÂN DÂN", "TỈNH BÌNH MINH"},
	})
	s.title("QUY ĐỊNH TẠM THỜI", "Về tổ chức phòng họp không giấy", "trong các cơ quan thuộc tỉnh Bình Minh")
	s.set("(Kèm theo Quyết định số 1045/QĐ-UBND ngày 02 tháng 11 năm 2026 của Chủ tịch Ủy ban nhân dân tỉnh Bình Minh)", paragraph{style: italic, align: "centre"})
	s.y += 3
	article := 0
	for i, chapter := range chapters {
		s.set(fmt.Sprintf("Chương %s", []string{"I", "II", "III", "IV", "V"}[i]), paragraph{style: bold, align: "centre", before: 3, keep: 26})
		s.set(chapter.title, paragraph{style: bold, align: "centre"})
		s.y += 1
		for _, a := range chapter.articles {
			article++
			s.set(fmt.Sprintf("**Điều %d. %s**", article, a.title), paragraph{before: 3, keep: 16, leading: 1.5})
			for _, text := range a.text {
				s.set(text, paragraph{before: 3, leading: 1.5})
			}
		}
	}
}

// appendixHeading starts an appendix on a new page.
func (s *sheet) appendixHeading(number, title string) {
	s.addPage()
	s.set("Phụ lục "+number, paragraph{style: bold, align: "centre"})
	s.set(title, paragraph{style: bold, align: "centre"})
	s.set("(Kèm theo Quyết định số 1045/QĐ-UBND ngày 02 tháng 11 năm 2026 của Chủ tịch Ủy ban nhân dân tỉnh Bình Minh)", paragraph{style: italic, align: "centre", leading: 1.15})
	s.y += 1.5
	s.rule(leftMargin+textWidth/2, s.y, 50)
	s.y += 5
}

func (s *sheet) appendices() {
	s.appendixHeading("I", "THIẾT BỊ TỐI THIỂU CỦA MỘT PHÒNG HỌP KHÔNG GIẤY")
	s.table([]column{
		{"STT", 12, "centre"}, {"Thiết bị", 48, "left"}, {"Số lượng", 22, "centre"}, {"Yêu cầu", 78, "left"},
	}, equipment)

	s.appendixHeading("II", "LỊCH CHUYỂN SANG PHÒNG HỌP KHÔNG GIẤY NĂM 2027")
	var rows [][]string
	for i, name := range communes {
		rows = append(rows, []string{
			fmt.Sprint(i + 1), name,
			fmt.Sprintf("Tháng %d", 1+i*11/len(communes)),
			[]string{"Tổ hỗ trợ số 1", "Tổ hỗ trợ số 2", "Tổ hỗ trợ số 3"}[i%3],
		})
	}
	s.table([]column{
		{"STT", 12, "centre"}, {"Cơ quan", 78, "left"}, {"Bắt đầu", 28, "centre"}, {"Đơn vị hỗ trợ", 42, "left"},
	}, rows)

	s.appendixHeading("III", "PHIẾU GÓP Ý SAU CUỘC HỌP")
	line := func(text string) { s.set(text, paragraph{align: "left", before: 3}) }
	line("1. Tên cuộc họp: " + dots(62))
	line("2. Cơ quan chủ trì: " + dots(60))
	line("3. Ngày họp: " + dots(24) + "  Số người dự: " + dots(24))
	line("4. Tài liệu có đến trước giờ họp ít nhất một ngày không?")
	line("[~~~] Có ~~~~[~~~] Một phần ~~~~[~~~] Không")
	line("5. Chữ trên màn hình có đủ lớn để đọc không?")
	line("[~~~] Dễ đọc ~~~~[~~~] Đọc được ~~~~[~~~] Khó đọc")
	line("6. Có lần nào mất kết nối không? Kéo dài bao lâu? " + dots(26))
	line("7. Việc ký số tại cuộc họp có vướng mắc gì không? " + dots(26))
	for range 3 {
		line(dots(88))
	}
	line("8. Đề nghị khác: " + dots(63))
	for range 3 {
		line(dots(88))
	}
	s.y += 8
	s.centre(rightColumn, s.y+5, "NGƯỜI GÓP Ý", bold, 13)
	s.centre(rightColumn, s.y+11, "(Ghi rõ họ tên, đơn vị)", italic, 13)

	s.appendixHeading("IV", "CÁC BƯỚC KIỂM TRA TRƯỚC GIỜ HỌP")
	s.table([]column{
		{"STT", 12, "centre"}, {"Trước giờ họp", 32, "centre"}, {"Việc kiểm tra", 86, "left"}, {"Người làm", 30, "left"},
	}, checks)
}

// dots is a line to write on.
func dots(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '.'
	}
	return string(b)
}
