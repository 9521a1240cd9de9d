package main

// The words of the regulation. They are ours, about a place that does not
// exist.

type articleText struct {
	title string
	text  []string
}

type chapterText struct {
	title    string
	articles []articleText
}

var chapters = []chapterText{
	{"NHỮNG QUY ĐỊNH CHUNG", []articleText{
		{"Nội dung và nơi áp dụng", []string{
			"1. Quy định này nói về cách chuẩn bị, điều hành và lưu hồ sơ các cuộc họp không dùng tài liệu in tại các sở, xã, phường của tỉnh Bình Minh.",
			"2. Cuộc họp có nội dung thuộc bí mật nhà nước không tổ chức theo Quy định này.",
		}},
		{"Giải thích từ ngữ", []string{
			"1. Phòng họp không giấy là cuộc họp mà mọi tài liệu được gửi, đọc, ghi ý kiến và ký trên thiết bị điện tử.",
			"2. Người chủ trì là người điều hành cuộc họp và kết luận từng nội dung.",
			"3. Thư ký cuộc họp là người đưa tài liệu lên hệ thống, ghi biên bản và trình ký.",
			"4. Gói tài liệu là toàn bộ tệp của một cuộc họp, đã khóa nội dung trước giờ họp và không thay đổi trong khi họp.",
		}},
		{"Nguyên tắc", []string{
			"1. Lấy người dự họp làm trung tâm: tài liệu dễ tìm, chữ dễ đọc, thao tác ít bước.",
			"2. Không bắt ai làm một việc hai lần, một lần trên máy và một lần trên giấy.",
			"3. Tài liệu đã ký không được sửa; cần thay đổi thì lập tài liệu mới và ký lại.",
			"4. Người không quen dùng thiết bị có người hỗ trợ ngồi cạnh, không vì thế mà bị bỏ lỡ ý kiến.",
		}},
	}},
	{"CHUẨN BỊ CUỘC HỌP", []articleText{
		{"Lập lịch và mời họp", []string{
			"1. Lịch họp được đưa lên hệ thống chậm nhất ba ngày làm việc trước cuộc họp, trừ cuộc họp khẩn do người đứng đầu cơ quan quyết định.",
			"2. Giấy mời điện tử ghi rõ thời gian, địa điểm, nội dung, người chủ trì và danh mục tài liệu. Người được mời trả lời ngay trên hệ thống; nếu cử người đi thay thì ghi tên người đó.",
			"3. Sau 16 giờ của ngày liền trước, thư ký gọi điện cho những người chưa trả lời.",
		}},
		{"Gửi tài liệu", []string{
			"1. Tài liệu được gửi trước cuộc họp ít nhất một ngày làm việc, ở định dạng mở được trên mọi thiết bị của phòng họp.",
			"2. Mỗi tài liệu có một trang tóm tắt ở đầu: việc cần quyết định, các phương án, ý kiến khác nhau và đề xuất của cơ quan trình.",
			"3. Tài liệu quét từ giấy phải thẳng trang, đủ trang, đọc được ở cỡ màn hình của máy tính bảng.",
			"4. Thư ký khóa gói tài liệu trước giờ họp 30 phút. Tài liệu đến sau thời điểm đó được đưa vào mục bổ sung và người chủ trì cho ý kiến có sử dụng hay không.",
		}},
		{"Kiểm tra phòng họp", []string{
			"1. Người phụ trách kỹ thuật kiểm tra màn hình, âm thanh, đường truyền và nguồn điện dự phòng trước giờ họp 60 phút, rồi ghi kết quả vào sổ điện tử.",
			"2. Mỗi phòng có ít nhất hai máy dự phòng đã nạp sẵn gói tài liệu, dùng được khi mất mạng.",
			"3. Danh mục thiết bị tối thiểu được nêu tại Phụ lục I.",
		}},
		{"Chuẩn bị chữ ký số", []string{
			"1. Người sẽ ký tại cuộc họp tự thử thiết bị lưu khóa bí mật của mình trong ngày trước đó. Mã PIN do chính người đó giữ và tự nhập.",
			"2. Thư ký không giữ hộ thiết bị, không ghi lại mã PIN của người khác dưới bất kỳ hình thức nào.",
		}},
	}},
	{"ĐIỀU HÀNH CUỘC HỌP", []articleText{
		{"Điểm danh", []string{
			"1. Người dự họp điểm danh bằng tài khoản của mình khi vào phòng. Người dự từ xa được ghi rõ là dự trực tuyến.",
			"2. Hệ thống hiển thị số người có mặt; thư ký đọc số này trước khi người chủ trì khai mạc.",
		}},
		{"Trình bày và thảo luận", []string{
			"1. Người trình bày không đọc lại toàn văn tài liệu đã gửi; thời gian trình bày một nội dung không quá mười phút.",
			"2. Ý kiến ghi trên hệ thống có giá trị như ý kiến phát biểu và được đưa vào biên bản.",
			"3. Khi cần biểu quyết, người chủ trì đọc rõ nội dung trước khi mở phiếu. Kết quả hiện trên màn hình chung sau khi đóng phiếu.",
			"4. Người dự họp được quyền yêu cầu phóng to, đọc chậm hoặc nhắc lại một nội dung.",
		}},
		{"Họp kết hợp trực tiếp và trực tuyến", []string{
			"1. Điểm cầu nào có từ năm người trở lên thì cử một người phụ trách kỹ thuật tại điểm cầu đó.",
			"2. Người dự trực tuyến bật hình khi phát biểu và khi biểu quyết; lúc khác có thể tắt để tiết kiệm đường truyền.",
			"3. Âm thanh của phòng họp được ưu tiên hơn hình ảnh: khi đường truyền yếu, hệ thống hạ chất lượng hình trước.",
		}},
		{"Khi có sự cố", []string{
			"1. Mất kết nối dưới năm phút: cuộc họp tiếp tục với gói tài liệu đã nạp trên máy.",
			"2. Mất kết nối từ năm phút trở lên: người chủ trì tạm dừng, thư ký ghi thời điểm dừng và thời điểm tiếp tục.",
			"3. Máy của một người hỏng: người phụ trách kỹ thuật đổi máy dự phòng trong vòng hai phút.",
			"4. Không ký được bằng chữ ký số: biên bản được lưu ở trạng thái chờ ký, không ký thay và không in ra để ký tay.",
		}},
		{"Biên bản và kết luận", []string{
			"1. Thư ký đọc dự thảo kết luận ngay tại cuộc họp; người dự họp có năm phút để đề nghị sửa.",
			"2. Biên bản ghi: người có mặt, nội dung, các ý kiến, kết quả biểu quyết, kết luận và người chịu trách nhiệm từng việc cùng hạn hoàn thành.",
			"3. Người chủ trì ký biên bản trước, thư ký ký sau, văn thư ký bằng chứng thư của cơ quan sau cùng. Người ký sau kiểm tra chữ ký của người ký trước.",
		}},
	}},
	{"HỒ SƠ, AN TOÀN VÀ HỖ TRỢ", []articleText{
		{"Lưu hồ sơ cuộc họp", []string{
			"1. Hồ sơ gồm giấy mời, gói tài liệu, các ý kiến, biên bản đã ký và kết quả kiểm tra chữ ký số tại thời điểm lưu.",
			"2. Hồ sơ được nộp vào kho lưu trữ điện tử của cơ quan trong vòng năm ngày làm việc.",
			"3. Tài liệu nháp trên máy của người dự họp được xóa khi hồ sơ đã nộp xong.",
		}},
		{"An toàn thông tin", []string{
			"1. Thiết bị của phòng họp chỉ cài phần mềm trong danh mục đã duyệt và được cập nhật mỗi tháng một lần.",
			"2. Không chụp màn hình, không chuyển tài liệu cuộc họp sang ứng dụng cá nhân.",
			"3. Người làm mất thiết bị báo cho người phụ trách kỹ thuật ngay khi biết, kể cả ngoài giờ làm việc.",
		}},
		{"Người lớn tuổi và người khuyết tật", []string{
			"1. Tài liệu cho phép phóng to đến hai lần mà không phải kéo ngang màn hình; hình vẽ có lời mô tả.",
			"2. Màu sắc không phải là cách duy nhất để phân biệt các phương án; mỗi phương án có thêm chữ hoặc ký hiệu.",
			"3. Người dự họp được dùng phần mềm đọc màn hình, bàn phím riêng hoặc tai nghe của mình sau khi người phụ trách kỹ thuật kiểm tra.",
		}},
		{"Tiết kiệm và dùng lại thiết bị", []string{
			"1. Cơ quan dùng lại thiết bị đang có nếu đạt yêu cầu tại Phụ lục I, không mua mới chỉ để đồng bộ hình thức.",
			"2. Các cơ quan gần nhau dùng chung máy dự phòng và tủ sạc theo lịch; nơi mượn ký nhận trên hệ thống.",
			"3. Thiết bị hỏng được sửa trước, thay sau; dữ liệu trên thiết bị được xóa sạch trước khi chuyển cho nơi khác.",
		}},
		{"Hỗ trợ người sử dụng", []string{
			"1. Sở Thử nghiệm lập ba tổ hỗ trợ; mỗi tổ phụ trách một nhóm xã, phường theo lịch tại Phụ lục II.",
			"2. Trong ba cuộc họp đầu tiên của mỗi cơ quan, tổ hỗ trợ có mặt tại chỗ từ đầu đến cuối.",
			"3. Sau mỗi cuộc họp, người dự họp có thể gửi phiếu góp ý theo mẫu tại Phụ lục III. Góp ý được trả lời trong vòng năm ngày làm việc.",
		}},
	}},
	{"TỔ CHỨC THỰC HIỆN", []articleText{
		{"Trách nhiệm của các cơ quan", []string{
			"1. Người đứng đầu cơ quan chỉ định một đầu mối, bảo đảm phòng họp đủ thiết bị và tự đánh giá sau sáu tháng.",
			"2. Sở Thử nghiệm xây dựng tài liệu hướng dẫn không quá bốn trang, tổ chức tập huấn và tổng hợp vướng mắc.",
			"3. Sở Minh Họa thiết kế mẫu trình bày chung để tài liệu của các cơ quan có cùng một cách đọc.",
		}},
		{"Theo dõi, đánh giá", []string{
			"1. Mỗi quý, cơ quan tự ghi ba con số: số cuộc họp không dùng giấy, số trang giấy đã không phải in và số lần mất kết nối. Bước kiểm tra trước giờ họp được ghi theo Phụ lục IV.",
			"2. Cơ quan có cách làm hay được mời chia sẻ tại cuộc họp tổng kết cuối năm; không chấm điểm, không xếp hạng giữa các cơ quan.",
		}},
		{"Sửa đổi, bổ sung", []string{
			"Trong quá trình áp dụng, cơ quan nào thấy có điểm chưa hợp lý thì gửi ý kiến về Sở Thử nghiệm để tổng hợp, trình Chủ tịch Ủy ban nhân dân tỉnh xem xét.",
		}},
	}},
}

