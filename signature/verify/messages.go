package verify

// The sentences of the report. A code never changes its meaning; the words may.
// Rules: calm, short, no reassuring word for what was not proven.
var (
	msgNoSignature      = Message{"NO_SIGNATURE", "Tài liệu không có chữ ký số nào.", "The document holds no digital signature."}
	msgEncrypted        = Message{"ENCRYPTED", "Tài liệu có mật khẩu mở nên chưa kiểm tra được chữ ký. Hãy kiểm tra lại kèm theo mật khẩu.", "The document has a password, so its signatures were not checked. Check it again together with the password."}
	msgEncryptedTo      = Message{"ENCRYPTED_TO_CERTIFICATES", "Tài liệu được mã hóa cho chứng thư số của người nhận nên không mở ra kiểm tra được. Hãy kiểm tra bản không mã hóa.", "The document is encrypted to its readers' certificates and cannot be opened for checking. Check a copy that is not encrypted."}
	msgEncryption       = Message{"ENCRYPTION_UNSOUND", "Cách mã hóa của tài liệu không theo chuẩn, bị hỏng hoặc đã bị thay đổi nên chưa kiểm tra được chữ ký.", "The document's encryption follows no standard, is damaged or was changed, so its signatures were not checked."}
	msgEncryptedDoc     = Message{"ENCRYPTED_DOCUMENT", "Tài liệu được mã hóa và đã được mở để kiểm tra.", "The document is encrypted, and was opened for checking."}
	msgUnreadable       = Message{"UNREADABLE_FILE", "Không đọc được tệp.", "The file cannot be read."}
	msgNotPDF           = Message{"NOT_A_SOUND_PDF", "Tệp không phải PDF hoặc bị hỏng nên không kiểm tra được.", "The file is no PDF or is damaged, so nothing was checked."}
	msgFormat           = Message{"SIGNATURE_STRUCTURE", "Cấu trúc chữ ký trong tệp không hợp lệ, không chứng minh được nội dung nào đã ký.", "The signature's structure in the file is not valid and does not prove what was signed."}
	msgCMS              = Message{"SIGNATURE_DATA", "Dữ liệu chữ ký (CMS) bị hỏng hoặc trái quy tắc.", "The signature data (CMS) is damaged or breaks the rules."}
	msgUnsupported      = Message{"SIGNATURE_UNSUPPORTED", "Định dạng hoặc thuật toán của chữ ký này chưa được hỗ trợ nên chưa thể kết luận.", "The format or algorithm of this signature is not supported, so nothing can be concluded."}
	msgHash             = Message{"CONTENT_CHANGED", "Nội dung đã ký bị thay đổi: giá trị băm không khớp.", "The signed content was changed: its digest does not match."}
	msgCrypto           = Message{"SIGNATURE_VALUE", "Giá trị chữ ký không phải do khóa của chứng thư số này tạo ra.", "The signature value was not made with this certificate's key."}
	msgNoCertificate    = Message{"NO_SIGNING_CERTIFICATE", "Không xác định được chứng thư số của người ký.", "The signer's certificate cannot be determined."}
	msgNoPath           = Message{"NO_CERTIFICATE_PATH", "Chưa có đường dẫn tin cậy từ chứng thư số này tới một CA gốc đã được tin cậy.", "No path leads from this certificate to a trusted root CA."}
	msgPath             = Message{"CERTIFICATE_PATH", "Đường dẫn chứng thư số không đạt quy tắc.", "The certificate path breaks the rules."}
	msgKeyUsage         = Message{"KEY_USAGE", "Chứng thư số này không được cấp để ký tài liệu.", "This certificate was not issued for signing documents."}
	msgExpired          = Message{"CERTIFICATE_EXPIRED", "Chứng thư số đã hết hạn và không có dấu thời gian chứng minh đã ký khi còn hạn.", "The certificate has expired, and no timestamp proves that signing came before."}
	msgNotYetValid      = Message{"CERTIFICATE_NOT_YET_VALID", "Chứng thư số chưa có hiệu lực tại thời điểm kiểm tra.", "The certificate is not valid yet at the time of validation."}
	msgRevoked          = Message{"CERTIFICATE_REVOKED", "Chứng thư số đã bị thu hồi trước khi ký.", "The certificate was revoked before signing."}
	msgRevokedNoPOE     = Message{"CERTIFICATE_REVOKED_NO_PROOF", "Chứng thư số đã bị thu hồi và không có dấu thời gian chứng minh đã ký trước đó.", "The certificate is revoked, and no timestamp proves that signing came before."}
	msgRevokedCA        = Message{"CA_REVOKED", "Chứng thư số của CA đã bị thu hồi.", "A CA certificate is revoked."}
	msgNoRevocation     = Message{"REVOCATION_UNKNOWN", "Chưa kiểm tra được chứng thư số có bị thu hồi hay không. Cần tệp CRL hoặc phản hồi OCSP còn hiệu lực.", "Whether the certificate is revoked could not be checked. A current CRL or OCSP response is needed."}
	msgWeak             = Message{"ALGORITHM_WEAK", "Chữ ký hoặc chứng thư số dùng thuật toán không còn đủ an toàn.", "The signature or a certificate uses an algorithm that is no longer safe."}
	msgNoESS            = Message{"NO_SIGNING_CERTIFICATE_ATTRIBUTE", "Chữ ký không gắn với chứng thư số bằng thuộc tính signing-certificate.", "The signature is not bound to its certificate by a signing-certificate attribute."}
	msgModified         = Message{"CHANGED_AFTER_SIGNING", "Tài liệu đã bị thay đổi sau khi ký, ngoài những thay đổi được phép.", "The document was changed after signing beyond what is allowed."}
	msgUndetermined     = Message{"CHANGES_UNDETERMINED", "Sau khi ký, tài liệu có thay đổi mà chưa thể kết luận là được phép.", "After signing the document was changed in ways that cannot be called allowed."}
	msgPartial          = Message{"PARTIAL_COVERAGE", "Chữ ký không bao trùm trọn vẹn một phiên bản của tài liệu.", "The signature does not cover one whole revision of the document."}
	msgOverlap          = Message{"SIGNATURES_OVERLAP", "Các chữ ký trong tệp chồng lấn nhau.", "Signatures in the file overlap."}
	msgShared           = Message{"SIGNATURE_SHARED", "Một chữ ký được nhiều trường cùng sử dụng.", "One signature serves several fields."}
	msgBadTimestamp     = Message{"TIMESTAMP_NOT_PROVEN", "Dấu thời gian đi kèm chưa được chứng minh là đúng nên không được tính đến.", "The timestamp beside the signature was not proven and does not count."}
	msgStampUnknown     = Message{"TIMESTAMP_REVOCATION_UNKNOWN", "Chưa kiểm tra được chứng thư số của dấu thời gian có bị thu hồi hay không nên dấu thời gian chưa được tính đến.", "Whether the timestamp's certificate is revoked could not be checked, so the timestamp does not count."}
	msgImprint          = Message{"TIMESTAMP_IMPRINT", "Dấu thời gian được cấp cho dữ liệu khác.", "The timestamp was made for other data."}
	msgNotTimestamping  = Message{"TIMESTAMP_KEY_USAGE", "Chứng thư số này không được cấp để tạo dấu thời gian.", "This certificate was not issued for timestamping."}
	msgFutureTimestamp  = Message{"TIMESTAMP_IN_FUTURE", "Dấu thời gian mang thời điểm sau lúc kiểm tra. Hãy xem lại đồng hồ máy tính.", "The timestamp is later than the time of validation. Check this computer's clock."}
	msgTimestampOrder   = Message{"TIMESTAMP_ORDER", "Thứ tự các dấu thời gian không thể có thật.", "The order of the timestamps is impossible."}
	msgNoPOE            = Message{"NO_PROOF_OF_EXISTENCE", "Không chứng minh được chữ ký có từ khi chứng thư số còn hiệu lực: thiếu dữ liệu thu hồi hoặc dấu thời gian lưu trữ.", "Nothing proves that the signature existed while its certificate was good: revocation data or an archive timestamp is missing."}
	msgResponderExpired = Message{"RESPONDER_EXPIRED", "Chứng thư số của nơi xác nhận tình trạng thu hồi đã hết hạn. Cần CRL hoặc OCSP mới hơn.", "The certificate of whoever told the revocation status has expired. A newer CRL or OCSP response is needed."}
	msgOldGeneration    = Message{"OLD_GENERATION", "Chứng thư số thuộc thế hệ cũ (SHA-1), chỉ được chấp nhận trong thời gian chuyển tiếp. Nên ký bằng chứng thư số thế hệ mới.", "The certificate is of an old generation (SHA-1), accepted for a transition period only. Sign with a certificate of the new generation."}
	msgPolicy           = Message{"SIGNATURE_POLICY", "Chữ ký dẫn chiếu một chính sách ký số riêng; chữ ký được kiểm tra theo quy tắc của phần mềm này.", "The signature names a signature policy of its own; it was judged by this program's rules."}
	msgClaimedTime      = Message{"CLAIMED_TIME_ONLY", "Thời điểm ký chỉ do máy người ký tự khai, không có dấu thời gian nào chứng minh.", "The signing time is only what the signer's machine claims; no timestamp proves it."}
	msgLegacy           = Message{"LEGACY_FORMAT", "Chữ ký theo định dạng cũ, không phải PAdES.", "The signature has an older format, not PAdES."}
	msgSeedValue        = Message{"SEED_VALUE", "Ô chữ ký đặt ra yêu cầu riêng cho chữ ký (seed value) mà chưa kiểm tra được hết.", "The field makes demands on its signature (seed value) that were not all checked."}
	msgSeedViolated     = Message{"SEED_VALUE_VIOLATED", "Chữ ký không đáp ứng yêu cầu mà ô chữ ký đặt ra (seed value).", "The signature does not meet what its field demands (seed value)."}
	msgSeedAdvice       = Message{"SEED_VALUE_ADVICE", "Chữ ký không theo khuyến nghị của ô chữ ký (seed value).", "The signature does not follow the advice of its field (seed value)."}
	msgNotBaseline      = Message{"NOT_BASELINE", "Chữ ký PAdES chưa đúng hồ sơ baseline của ETSI EN 319 142-1.", "The PAdES signature does not follow the baseline profile of ETSI EN 319 142-1."}
	msgTrailing         = Message{"TRAILING_BYTES", "Có dữ liệu lạ sau phần cuối của tệp.", "Foreign data follows the end of the file."}
	msgHeader           = Message{"HEADER_OFFSET", "Có dữ liệu lạ đứng trước phần đầu của tệp.", "Foreign data stands before the start of the file."}
	msgLatentContent    = Message{"LATENT_CONTENT", "Tệp chứa nội dung không hiển thị mà người ký không thấy khi ký.", "The file holds content that is not shown and that the signer did not see."}
	msgShadow           = Message{"SHADOW_OBJECT", "Tệp chứa hai bản của cùng một đối tượng nên các phần mềm đọc PDF có thể hiển thị khác nhau.", "The file holds one object twice, so PDF readers may show different things."}
)

