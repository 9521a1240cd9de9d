package report

import "kyso/signature/verify"

type text struct {
	reason, signer, organisation, issuer, validity, serial, stamped, claimed string
	intact, valid, trusted, revocation, coverage, changes, revision, level   string
	warning, yes, no, unit, unproven                                         string
	kinds, revocations                                                       map[string]string
	verdicts                                                                 map[verify.Verdict]string
	coverages                                                                map[verify.Coverage]string
	modifications                                                            map[verify.Modification]string
}

var words = map[string]text{
	"vi": {
		reason: "Lý do", signer: "Người ký", organisation: "Cơ quan, tổ chức quản lý", issuer: "CA cấp chứng thư số",
		validity: "Hiệu lực chứng thư số", serial: "số hiệu", stamped: "Dấu thời gian", claimed: "Thời điểm ký (máy người ký khai)",
		intact: "Toàn vẹn nội dung đã ký", valid: "Đúng khoá của người ký", trusted: "Chứng thư số đáng tin cậy",
		revocation: "Tình trạng thu hồi", coverage: "Phạm vi", changes: "Thay đổi sau khi ký", revision: "phiên bản", level: "Mức chữ ký",
		warning: "Lưu ý", yes: "có", no: "không", unit: "Đơn vị", unproven: "chưa chứng minh được",
		kinds:       map[string]string{"signature": "Chữ ký", "certification": "Chữ ký chứng nhận", "timestamp": "Dấu thời gian tài liệu"},
		revocations: map[string]string{"good": "chưa bị thu hồi", "revoked": "đã bị thu hồi", "unknown": "CHƯA KIỂM TRA ĐƯỢC"},
		verdicts: map[verify.Verdict]string{
			verify.TotalPassed: "HỢP LỆ", verify.TotalFailed: "KHÔNG HỢP LỆ", verify.Indeterminate: "CHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN",
		},
		coverages: map[verify.Coverage]string{
			verify.CoverageWholeFile: "toàn bộ tệp", verify.CoverageRevision: "trọn phiên bản đã ký", verify.CoveragePartial: "chỉ một phần", verify.CoverageNone: "không xác định",
		},
		modifications: map[verify.Modification]string{
			verify.ModificationNone: "không có", verify.ModificationAllowed: "được phép", verify.ModificationNotAllowed: "KHÔNG ĐƯỢC PHÉP", verify.ModificationUndetermined: "chưa xác định được",
		},
	},
	"en": {
		reason: "Reason", signer: "Signer", organisation: "Organisation", issuer: "Issuing CA",
		validity: "Certificate validity", serial: "serial", stamped: "Timestamp", claimed: "Signing time (claimed by the signer's machine)",
		intact: "Signed content intact", valid: "Made with the signer's key", trusted: "Certificate trusted",
		revocation: "Revocation", coverage: "Coverage", changes: "Changes after signing", revision: "revision", level: "Level",
		warning: "Note", yes: "yes", no: "no", unit: "Unit", unproven: "not proven",
		kinds:       map[string]string{"signature": "Signature", "certification": "Certification signature", "timestamp": "Document timestamp"},
		revocations: map[string]string{"good": "not revoked", "revoked": "REVOKED", "unknown": "NOT CHECKED"},
		verdicts: map[verify.Verdict]string{
			verify.TotalPassed: "VALID", verify.TotalFailed: "NOT VALID", verify.Indeterminate: "NOT ENOUGH TO DECIDE",
		},
		coverages: map[verify.Coverage]string{
			verify.CoverageWholeFile: "the whole file", verify.CoverageRevision: "its whole revision", verify.CoveragePartial: "a part only", verify.CoverageNone: "none",
		},
		modifications: map[verify.Modification]string{
			verify.ModificationNone: "none", verify.ModificationAllowed: "allowed", verify.ModificationNotAllowed: "NOT ALLOWED", verify.ModificationUndetermined: "undetermined",
		},
	},
}