var equipment = [][]string{
	{"1", "Màn hình chung", "02", "Từ 65 inch trở lên, đặt để mọi chỗ ngồi đều nhìn rõ"},
	{"2", "Máy tính bảng", "25", "Màn hình từ 10 inch, pin dùng liên tục ít nhất sáu giờ"},
	{"3", "Máy dự phòng", "02", "Đã nạp gói tài liệu trước giờ họp"},
	{"4", "Máy tính của thư ký", "01", "Có đầu đọc thiết bị lưu khóa bí mật và hai màn hình"},
	{"5", "Micrô đặt bàn", "12", "Có đèn báo khi đang nói"},
	{"6", "Loa", "04", "Nghe rõ ở hàng ghế cuối"},
	{"7", "Bộ phát sóng không dây", "02", "Hai đường truyền của hai nhà cung cấp khác nhau"},
	{"8", "Bộ lưu điện", "01", "Giữ được mạng và màn hình chung ít nhất 30 phút"},
	{"9", "Tủ sạc", "01", "Sạc cùng lúc cho tất cả máy tính bảng"},
	{"10", "Máy quét", "01", "Quét màu hai mặt, từ 200 dpi"},
	{"11", "Đồng hồ treo tường", "01", "Tự chỉnh giờ, chữ số cao từ 10 cm"},
	{"12", "Biển tên điện tử", "25", "Đọc được từ khoảng cách ba mét"},
}

