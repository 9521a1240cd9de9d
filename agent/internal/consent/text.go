package consent

// texts are all words a person reads here, in one language. A verb's order of
// arguments is the order written in its comment.
type texts struct {
	title                                 string
	fromSite                              string
	fromCommand                           string
	plainSite                             string
	foreignSite                           string // host in its own letters
	mixedSite                             string // host in its own letters
	reason                                string // text
	location                              string // text
	field                                 string // name
	level                                 string // level, what it means
	levelBB, levelBT, levelBLT, levelBLTA string
	unnamed                               string

	documents                                    string // count
	moreBefore                                   string // count; the rest was in the list before
	moreLater                                    string // count; the rest can be listed
	total                                        string // pages, size
	leftOut                                      string // count
	leftOutRow                                   string // name, why
	leftOutCount                                 string // count; they are at the end of the list
	moreLeftOut                                  string // count
	pages                                        string // count
	onePage                                      string
	noPages                                      string
	moreEarlier                                  string
	earlierPassed, earlierFailed, earlierUnknown string
	provenAt, claimedAt                          string // time
	stamp                                        string // where
	notice                                       string // text
	unsigned                                     string
	signed                                       string // count
	oneSigned                                    string
	broken                                       string // count
	compare                                      string // words
	allDocs                                      string // count
	readThrough                                  string

	certificate  string
	chooseCert   string
	issuedBy     string // issuer
	expires      string // date, days left
	expiresToday string // date
	expired      string // date
	locked       string // names
	low          string
	final        string

	pinLabel  string
	enterPIN  string
	enterPad  string
	confirm   string
	emptyPIN  string
	tooFast   string
	longPIN   string
	nextTitle string

	sign, refuse, next, choose string
	// The letters that press a button, or go to a field, with Alt: each is in the
	// text of its button.
	signKey, refuseKey, chooseKey, pinKey, viewKey, rememberKey string

	// one window
	signNumber, signOne     string // number in words
	leftOutNumber           string // number in words
	viewButton, viewName    string // viewName: number, name
	viewFailed, viewOpened  string
	waiting                 string // count, list
	oneWaiting              string // the one
	waitingItem             string // site, count
	waitingOne              string // site
	waitingCommand          string
	injected, justShown     string
	listName, dataName      string
	pinDescription, warning string
	moreLines               string // count

	// other kinds of question
	dataTitle, dataFromSite, dataFromCommand                                           string
	dataMessage, dataLogin, dataJSON, dataHash, dataWarning                            string
	hashTitle, hashFromSite, hashFromCommand, hashWarning, hashName                    string
	dataCut                                                                            string // size
	pairTitle, pairFromSite, pairConfirm, pairQuestion, pairHelp, pairTooFast          string
	pairSign, pairRefuse, pairSignKey, pairRefuseKey                                   string
	chooseTitle, chooseFromSite, chooseConfirm, chooseShown, chooseHelp, rememberLabel string

	// columns of the document list on Windows
	columnName, columnPages, columnSize, columnSigned, columnWords, columnKnown, columnWhy string

	// the terminal
	terminalChoose  string // highest number
	terminalPIN     string
	terminalConfirm string // word to type
	terminalYes     string // the word, without marks, so that every keyboard has it
	terminalRefused string
	terminalList    string // word to type
	terminalListYes string // the word, without marks
	terminalMore    string // first row, last row, all rows, word to type
	terminalEnough  string // the word

	agreeTerminal string // word to type
	agreeYes      string // the word, without marks

	date     string // layout for time.Format
	decimal  string
	spelling string // the language that numbers are spelled out in
}

// textsIn gives the texts of a language; Vietnamese when it is not known.
func textsIn(language string) texts {
	if language == "en" {
		return english
	}
	return vietnamese
}

