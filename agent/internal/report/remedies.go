package report

import (
	"fmt"
	"strings"

	"kyso/signature/verify"
)

// remedy is what a person can do, in both languages.
type remedy struct{ vi, en string }

var (
	doNotRely = remedy{"Không dùng tài liệu này làm căn cứ. Đề nghị người gửi gửi lại bản gốc, và báo cho người ký nếu nghi có giả mạo.",
		"Do not rely on this document. Ask the sender for the original, and tell the signer if you suspect forgery."}
	signAgain = remedy{"Đề nghị cơ quan hoặc người ký ký lại bằng chứng thư số đang có hiệu lực.",
		"Ask the agency or person to sign again with a certificate in force."}
	askSigner = remedy{"Hỏi lại người ký hoặc bộ phận công nghệ thông tin trước khi dùng tài liệu.",
		"Ask the signer or your IT staff before using the document."}
	compare = remedy{"Xem mục thay đổi sau khi ký; đối chiếu với bản gốc hoặc hỏi lại người gửi trước khi dùng.",
		"Look at the changes after signing; compare with the original or ask the sender before use."}
	importRoot = remedy{"Nếu biết chắc CA này đáng tin, nhập chứng thư số CA gốc lấy từ nguồn chính thức bằng lệnh “kyso trust import” (hoặc --trust), rồi kiểm tra lại.",
		"If you know this CA to be trustworthy, import its root certificate from the official source with “kyso trust import” (or --trust), and verify again."}
	runLater = remedy{"Kết nối mạng rồi kiểm tra lại sau, hoặc đưa tệp CRL hay phản hồi OCSP mới vào bằng --evidence.",
		"Connect to the network and verify again later, or hand in a current CRL or OCSP response with --evidence."}
	newFormat = remedy{"Cập nhật Kyso, hoặc đề nghị người gửi ký lại theo định dạng PAdES.",
		"Update Kyso, or ask the sender to sign again as PAdES."}
)

// byCode is keyed by a reason's code.
var byCode = map[string]remedy{
	"NO_SIGNATURE": {"Nếu tài liệu lẽ ra phải được ký số, hãy đề nghị người gửi cung cấp đúng bản có chữ ký số.",
		"If the document should be signed, ask the sender for the copy that holds the signature."},
	"NO_PDF_IN_FOLDER": {"Chọn đúng thư mục có tệp .pdf, hoặc chỉ thẳng tên tệp.",
		"Choose the folder that holds the .pdf files, or name the files."},
	"TOO_MANY_FILES": {"Kiểm tra từng thư mục con một.",
		"Verify its subfolders one by one."},
	"ENCRYPTED": {"Kiểm tra lại kèm theo đúng mật khẩu (--password-stdin), hoặc đề nghị người gửi cung cấp bản không đặt mật khẩu.",
		"Check it again with the right password (--password-stdin), or ask the sender for a copy without one."},
	"UNREADABLE_FILE": {"Kiểm tra tên tệp, quyền đọc và ổ đĩa, rồi thử lại.",
		"Check the file's name, its permissions and the disk, and try again."},
	"NOT_A_SOUND_PDF": {"Tải lại tệp, hoặc đề nghị người gửi gửi lại tệp PDF.",
		"Download the file again, or ask the sender for the PDF again."},
	"SIGNATURE_STRUCTURE": doNotRely, "SIGNATURE_DATA": doNotRely, "PARTIAL_COVERAGE": doNotRely, "SIGNATURES_OVERLAP": doNotRely,
	"SIGNATURE_SHARED": doNotRely, "CONTENT_CHANGED": doNotRely, "SIGNATURE_VALUE": doNotRely, "CHANGED_AFTER_SIGNING": doNotRely,
	"SIGNATURE_UNSUPPORTED": newFormat,
	"NO_SIGNING_CERTIFICATE": {"Đề nghị người gửi cung cấp chứng thư số của người ký rồi đưa vào bằng --evidence.",
		"Ask the sender for the signer's certificate and hand it in with --evidence."},
	"NO_CERTIFICATE_PATH": importRoot, "CERTIFICATE_PATH": askSigner, "KEY_USAGE": askSigner,
	"CERTIFICATE_EXPIRED": {"Đề nghị người gửi cung cấp bản có dấu thời gian, hoặc ký lại bằng chứng thư số còn hạn.",
		"Ask the sender for a copy with a timestamp, or to sign again with a certificate in force."},
	"CERTIFICATE_NOT_YET_VALID": {"Kiểm tra ngày giờ của máy này. Nếu đã đúng, hỏi lại người ký.",
		"Check this computer's date and time. If they are right, ask the signer."},
	"CERTIFICATE_REVOKED": signAgain, "CERTIFICATE_REVOKED_NO_PROOF": signAgain, "CA_REVOKED": signAgain,
	"REVOCATION_UNKNOWN": runLater, "ALGORITHM_WEAK": signAgain, "NO_SIGNING_CERTIFICATE_ATTRIBUTE": newFormat,
	"SEED_VALUE": askSigner, "CHANGES_UNDETERMINED": compare,
}

// bySubIndication serves the reasons without a remedy of their own.
var bySubIndication = map[string]remedy{
	"TRY_LATER": runLater, "NO_CERTIFICATE_CHAIN_FOUND": importRoot, "NO_CERTIFICATE_CHAIN_FOUND_NO_POE": importRoot,
	"REVOKED": signAgain, "REVOKED_NO_POE": signAgain, "REVOKED_CA_NO_POE": signAgain, "EXPIRED": signAgain,
}

// remedies is what to do about a verdict: nothing for TOTAL-PASSED, always
// something for the others.
func remedies(w *text, v verify.Verdict, sub string, reason *verify.Message) []string {
	if v == verify.TotalPassed {
		return nil
	}
	r, ok := remedy{}, false
	if reason != nil {
		r, ok = byCode[reason.Code]
	}
	if !ok {
		r, ok = bySubIndication[sub]
	}
	if !ok {
		r = askSigner
		if v == verify.TotalFailed {
			r = doNotRely
		}
	}
	return []string{w.pick(r.vi, r.en)}
}

// missing says what evidence would tell more, and where the certificates
// themselves say it is.
func missing(w *text, all []verify.Missing) (out []string) {
	for i, m := range all {
		if i == maxListed {
			return append(out, fmt.Sprintf(w.andMore, len(all)-i))
		}
		s := fmt.Sprintf(w.missing[m.Need], clean(m.Subject))
		var where []string
		for _, list := range [][]string{m.Issuers, m.OCSPs, m.CRLs} {
			// A certificate names one address of each kind, rarely two.
			for _, address := range list[:min(len(list), 3)] {
				where = append(where, clean(address))
			}
		}
		if len(where) > 0 {
			s += " (" + w.at + ": " + strings.Join(where, ", ") + ")"
		}
		out = append(out, s)
	}
	return out
}