var communes = []string{
	"Sở Thử nghiệm", "Sở Minh Họa", "Văn phòng Ủy ban nhân dân tỉnh",
	"Ủy ban nhân dân phường Minh Họa", "Ủy ban nhân dân phường Ví Dụ", "Ủy ban nhân dân phường Giả Định",
	"Ủy ban nhân dân phường Thí Điểm", "Ủy ban nhân dân phường Trang Mẫu",
	"Ủy ban nhân dân xã Mẫu Một", "Ủy ban nhân dân xã Mẫu Hai", "Ủy ban nhân dân xã Mẫu Ba",
	"Ủy ban nhân dân xã Mẫu Bốn", "Ủy ban nhân dân xã Mẫu Năm", "Ủy ban nhân dân xã Mẫu Sáu",
	"Ủy ban nhân dân xã Thử Một", "Ủy ban nhân dân xã Thử Hai", "Ủy ban nhân dân xã Thử Ba",
	"Ủy ban nhân dân xã Thử Bốn", "Ủy ban nhân dân xã Thử Năm", "Ủy ban nhân dân xã Nháp Trên",
	"Ủy ban nhân dân xã Nháp Giữa", "Ủy ban nhân dân xã Nháp Dưới", "Ủy ban nhân dân xã Phác Thảo",
	"Ủy ban nhân dân xã Tưởng Tượng", "Ủy ban nhân dân xã Hình Dung", "Ủy ban nhân dân xã Giả Thiết",
	"Ủy ban nhân dân xã Bản Nhỏ", "Ủy ban nhân dân xã Bản Vừa", "Ủy ban nhân dân xã Bản Lớn",
	"Ủy ban nhân dân xã Dòng Đầu", "Ủy ban nhân dân xã Dòng Giữa", "Ủy ban nhân dân xã Dòng Cuối",
}