var vietnamese = texts{
	title:       "Kyso – Yêu cầu ký số",
	fromSite:    "Trang web sau đây yêu cầu ký số:",
	fromCommand: "Yêu cầu ký số từ dòng lệnh trên máy này.",
	plainSite:   "Lưu ý: trang này không dùng kết nối mã hóa (http).",
	foreignSite: "Lưu ý: tên trang có chữ ngoài a–z, vốn viết là “%s”. Hãy kiểm tra đúng trang cần ký.",
	mixedSite:   "CẢNH BÁO: tên trang “%s” dùng chữ dễ nhầm với chữ khác, có thể là trang giả mạo. Chỉ ký khi chắc chắn.",
	reason:      "Lý do: “%s”",
	location:    "Nơi ký: “%s”",
	field:       "Ô chữ ký: “%s”",
	level:       "Mức chữ ký: %s – %s",
	levelBB:     "không có dấu thời gian", levelBT: "có dấu thời gian", levelBLT: "có dấu thời gian và bằng chứng để kiểm tra lâu dài", levelBLTA: "có dấu thời gian và bằng chứng để lưu trữ lâu dài",
	unnamed: "(không có tên)",

	documents:     "Tài liệu sẽ ký (%d):",
	moreBefore:    "… và %d tài liệu khác trong danh sách vừa xem",
	moreLater:     "… và %d tài liệu khác",
	total:         "Tổng cộng: %d trang, %s",
	leftOut:       "KHÔNG ký (%d), vì không ký được:",
	leftOutRow:    "KHÔNG KÝ: %s – %s",
	leftOutCount:  "KHÔNG ký %d tài liệu, nêu ở cuối danh sách.",
	moreLeftOut:   "… và %d tài liệu khác không ký",
	pages:         "%d trang",
	onePage:       "1 trang",
	noPages:       "không rõ số trang",
	moreEarlier:   "và những chữ ký khác",
	earlierPassed: "chữ ký hợp lệ", earlierFailed: "CHỮ KÝ KHÔNG HỢP LỆ", earlierUnknown: "chữ ký chưa đủ căn cứ để kết luận",
	provenAt: "ký trước %s", claimedAt: "tự khai ký lúc %s",
	stamp:       "Hình chữ ký: %s",
	notice:      "LƯU Ý: %s",
	unsigned:    "chưa có chữ ký",
	signed:      "đã có %d chữ ký",
	oneSigned:   "đã có 1 chữ ký",
	broken:      "CẢNH BÁO: %d chữ ký không còn hợp lệ",
	compare:     "Từ đối chiếu: %s",
	allDocs:     "Danh sách đầy đủ %d tài liệu sẽ ký:",
	readThrough: "Xin xem hết danh sách trước khi tiếp tục.",

	certificate:  "Chứng thư số:",
	chooseCert:   "Chọn chứng thư số để ký:",
	issuedBy:     "Cấp bởi: %s",
	expires:      "Hết hạn: %s (còn %d ngày)",
	expiresToday: "Hết hạn: %s (trong hôm nay)",
	expired:      "ĐÃ HẾT HẠN ngày %s",
	locked:       "Không dùng được vì thiết bị đã bị khóa: %s",
	low:          "Lưu ý: mã PIN vừa bị nhập sai. Nhập sai nhiều lần thiết bị sẽ bị khóa.",
	final:        "Chỉ còn một lần thử: nhập sai lần này thiết bị sẽ bị khóa.",

	pinLabel:  "Mã PIN:",
	enterPIN:  "Nhập mã PIN rồi bấm “Ký” để ký.",
	enterPad:  "Bấm “Ký”, rồi nhập mã PIN trên bàn phím của đầu đọc thẻ.",
	confirm:   "Bấm “Ký” nếu đồng ý ký.",
	emptyPIN:  "Chưa nhập mã PIN.",
	tooFast:   "Lệnh ký đến ngay khi cửa sổ vừa hiện ra. Xin đọc rồi xác nhận lại.",
	longPIN:   "Mã PIN quá dài.",
	nextTitle: "Kyso – Danh sách tài liệu",

	sign: "Ký", refuse: "Từ chối", next: "Tiếp tục", choose: "Chọn",
	signKey: "K", refuseKey: "T", chooseKey: "C", pinKey: "P", viewKey: "X", rememberKey: "G",

	signNumber: "Sẽ ký %s tài liệu.", signOne: "Sẽ ký %s tài liệu.",
	leftOutNumber: "Không ký %s tài liệu.",
	viewButton:    "Xem", viewName: "Xem tài liệu %d: %s",
	viewFailed: "Không mở được tài liệu để xem.", viewOpened: "Đã mở tài liệu bằng chương trình xem của máy này.",
	waiting: "Còn %d yêu cầu khác đang chờ: %s", oneWaiting: "Còn 1 yêu cầu khác đang chờ: %s",
	waitingItem: "%s (%d tài liệu)", waitingOne: "%s (1 tài liệu)", waitingCommand: "dòng lệnh",
	injected:  "Thao tác vừa rồi do một chương trình tạo ra, không phải từ bàn phím hay chuột của bạn, nên không được tính.",
	justShown: "Cửa sổ vừa hiện ra hoặc vừa được chọn lại. Xin đọc rồi thao tác lại.",
	listName:  "Danh sách tài liệu sẽ ký", dataName: "Nội dung sẽ ký",
	pinDescription: "Mã PIN của thiết bị ký. Các ký tự không hiện ra.", warning: "Cảnh báo",
	moreLines: "… và %d dòng khác",

	dataTitle:       "Kyso – Yêu cầu ký dữ liệu",
	dataFromSite:    "Trang web sau đây xin ký dữ liệu KHÔNG phải là tài liệu:",
	dataFromCommand: "Dòng lệnh trên máy này xin ký dữ liệu KHÔNG phải là tài liệu.",
	dataMessage:     "Ký một đoạn văn bản", dataLogin: "Ký để đăng nhập", dataJSON: "Ký dữ liệu JSON cho một chương trình",
	dataHash:     "Ký một giá trị băm: Kyso KHÔNG thấy tài liệu gốc",
	hashTitle:    "Kyso – CẢNH BÁO: ký khi không thấy tài liệu",
	hashFromSite: "Trang web sau đây xin ký một giá trị băm, KHÔNG gửi tài liệu:", hashFromCommand: "Dòng lệnh trên máy này xin ký một giá trị băm, KHÔNG có tài liệu.",
	hashWarning: "CẢNH BÁO: Kyso không thấy tài liệu, không kiểm tra được gì và không biết bạn đang ký điều gì. Chữ ký này có thể được gắn vào bất kỳ văn bản nào mà trang web đã chọn. Chỉ ký khi chính bạn vừa yêu cầu ký trên trang này và hoàn toàn tin trang này.",
	hashName:    "Giá trị băm sẽ ký",
	dataWarning: "Chữ ký lên dữ liệu cũng ràng buộc như chữ ký trên văn bản. Chỉ ký khi hiểu rõ nội dung dưới đây.",
	dataCut:     "Nội dung quá dài, chỉ hiện phần đầu. Dữ liệu đầy đủ có %s.",
	pairTitle:   "Kyso – Ghép nối với trang web", pairFromSite: "Trang web sau đây muốn ghép nối với Kyso trên máy này:",
	pairConfirm: "Bấm “Giống nhau” nếu các từ đúng như trên trang.", pairQuestion: "Các từ này có đúng như trên trang không?",
	pairHelp:    "Sau khi ghép nối, trang được gửi yêu cầu ký. Mỗi lần ký, Kyso vẫn hỏi lại.",
	pairTooFast: "Câu trả lời đến ngay khi cửa sổ vừa hiện ra. Xin so các từ rồi xác nhận lại.",
	pairSign:    "Giống nhau", pairRefuse: "Khác nhau", pairSignKey: "G", pairRefuseKey: "K",
	chooseTitle: "Kyso – Chọn chứng thư số", chooseFromSite: "Trang web sau đây yêu cầu ký số:",
	chooseConfirm: "Bấm “Chọn” để tiếp tục.", chooseShown: "Chọn chứng thư số để ký:",
	chooseHelp: "Chưa có gì được ký: tiếp theo, Kyso cho xem tài liệu rồi mới hỏi mã PIN.", rememberLabel: "Ghi nhớ cho trang này",

	columnName: "Tên tài liệu", columnPages: "Số trang", columnSize: "Dung lượng", columnSigned: "Chữ ký đã có", columnWords: "Từ đối chiếu", columnKnown: "Cần biết", columnWhy: "Lý do không ký",

	terminalChoose:  "Gõ số từ 1 đến %d rồi Enter (để trống: từ chối): ",
	terminalPIN:     "Mã PIN (không hiện ra; để trống: từ chối): ",
	terminalConfirm: "Gõ “%s” rồi Enter để ký (khác đi: từ chối): ",
	terminalYes:     "ky",
	terminalRefused: "Đã từ chối, không có gì được ký.",
	terminalList:    "Gõ “%s” rồi Enter để xem cả danh sách; chỉ Enter để tiếp tục: ",
	terminalListYes: "ds",
	terminalMore:    "Dòng %d–%d trong %d. Enter: xem tiếp; gõ “%s” rồi Enter: thôi xem: ",
	terminalEnough:  "q",

	agreeTerminal: "Gõ “%s” rồi Enter để đồng ý (khác đi: từ chối): ",
	agreeYes:      "dong y",

	date: "02/01/2006", decimal: ",", spelling: "vi",
}

