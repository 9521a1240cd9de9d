package main

import "time"

// jointPlan is a plan of two departments: its signature block has two columns.
func jointPlan(f faces) *sheet {
	s := newSheet(f, "Kế hoạch liên tịch số 15/KHLT-STN-SMH về diễn tập luân chuyển văn bản điện tử", made(2026, time.October, 20))
	s.heading(heading{
		superior: []string{"ỦY BAN NHÂN DÂN", "TỈNH BÌNH MINH"},
		agency:   []string{"SỞ THỬ NGHIỆM - SỞ MINH HỌA"},
		number:   "Số: 15/KHLT-STN-SMH",
		place:    "Bình Minh, ngày 20 tháng 10 năm 2026",
	})
	s.title("KẾ HOẠCH LIÊN TỊCH", "Diễn tập luân chuyển văn bản điện tử giữa hai cơ quan")
	body := paragraph{before: 2.5, leading: 1.45}
	item := func(text string) { s.set(text, body) }
	part := func(text string) { s.set(text, paragraph{style: bold, before: 2.5, keep: 14}) }

	item("Hai Sở thống nhất tổ chức một đợt diễn tập ngắn để kiểm tra đường đi của văn bản điện tử, từ lúc soạn thảo đến lúc cơ quan nhận mở ra đọc. Nội dung cụ thể như sau:")
	part("I. MỤC ĐÍCH, YÊU CẦU")
	item("1. Mục đích: tìm ra những chỗ chậm, những bước làm hai lần và những thông báo khó hiểu trên đường đi của văn bản; từ đó sửa trước khi mở rộng cho các xã, phường.")
	item("2. Yêu cầu: chỉ dùng văn bản mẫu do hai Sở soạn riêng cho đợt diễn tập; không dùng văn bản thật, không dùng dữ liệu của người dân.")
	part("II. NỘI DUNG DIỄN TẬP")
	item("1. Tình huống thứ nhất: Sở Thử nghiệm gửi một công văn một trang. Sở Minh Họa nhận, kiểm tra chữ ký số và ghi lại thời gian từ lúc gửi đến lúc mở được văn bản.")
	item("2. Tình huống thứ hai: hai Giám đốc cùng ký một biên bản. Người ký sau kiểm tra để chắc chắn rằng chữ ký của người ký trước vẫn còn nguyên vẹn.")
	item("3. Tình huống thứ ba: một văn bản bị sửa một chữ sau khi ký. Bộ phận văn thư phải nhận ra, từ chối tiếp nhận và báo lại cho nơi gửi trong vòng 15 phút.")
	item("4. Tình huống thứ tư: máy chủ cấp dấu thời gian tạm ngừng. Người ký thấy thông báo rõ ràng, biết phải chờ hay ký lại, và không mất công việc đang làm.")
	part("III. THỜI GIAN, ĐỊA ĐIỂM")
	item("Một ngày, thứ Sáu ngày 06 tháng 11 năm 2026, tại trụ sở của mỗi Sở. Hai bên nối với nhau bằng phòng họp trực tuyến để theo dõi chung.")
	part("IV. PHÂN CÔNG")
	item("1. Sở Thử nghiệm chuẩn bị văn bản mẫu, cử hai người ghi thời gian và giữ bảng theo dõi chung.")
	item("2. Sở Minh Họa chuẩn bị phòng họp trực tuyến, cử một người đóng vai cơ quan nhận và một người ghi lại các thông báo xuất hiện trên màn hình.")
	item("3. Sau buổi diễn tập, hai Văn phòng gộp kết quả thành một báo cáo không quá hai trang, gửi hai Giám đốc trước ngày 13 tháng 11 năm 2026./.")

	s.y += 4
	s.need(signatureGap + 50)
	half := textWidth / 4
	s.sign(signer{office: []string{"SỞ MINH HỌA", "GIÁM ĐỐC"}, name: "Trần Thị Mẫu"}, leftMargin+half, s.y)
	s.y = s.sign(signer{office: []string{"SỞ THỬ NGHIỆM", "GIÁM ĐỐC"}, name: "Nguyễn Văn Thử"}, pageWidth-rightMargin-half, s.y)
	s.recipients(s.y+2,
		"- Lãnh đạo hai Sở;",
		"- Các phòng, đơn vị thuộc hai Sở;",
		"- Lưu: VT hai Sở.")
	return s
}
