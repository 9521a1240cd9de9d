// Made from agent/internal/consent/words.txt by
//
//	go test ./webext/bundle -run TestWords -update

/** The words a person compares, one for each value of a byte. */
export const words: readonly string[] = (
  "an áo anh bàn bánh báo bảng bắp bảy bến bếp bia biển bình bò bóng " +
  "bưởi buồm bún bút cá cầu cam cành cát cây chè chim chợ chuông chùa chanh " +
  "chậu chổi chuối cò cốc cối cơm cổng cúc cua cừu dao dâu dây dê dép " +
  "diều dừa đá đàn đèn đất đĩa điện đò đồi đồng đường đuốc đình đêm ếch " +
  "én gà gạo gấu gió giấy giếng giường gỗ gối gương gạch hạc hạt hoa hộp " +
  "hổ hồng hươu hương hành hai hội hình hiên kéo kem kèn kênh khăn khế khỉ " +
  "khoai khói kho kiến kim kính khóa khung khay lá lạc làng lan lúa lưới lê " +
  "lọ lồng lược lịch lớp lều liễu mai màn mây mắt mâm mèo mì mía miền " +
  "mít môi mưa muối muỗng mực măng móc na nai năm nắng nến nem ngà ngày " +
  "ngô ngói ngọc ngựa người nhà nhạc nhãn nhím nho nhung núi nước nón nơ nồi " +
  "nếp ổi ong ốc ớt phở phong phim phượng quả quạt quần quê quýt quỳnh quang " +
  "rau rừng rùa rổ rồng ruộng rạp rèm rễ sách sao sân sáng sắt sen sóc " +
  "sông sơn sữa suối sim sỏi sương sếu sáu sẻ tay tám tàu táo tem thang " +
  "tháp thảm thác thỏ thuyền thước tím tiếng tỏi tôm tóc tơ trà trăng trâu tre " +
  "trống trứng trường trúc tủ túi tuyết tùng tường thìa thông tranh trời trưa vải vàng " +
  "vịt võng voi vở ví ve vẹt vườn vua xe xoài xanh xôi xuân xẻng yên " +
  ""
).trim().split(" ");