//go:noinline
func with(m *Message, detail string) *Message {
	if detail == "" {
		return m
	}
	return &Message{m.Code, m.VI + " (" + detail + ")", m.EN + " (" + detail + ")"}
}

// What later revisions do, by code.
var changeMessages = map[string]Message{
	"EVIDENCE":            {"EVIDENCE", "Thêm dữ liệu xác thực (chứng thư số, CRL, OCSP).", "Evidence of validity was added (certificates, CRLs, OCSP responses)."},
	"TIMESTAMP_ADDED":     {"TIMESTAMP_ADDED", "Thêm dấu thời gian cho tài liệu.", "A document timestamp was added."},
	"SIGNATURE_ADDED":     {"SIGNATURE_ADDED", "Thêm chữ ký số.", "A signature was added."},
	"FIELD_ADDED":         {"FIELD_ADDED", "Thêm ô chữ ký trống.", "An empty signature field was added."},
	"LARGE_STAMP":         {"LARGE_STAMP", "Chữ ký thêm sau có hình hiển thị lớn, có thể che nội dung trang.", "A later signature has a large appearance that may hide the page."},
	"METADATA":            {"METADATA", "Cập nhật siêu dữ liệu.", "Metadata was updated."},
	"VERSION":             {"VERSION", "Nâng phiên bản hoặc khai báo phần mở rộng PDF.", "The PDF version or an extension was declared."},
	"FORM_FILLED":         {"FORM_FILLED", "Thay đổi giá trị trong biểu mẫu.", "A form field's value was changed."},
	"SIGNATURE_CHANGED":   {"SIGNATURE_CHANGED", "Sửa hoặc xoá một chữ ký đã có.", "An existing signature was changed or removed."},
	"FIELD_CHANGED":       {"FIELD_CHANGED", "Thay đổi định nghĩa của một trường trong biểu mẫu.", "A form field's definition was changed."},
	"FORM_CHANGED":        {"FORM_CHANGED", "Thay đổi cấu hình chung của biểu mẫu.", "The form's common settings were changed."},
	"ANNOTATION":          {"ANNOTATION", "Thêm, sửa hoặc xoá chú thích trên trang.", "An annotation was added, changed or removed."},
	"PAGE":                {"PAGE", "Thay đổi trang tài liệu.", "A page was changed."},
	"CATALOG":             {"CATALOG", "Thay đổi cấu trúc chung của tài liệu.", "The document's structure was changed."},
	"PERMISSIONS":         {"PERMISSIONS", "Thay đổi quyền hạn do chữ ký chứng nhận đặt ra.", "The permissions set by a certification were changed."},
	"REMOVED":             {"REMOVED", "Xoá nội dung đang được sử dụng.", "Content in use was removed."},
	"LATENT":              {"LATENT", "Kích hoạt nội dung được cài sẵn từ trước khi ký.", "Content planted before signing was activated."},
	"CHANGED":             {"CHANGED", "Thay đổi nội dung của tài liệu.", "The document's content was changed."},
	"UNEXPLAINED":         {"UNEXPLAINED", "Thêm dữ liệu không rõ mục đích.", "Data of no known purpose was added."},
	"STRUCTURE":           {"STRUCTURE", "Bản cập nhật được ghi theo cách mà các phần mềm đọc PDF có thể hiểu khác nhau.", "The update is written in a way that PDF readers may understand differently."},
	"EVIDENCE_RENEWED":    {"EVIDENCE_RENEWED", "Thay kho dữ liệu xác thực bằng kho mới.", "The store of validity evidence was replaced by a newer one."},
	"EVIDENCE_REMOVED":    {"EVIDENCE_REMOVED", "Xoá dữ liệu xác thực đã có của tài liệu.", "Evidence of validity that the document held was removed."},
	"EVIDENCE_FORGED":     {"EVIDENCE_FORGED", "Dữ liệu thêm dưới danh nghĩa dữ liệu xác thực không đúng loại.", "What was added as evidence of validity is not of that kind."},
	"ORPHAN":              {"ORPHAN", "Thêm dữ liệu thừa, không nơi nào sử dụng.", "Left-over data was added that nothing uses."},
	"APPEARANCE_UNREAD":   {"APPEARANCE_UNREAD", "Chưa đọc được nội dung hiển thị của ô biểu mẫu nên chưa so được với giá trị. Hãy xem ô này trên trang.", "What the form field shows could not be read and so not compared with its value. Look at it on the page."},
	"APPEARANCE_MISMATCH": {"APPEARANCE_MISMATCH", "Nội dung hiển thị của ô biểu mẫu khác với giá trị được ghi.", "The form field shows something else than its value."},
	"APPEARANCE_REPLACED": {"APPEARANCE_REPLACED", "Hình hiển thị của ô biểu mẫu bị thay theo cách không phải là điền giá trị.", "A form field's appearance was replaced in a way that is no filling in."},
	"APPEARANCE_PLANTED":  {"APPEARANCE_PLANTED", "Dấu chọn của ô biểu mẫu hiển thị nội dung khác thường.", "The mark of a form field shows something unusual."},
	"APPEARANCE_BOUNDS":   {"APPEARANCE_BOUNDS", "Hình hiển thị của ô biểu mẫu không khớp khung của ô.", "A form field's appearance does not match the field's frame."},
	"LARGE_FIELD":         {"LARGE_FIELD", "Ô biểu mẫu được điền rất lớn, có thể che nội dung trang.", "The field that was filled in is large and may hide the page."},
	"STAMP_COVERED":       {"STAMP_COVERED", "Chữ ký thêm sau đè lên hình của một chữ ký có trước.", "A later signature's appearance lies over that of an earlier one."},
	"SIGNATURE_EMPTY":     {"SIGNATURE_EMPTY", "Ô chữ ký được gán giá trị không phải là chữ ký.", "A signature field was given a value that is no signature."},
	"FIELD_ADDED_FORGED":  {"FIELD_ADDED_FORGED", "Thêm trường biểu mẫu không phải là ô chữ ký đúng quy cách.", "A form field was added that is no proper signature field."},
	"FIELD_REMOVED":       {"FIELD_REMOVED", "Xoá hoặc đổi thứ tự các trường trong biểu mẫu.", "Form fields were removed or put in another order."},
	"FORM_RESOURCES":      {"FORM_RESOURCES", "Thay đổi phông chữ hoặc tài nguyên chung của biểu mẫu.", "The form's fonts or common resources were changed."},
	"NEED_APPEARANCES":    {"NEED_APPEARANCES", "Yêu cầu phần mềm đọc vẽ lại mọi ô biểu mẫu.", "PDF readers were told to draw all form fields anew."},
	"XFA":                 {"XFA", "Thêm hoặc sửa biểu mẫu XFA thay cho nội dung đã ký.", "An XFA form was added or changed, which takes the place of what was signed."},
	"CALCULATION":         {"CALCULATION", "Thay đổi việc tính toán tự động trong biểu mẫu.", "The form's automatic calculations were changed."},
	"ACTION":              {"ACTION", "Thêm hoặc sửa hành động tự động chạy.", "An automatic action was added or changed."},
	"ANNOTATION_REMOVED":  {"ANNOTATION_REMOVED", "Xoá chú thích trên trang.", "An annotation was removed."},
	"PAGE_TREE":           {"PAGE_TREE", "Thêm, xoá hoặc đổi thứ tự trang.", "Pages were added, removed or put in another order."},
	"PAGE_CONTENT":        {"PAGE_CONTENT", "Thay đổi nội dung của một trang.", "A page's content was changed."},
	"PAGE_RESOURCES":      {"PAGE_RESOURCES", "Thay đổi tài nguyên (phông chữ, hình ảnh) của một trang.", "A page's resources (fonts, images) were changed."},
	"FONT":                {"FONT", "Thay đổi phông chữ đang được sử dụng.", "A font in use was changed."},
	"OPTIONAL_CONTENT":    {"OPTIONAL_CONTENT", "Thay đổi các lớp nội dung ẩn hoặc hiện.", "Layers of content that can be shown or hidden were changed."},
	"STRUCTURE_TREE":      {"STRUCTURE_TREE", "Thay đổi cấu trúc logic của tài liệu.", "The document's logical structure was changed."},
	"ENCRYPTION":          {"ENCRYPTION", "Thay đổi việc mã hóa tài liệu.", "The document's encryption was changed."},
	"VERSION_LOWERED":     {"VERSION_LOWERED", "Hạ phiên bản hoặc gỡ khai báo phần mở rộng PDF.", "The PDF version was lowered or an extension was taken away."},
	"METADATA_FORGED":     {"METADATA_FORGED", "Dữ liệu thêm dưới danh nghĩa siêu dữ liệu không đúng loại hoặc nguy hiểm.", "What was added as metadata is not of that kind, or is dangerous."},
	"UNREADABLE":          {"UNREADABLE", "Có phần tài liệu không đọc được nên không so sánh được.", "Part of the document cannot be read and so not compared."},
}