var english = texts{
	title:       "Kyso – Signature request",
	fromSite:    "This web site asks for your signature:",
	fromCommand: "The command line on this computer asks for your signature.",
	plainSite:   "Note: this site does not use an encrypted connection (http).",
	foreignSite: "Note: the site's name has letters beyond a–z; it is written “%s”. Check that it is the site you mean.",
	mixedSite:   "WARNING: the site's name “%s” uses letters that are easily mistaken for others; it may be a forgery. Sign only if you are certain.",
	reason:      "Reason: “%s”",
	location:    "Place: “%s”",
	field:       "Signature field: “%s”",
	level:       "Signature level: %s – %s",
	levelBB:     "without a timestamp", levelBT: "with a timestamp", levelBLT: "with a timestamp, and evidence to check it in the long term", levelBLTA: "with timestamps and evidence for archives",
	unnamed: "(no name)",

	documents:     "Documents to sign (%d):",
	moreBefore:    "… and %d more from the list just shown",
	moreLater:     "… and %d more",
	total:         "In all: %d pages, %s",
	leftOut:       "NOT to be signed (%d), because they cannot be:",
	leftOutRow:    "NOT SIGNED: %s – %s",
	leftOutCount:  "%d documents will NOT be signed; they are at the end of the list.",
	moreLeftOut:   "… and %d more not signed",
	pages:         "%d pages",
	onePage:       "1 page",
	noPages:       "number of pages unknown",
	moreEarlier:   "and more signatures",
	earlierPassed: "valid signature", earlierFailed: "SIGNATURE NOT VALID", earlierUnknown: "signature not decided",
	provenAt: "signed before %s", claimedAt: "says it was signed at %s",
	stamp:       "Stamp: %s",
	notice:      "NOTE: %s",
	unsigned:    "not signed yet",
	signed:      "%d signatures already",
	oneSigned:   "1 signature already",
	broken:      "WARNING: %d of them no longer valid",
	compare:     "Words to compare: %s",
	allDocs:     "All %d documents to sign:",
	readThrough: "Please look through the list before you continue.",

	certificate:  "Certificate:",
	chooseCert:   "Choose the certificate to sign with:",
	issuedBy:     "Issued by: %s",
	expires:      "Expires: %s (%d days left)",
	expiresToday: "Expires: %s (today)",
	expired:      "EXPIRED on %s",
	locked:       "Not usable, the token is locked: %s",
	low:          "Note: a wrong PIN was entered lately. Several wrong ones lock the token.",
	final:        "Only one try left: a wrong PIN now locks the token.",

	pinLabel:  "PIN:",
	enterPIN:  "Enter the PIN and press “Sign” to sign.",
	enterPad:  "Press “Sign”, then enter the PIN on the keypad of the card reader.",
	confirm:   "Press “Sign” if you agree.",
	emptyPIN:  "No PIN was entered.",
	tooFast:   "The approval came as the window was only appearing. Please read and confirm again.",
	longPIN:   "The PIN is too long.",
	nextTitle: "Kyso – List of documents",

	sign: "Sign", refuse: "Refuse", next: "Continue", choose: "Choose",
	signKey: "S", refuseKey: "R", chooseKey: "C", pinKey: "P", viewKey: "V", rememberKey: "m",

	signNumber: "This signs %s documents.", signOne: "This signs %s document.",
	leftOutNumber: "Not signed: %s.",
	viewButton:    "View", viewName: "View document %d: %s",
	viewFailed: "The document could not be opened for viewing.", viewOpened: "The document was opened in this computer's viewer.",
	waiting: "%d more requests are waiting: %s", oneWaiting: "1 more request is waiting: %s",
	waitingItem: "%s (%d documents)", waitingOne: "%s (1 document)", waitingCommand: "command line",
	injected:  "That was done by a program, not by your keyboard or mouse, so it does not count.",
	justShown: "The window has only just appeared or been selected again. Please read, and then do that again.",
	listName:  "Documents to sign", dataName: "Content to sign",
	pinDescription: "PIN of the signing token. The characters are not shown.", warning: "Warning",
	moreLines: "… and %d more lines",

	dataTitle:       "Kyso – Request to sign data",
	dataFromSite:    "This web site asks you to sign data that is NO document:",
	dataFromCommand: "The command line on this computer asks you to sign data that is NO document.",
	dataMessage:     "Sign a text", dataLogin: "Sign to log in", dataJSON: "Sign JSON data for a program",
	dataHash:     "Sign a hash value: Kyso does NOT see the document",
	hashTitle:    "Kyso – WARNING: signing without seeing the document",
	hashFromSite: "This web site asks you to sign a hash value, and does NOT send the document:", hashFromCommand: "The command line on this computer asks you to sign a hash value, WITHOUT a document.",
	hashWarning: "WARNING: Kyso does not see the document, can check nothing, and does not know what you are signing. This signature can be put under any document that the site has chosen. Sign only if you have just asked for it yourself on this site, and trust the site completely.",
	hashName:    "Hash value to sign",
	dataWarning: "A signature on data binds you like one on a document. Sign only if you understand the content below.",
	dataCut:     "The content is too long; only its beginning is shown. In full it has %s.",
	pairTitle:   "Kyso – Pair a web site", pairFromSite: "This web site wants to be paired with Kyso on this computer:",
	pairConfirm: "Press “Same words” if they are the ones on the page.", pairQuestion: "Does the page show exactly these words?",
	pairHelp:    "Once paired, the site may send requests. Kyso still asks you each time before it signs.",
	pairTooFast: "The answer came as the window was only appearing. Please compare the words and confirm again.",
	pairSign:    "Same words", pairRefuse: "Different", pairSignKey: "S", pairRefuseKey: "D",
	chooseTitle: "Kyso – Choose a certificate", chooseFromSite: "This web site asks for your signature:",
	chooseConfirm: "Press “Choose” to go on.", chooseShown: "Choose the certificate to sign with:",
	chooseHelp: "Nothing is signed yet: next, Kyso shows the documents, and only then asks for the PIN.", rememberLabel: "Remember for this site",

	columnName: "Document", columnPages: "Pages", columnSize: "Size", columnSigned: "Signatures", columnWords: "Words to compare", columnKnown: "To know", columnWhy: "Why it is not signed",

	terminalChoose:  "Type a number from 1 to %d and Enter (empty: refuse): ",
	terminalPIN:     "PIN (not shown; empty: refuse): ",
	terminalConfirm: "Type “%s” and Enter to sign (anything else: refuse): ",
	terminalYes:     "sign",
	terminalRefused: "Refused; nothing was signed.",
	terminalList:    "Type “%s” and Enter to see the whole list; Enter alone goes on: ",
	terminalListYes: "list",
	terminalMore:    "Lines %d–%d of %d. Enter: more; “%s” and Enter: enough: ",
	terminalEnough:  "q",

	agreeTerminal: "Type “%s” and Enter to agree (anything else: refuse): ",
	agreeYes:      "yes",

	date: "2 Jan 2006", decimal: ".", spelling: "en",
}
