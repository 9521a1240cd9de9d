package report

import "kyso/signature/verify"

// text is every word of one language. What the page's template names itself is
// exported.
type text struct {
	english bool
	// Lang is the BCP 47 tag.
	Lang string

	// Verdicts, advice and headings.
	Title, Summary, Documents, SignatureDetails, FileDetails, File, Verdict, Why string
	Reason, Do, Lacking, Warning                                                 string
	unread, stdin, count, footer, madeBy, FetchFailed, at, andMore               string

	// The seven fields and what stands in them.
	Fields                                                           string
	issuer, signer, body, signedAt, integrity, validity, period      string
	notStated, expired, notYet, provenBy, claimedOnly, judgedNow     string
	contentIntact, digestFits, foreignKey, contentChanged, notProven string

	// The other rows and lists.
	Stamps, Time, TSA, Changes, Revision, What, Effect                       string
	revocation, coverage, level, fresh, hoursOld, daysOld                    string
	valid, trusted, yes, no, unproven, serial, sha256, email                 string
	claimed, format, signedRevision, judgedFor, size, pages, revisions, code string

	kinds, revocations, sources, missing, stampKinds map[string]string
	verdicts, stampVerdicts                          map[verify.Verdict]string
	coverages                                        map[verify.Coverage]string
	modifications, later                             map[verify.Modification]string
	counts                                           map[string]string
}

func wordsIn(language string) *text {
	if language == "en" {
		return &english
	}
	return &vietnamese
}

func (w *text) pick(vi, en string) string {
	if w.english {
		return en
	}
	return vi
}

// The Vietnamese names of the seven fields follow TT 15/2025/TT-BKHCN, Article 6(4).
var vietnamese = text{
	Lang:   "vi",
	Reason: "Lý do", Do: "Cần làm", FetchFailed: "Không tải được bằng chứng", Lacking: "Còn thiếu", at: "địa chỉ ghi trong chứng thư số", Warning: "Lưu ý", code: "Mã lý do",
	stdin: "(đầu vào chuẩn)", unread: "KHÔNG ĐỌC ĐƯỢC", andMore: "và %d mục nữa",
	issuer: "CA cấp chứng thư số", signer: "Người ký", body: "Cơ quan, tổ chức quản lý chứng thư số", signedAt: "Thời điểm ký hoặc dấu thời gian",
	integrity: "Tính toàn vẹn", validity: "Hiệu lực của chữ ký tại thời điểm ký", period: "Thời hạn chứng thư số",
	notStated: "không xác định", expired: "đã hết hạn", notYet: "chưa có hiệu lực", provenBy: "theo dấu thời gian đã được chứng minh",
	claimedOnly: "do máy người ký tự khai, chưa được chứng minh", judgedNow: "xét tại %s vì không có dấu thời gian",
	contentIntact: "nội dung đã ký còn nguyên vẹn", digestFits: "giá trị băm khớp, nhưng chữ ký chưa được kết luận là đạt",
	foreignKey:     "giá trị băm khớp, nhưng chữ ký không do khóa của chứng thư số này tạo ra",
	contentChanged: "NỘI DUNG ĐÃ BỊ THAY ĐỔI", notProven: "không chứng minh được",
	revocation: "Tình trạng thu hồi", coverage: "Phạm vi được ký", Changes: "Thay đổi ở phiên bản sau khi ký", Revision: "Phiên bản", level: "Mức chữ ký", Stamps: "Dấu thời gian",
	valid: "Đúng khóa của người ký", trusted: "Chứng thư số được chứng minh là tin cậy", yes: "có", no: "không", unproven: "chưa chứng minh được",
	serial: "Số hiệu chứng thư số", sha256: "SHA-256 của chứng thư số", email: "Thư điện tử", claimed: "Thời điểm ký tự khai", format: "Định dạng",
	signedRevision: "Ký phiên bản số", judgedFor: "Xét tại thời điểm", size: "Kích thước", pages: "Số trang", revisions: "Số phiên bản",
	fresh: "từ chưa đầy 1 giờ trước", hoursOld: "từ %d giờ trước", daysOld: "từ %d ngày trước",
	Title: "Báo cáo kiểm tra chữ ký số", Summary: "Tổng hợp", File: "Tệp", Verdict: "Kết luận", Why: "Lý do", Documents: "Tài liệu", SignatureDetails: "Chi tiết kỹ thuật của chữ ký", FileDetails: "Chi tiết kỹ thuật của tệp",
	count: "Đã kiểm tra %d tệp", Fields: "Nội dung chữ ký", Time: "Thời gian", TSA: "Tổ chức cấp", Effect: "Đánh giá", What: "Thay đổi",
	footer: "Báo cáo lập trên máy của người kiểm tra. Báo cáo không thay cho tệp đã ký: muốn chắc chắn, hãy kiểm tra lại chính tệp đó.", madeBy: "Lập bởi",
	kinds:         map[string]string{"signature": "Chữ ký", "certification": "Chữ ký chứng nhận", "timestamp": "Dấu thời gian tài liệu"},
	revocations:   map[string]string{"good": "chưa bị thu hồi", "revoked": "ĐÃ BỊ THU HỒI", "unknown": "CHƯA KIỂM TRA ĐƯỢC"},
	sources:       map[string]string{"timestamp": "thời điểm theo dấu thời gian", "document-timestamp": "thời điểm theo dấu thời gian tài liệu", "validation-time": "thời điểm kiểm tra"},
	missing:       map[string]string{"issuer": "chứng thư số của CA đã cấp cho “%s”", "revocation": "tình trạng thu hồi của “%s”"},
	stampKinds:    map[string]string{"content": "của nội dung trước khi ký", "signature": "của chữ ký", "document": "của tài liệu"},
	verdicts:      map[verify.Verdict]string{verify.TotalPassed: "HỢP LỆ", verify.TotalFailed: "KHÔNG HỢP LỆ", verify.Indeterminate: "CHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN"},
	stampVerdicts: map[verify.Verdict]string{verify.TotalPassed: "đã chứng minh", verify.TotalFailed: "SAI, không được tính", verify.Indeterminate: "CHƯA ĐỦ CĂN CỨ, không được tính"},
	coverages: map[verify.Coverage]string{
		verify.CoverageWholeFile: "toàn bộ tệp", verify.CoverageRevision: "trọn phiên bản đã ký", verify.CoveragePartial: "CHỈ MỘT PHẦN", verify.CoverageNone: "không xác định",
	},
	modifications: map[verify.Modification]string{
		verify.ModificationNone: "không có phiên bản sau", verify.ModificationAllowed: "loại được phép", verify.ModificationNotAllowed: "KHÔNG ĐƯỢC PHÉP", verify.ModificationUndetermined: "chưa xác định được",
	},
	later: map[verify.Modification]string{
		verify.ModificationAllowed: "sau đó chỉ có thay đổi loại được phép", verify.ModificationNotAllowed: "SAU KHI KÝ TÀI LIỆU ĐÃ BỊ THAY ĐỔI TRÁI PHÉP",
		verify.ModificationUndetermined: "sau khi ký có thể đã có thay đổi, chưa xác định được",
	},
	counts: map[string]string{"passed": "hợp lệ", "failed": "không hợp lệ", "unknown": "chưa đủ căn cứ", "unread": "không đọc được"},
}