var checks = [][]string{
	{"1", "60 phút", "Bật màn hình chung, mở thử trang đầu của từng tài liệu", "Kỹ thuật"},
	{"2", "60 phút", "Nói thử vào từng micrô, nghe ở hàng ghế cuối", "Kỹ thuật"},
	{"3", "50 phút", "Rút dây đường truyền thứ nhất, xem đường thứ hai có tự nối", "Kỹ thuật"},
	{"4", "45 phút", "Mở gói tài liệu trên hai máy dự phòng khi đã tắt mạng", "Kỹ thuật"},
	{"5", "40 phút", "Kiểm tra pin của từng máy tính bảng, máy dưới 80% đem sạc", "Kỹ thuật"},
	{"6", "30 phút", "Khóa gói tài liệu, ghi số tệp và tổng số trang", "Thư ký"},
	{"7", "30 phút", "Ký thử một trang trắng bằng thiết bị của thư ký", "Thư ký"},
	{"8", "20 phút", "Đặt biển tên, đối chiếu với danh sách đã trả lời", "Thư ký"},
	{"9", "15 phút", "Nối thử với các điểm cầu, điểm danh người trực kỹ thuật", "Kỹ thuật"},
	{"10", "10 phút", "Đưa trang chờ có tên cuộc họp lên màn hình chung", "Thư ký"},
	{"11", "05 phút", "Báo người chủ trì: phòng họp sẵn sàng hoặc còn vướng ở bước nào", "Thư ký"},
}
