package main

import "time"

// made is the fixed creation time of a document: nine o'clock of its day in
// Vietnam.
func made(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 2, 0, 0, 0, time.UTC)
}

// officialLetter is the one-page letter (công văn).
func officialLetter(f faces) *sheet {
	s := newSheet(f, "Công văn số 127/STN-VP về việc mời dùng thử phòng họp không giấy", made(2026, time.October, 5))
	s.letter()
	return s
}

func (s *sheet) letter() {
	s.heading(heading{
		superior: []string{"ỦY BAN NHÂN DÂN", "TỈNH BÌNH MINH"},
		agency:   []string{"SỞ THỬ NGHIỆM"},
		number:   "Số: 127/STN-VP",
		about:    []string{"V/v mời dùng thử", "phòng họp không giấy"},
		place:    "Bình Minh, ngày 05 tháng 10 năm 2026",
	})
	s.y += 3
	s.set("Kính gửi:", paragraph{align: "left", x: leftMargin + 18})
	s.set("- Các phòng, đơn vị thuộc Sở;", paragraph{align: "left", x: leftMargin + 38})
	s.set("- Ủy ban nhân dân các xã Mẫu Một, Mẫu Hai và Mẫu Ba.", paragraph{align: "left", x: leftMargin + 38, hang: 2})
	s.y += 2
	body := paragraph{size: 13.5, leading: 1.2, before: 2}
	for _, text := range []string{
		"Để chuẩn bị đưa phòng họp không giấy vào sử dụng từ đầu năm 2027, Sở Thử nghiệm tổ chức một tuần dùng thử tại hội trường tầng 2, số 1 đường Ví Dụ, phường Minh Họa. Sở trân trọng mời các cơ quan, đơn vị cùng tham gia và đề nghị phối hợp một số việc sau:",
		"1. Thời gian: từ ngày 19 đến ngày 23 tháng 10 năm 2026; buổi sáng bắt đầu lúc 8 giờ 00 phút, buổi chiều bắt đầu lúc 14 giờ 00 phút.",
		"2. Thành phần: mỗi đơn vị cử một lãnh đạo và một công chức làm công tác văn thư. Danh sách gửi về Văn phòng Sở trước ngày 14 tháng 10 năm 2026.",
		"3. Chuẩn bị: người dự họp mang theo thiết bị lưu khóa bí mật của mình. Tài liệu được gửi trước trên hệ thống quản lý văn bản và không in ra giấy. Đơn vị chưa có máy tính bảng báo trước để Sở bố trí.",
		"4. Góp ý: cuối mỗi buổi, đơn vị ghi lại những chỗ còn vướng như chữ nhỏ khó đọc, thao tác nhiều bước hoặc mất kết nối, để Sở chỉnh sửa trước khi dùng chính thức.",
		"Khi cần hỗ trợ, xin liên hệ ông Lê Văn Mẫu, Văn phòng Sở Thử nghiệm, thư điện tử vanphong@sothunghiem.example. Sở Thử nghiệm mong nhận được sự phối hợp của các cơ quan, đơn vị./.",
	} {
		s.set(text, body)
	}
	s.close(signer{office: []string{"GIÁM ĐỐC"}, name: "Nguyễn Văn Thử"},
		"- Như trên;",
		"- Giám đốc, các Phó Giám đốc Sở;",
		"- Lưu: VT, VP.")
}