var english = text{
	english: true, Lang: "en",
	Reason: "Reason", Do: "What to do", FetchFailed: "Evidence could not be fetched", Lacking: "Missing", at: "address named by the certificate", Warning: "Note", code: "Reason code",
	stdin: "(standard input)", unread: "COULD NOT BE READ", andMore: "and %d more",
	issuer: "Issuing CA", signer: "Signer", body: "Body managing the certificate", signedAt: "Signing time or timestamp",
	integrity: "Integrity", validity: "Validity of the signature at signing time", period: "Certificate validity period",
	notStated: "not known", expired: "expired", notYet: "not in force yet", provenBy: "proven by a timestamp",
	claimedOnly: "claimed by the signer's machine, not proven", judgedNow: "judged for %s, as there is no timestamp",
	contentIntact: "the signed content is intact", digestFits: "the digest fits, but the signature has not passed",
	foreignKey:     "the digest fits, but the signature was not made with this certificate's key",
	contentChanged: "THE CONTENT WAS CHANGED", notProven: "cannot be proven",
	revocation: "Revocation", coverage: "Signed part", Changes: "Changes by later revisions", Revision: "Revision", level: "Level", Stamps: "Timestamps",
	valid: "Made with the signer's key", trusted: "Certificate proven trustworthy", yes: "yes", no: "no", unproven: "not proven",
	serial: "Certificate serial number", sha256: "SHA-256 of the certificate", email: "E-mail", claimed: "Claimed signing time", format: "Format",
	signedRevision: "Signs revision", judgedFor: "Judged for", size: "Size", pages: "Pages", revisions: "Revisions",
	fresh: "less than an hour old", hoursOld: "%d hours old", daysOld: "%d days old",
	Title: "Signature verification report", Summary: "Summary", File: "File", Verdict: "Verdict", Why: "Reason", Documents: "Documents", SignatureDetails: "Technical details of the signature", FileDetails: "Technical details of the file",
	count: "%d files verified", Fields: "What the signature says", Time: "Time", TSA: "Issued by", Effect: "Judgement", What: "Change",
	footer: "Made on the computer of whoever verified. It does not stand for the signed file: to be sure, verify that file itself.", madeBy: "Made by",
	kinds:         map[string]string{"signature": "Signature", "certification": "Certification signature", "timestamp": "Document timestamp"},
	revocations:   map[string]string{"good": "not revoked", "revoked": "REVOKED", "unknown": "NOT CHECKED"},
	sources:       map[string]string{"timestamp": "the time of a timestamp", "document-timestamp": "the time of a document timestamp", "validation-time": "the time of validation"},
	missing:       map[string]string{"issuer": "the certificate of the CA that issued “%s”", "revocation": "the revocation status of “%s”"},
	stampKinds:    map[string]string{"content": "of the content before signing", "signature": "of the signature", "document": "of the document"},
	verdicts:      map[verify.Verdict]string{verify.TotalPassed: "VALID", verify.TotalFailed: "NOT VALID", verify.Indeterminate: "NOT ENOUGH TO DECIDE"},
	stampVerdicts: map[verify.Verdict]string{verify.TotalPassed: "proven", verify.TotalFailed: "WRONG, does not count", verify.Indeterminate: "NOT ENOUGH TO DECIDE, does not count"},
	coverages: map[verify.Coverage]string{
		verify.CoverageWholeFile: "the whole file", verify.CoverageRevision: "its whole revision", verify.CoveragePartial: "A PART ONLY", verify.CoverageNone: "none",
	},
	modifications: map[verify.Modification]string{
		verify.ModificationNone: "no later revision", verify.ModificationAllowed: "of an allowed kind", verify.ModificationNotAllowed: "NOT ALLOWED", verify.ModificationUndetermined: "undetermined",
	},
	later: map[verify.Modification]string{
		verify.ModificationAllowed: "later changes are of an allowed kind", verify.ModificationNotAllowed: "THE DOCUMENT WAS CHANGED AFTER SIGNING",
		verify.ModificationUndetermined: "later changes, if any, are undetermined",
	},
	counts: map[string]string{"passed": "valid", "failed": "not valid", "unknown": "not enough to decide", "unread": "could not be read"},
}
