package signing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kyso/signature/pdf"
	"kyso/signature/verify"
)

// Profile is what a signature stands for on an official document (Decree
// 30/2020/NĐ-CP, Appendix I).
type Profile string

// The profiles. The empty one is a signature outside these rules.
const (
	ProfileNone       Profile = ""
	ProfilePersonal   Profile = "personal"   // the authorised person's
	ProfileAgency     Profile = "agency"     // the agency's, on its own document
	ProfileAttachment Profile = "attachment" // the agency's, on an attachment in a file of its own
	ProfileCopy       Profile = "copy"       // the agency's, on a copy it makes of a paper
	ProfileArchive    Profile = "archive"    // the agency's, on a digitised record (TT 05/2025/TT-BNV)
)

var profiles = []Profile{ProfileNone, ProfilePersonal, ProfileAgency, ProfileAttachment, ProfileCopy, ProfileArchive}

// Earlier is what the person is shown of a signature that a document has.
type Earlier struct {
	// Name and Organisation are from the certificate.
	Name, Organisation string
	Holder             Holder
	// Verdict is judged with the anchors and the evidence at hand; Reason says
	// why it is not TOTAL-PASSED.
	Verdict verify.Verdict
	Reason  *verify.Message
	// Time is the best that is known, zero for none; Proven says that a timestamp
	// proves it.
	Time   time.Time
	Proven bool
}

// earlierOf takes from a report what a person needs; document timestamps are no
// one's signature.
func earlierOf(r *verify.Report) (list []Earlier) {
	for _, s := range r.Signatures {
		if s.Kind == "timestamp" {
			continue
		}
		e := Earlier{Verdict: s.Verdict, Reason: s.Reason}
		if s.Signer != nil {
			e.Name, e.Organisation, e.Holder = s.Signer.Name, s.Signer.Organisation, holderOf(s.Signer.Name, s.Signer.Organisation)
		}
		// The moment of this look is no time of signing.
		if e.Proven = s.BestTime.Source != "validation-time"; e.Proven {
			e.Time = s.BestTime.Value
		} else if s.ClaimedTime != nil {
			e.Time = *s.ClaimedTime
		}
		list = append(list, e)
	}
	return list
}

// order judges whether a signature of that profile may follow the earlier ones:
// the person signs first, the agency after (Decree 30/2020, Articles 5, 25 and
// 32). What must not pass without a word needs a reason, which is recorded in
// the signature; the rest is for the person to know.
func order(p Profile, own Holder, earlier []Earlier) (needsReason *verify.Message, notices []verify.Message) {
	persons, passed, agencies := 0, 0, 0
	for _, e := range earlier {
		switch {
		case e.Holder == Agency:
			agencies++
		case e.Holder == Person && e.Verdict == verify.TotalPassed:
			passed++
			fallthrough
		case e.Holder == Person:
			persons++
		}
	}
	switch p {
	case ProfileAgency:
		switch {
		case passed > 0:
		case persons > 0:
			needsReason = &verify.Message{Code: "PERSONAL_SIGNATURE_NOT_PROVEN",
				VI: fmt.Sprintf("Văn bản có %d chữ ký cá nhân nhưng chưa chữ ký nào được xác nhận hợp lệ. Cơ quan chỉ ký sau chữ ký hợp lệ của người có thẩm quyền (Nghị định 30/2020/NĐ-CP).", persons),
				EN: fmt.Sprintf("Of the document's %d personal signature(s) none is proven valid. The agency signs after the authorised person's valid signature (Decree 30/2020/NĐ-CP).", persons)}
		default:
			needsReason = &verify.Message{Code: "NO_PERSONAL_SIGNATURE",
				VI: "Văn bản chưa có chữ ký số của người có thẩm quyền. Cơ quan chỉ ký sau chữ ký hợp lệ của người có thẩm quyền (Nghị định 30/2020/NĐ-CP).",
				EN: "The document has no signature of the authorised person. The agency signs after that person's valid signature (Decree 30/2020/NĐ-CP)."}
		}
	case ProfilePersonal:
		if agencies > 0 {
			notices = append(notices, verify.Message{Code: "AGENCY_SIGNED_BEFORE",
				VI: "Cơ quan đã ký văn bản này trước; theo quy định, người có thẩm quyền ký trước, cơ quan ký sau.",
				EN: "The agency has signed this document already; by the rules the person signs first and the agency after."})
		}
	case ProfileCopy:
		if len(earlier) > 0 {
			notices = append(notices, verify.Message{Code: "COPY_OF_ELECTRONIC",
				VI: "Tệp này đã có chữ ký số. Sao y dành cho bản số hóa từ văn bản giấy; với văn bản điện tử, hãy gửi chính tệp đã ký.",
				EN: "This file carries digital signatures. A true copy is made of paper; of an electronic document send the signed file itself."})
		}
	}
	// Nothing compels a signature outside the rules, as web pages ask for, or
	// that claims to be a person's; but nobody shall be unaware of it.
	if (p == ProfileNone || p == ProfilePersonal) && own == Agency && passed == 0 {
		notices = append(notices, verify.Message{Code: "AGENCY_BEFORE_PERSON",
			VI: "Tài liệu chưa có chữ ký cá nhân được xác nhận hợp lệ. Với văn bản hành chính, chứng thư số của cơ quan chỉ ký sau chữ ký hợp lệ của người có thẩm quyền (Nghị định 30/2020/NĐ-CP).",
			EN: "The document has no personal signature that is proven valid. On official documents an agency's certificate signs after the authorised person's valid signature only (Decree 30/2020/NĐ-CP)."})
	}
	switch {
	case p == ProfilePersonal && own == Agency:
		notices = append(notices, verify.Message{Code: "AGENCY_CERTIFICATE",
			VI: "Chứng thư số đang chọn có vẻ là của cơ quan, trong khi đây là chữ ký cá nhân.",
			EN: "The chosen certificate seems to be an agency's, while this is a personal signature."})
	case p != ProfilePersonal && p != ProfileNone && own == Person:
		notices = append(notices, verify.Message{Code: "PERSONAL_CERTIFICATE",
			VI: "Chứng thư số đang chọn có vẻ là của cá nhân, trong khi đây là chữ ký của cơ quan.",
			EN: "The chosen certificate seems to be a person's, while this is an agency's signature."})
	}
	return needsReason, notices
}

// An OrderError says why a document cannot be signed as asked without a reason.
type OrderError struct{ Why verify.Message }

func (e *OrderError) Error() string { return e.Why.EN }

// Unwrap makes it one of ErrOrder.
func (e *OrderError) Unwrap() error { return ErrOrder }

// Words are the cause in both languages.
func (e *OrderError) Words() (vi, en string) { return e.Why.VI, e.Why.EN }

// lookAtEarlier judges the earlier signatures of o for the person, with what is
// trusted here.
func (s *Service) lookAtEarlier(ctx context.Context, doc *pdf.File, o *original) (err error) {
	report := o.report
	if len(report.Signatures) > 0 && s.levels != nil {
		if report, err = s.levels.judgeEarlier(ctx, doc); err != nil {
			return err
		}
	}
	o.summary.Earlier = earlierOf(report)
	return nil
}

// lookAtOrder judges whether this signature may follow the earlier ones.
func (o *original) lookAtOrder(ids []Identity, r Request) error {
	// With several certificates to choose from there is no profile, and one of an
	// agency among them is reason enough for a word.
	own := HolderOf(ids[0].Certificate.Subject.CommonName)
	if slices.ContainsFunc(ids, func(id Identity) bool { return HolderOf(id.Certificate.Subject.CommonName) == Agency }) {
		own = Agency
	}
	needs, notices := order(r.Profile, own, o.summary.Earlier)
	if needs != nil {
		if r.OutOfOrder == "" {
			return &OrderError{*needs}
		}
		o.needsReason = true
		notices = append([]verify.Message{*needs}, notices...)
	}
	o.summary.Notices = append(o.summary.Notices, notices...)
	return nil
}

// outOfOrder is the reason to record for o: none where none was needed.
func (o *original) outOfOrder(r Request) string {
	if !o.needsReason {
		return ""
	}
	return r.OutOfOrder
}

// judgeEarlier judges doc with what is trusted, and fetches what is missing.
func (l *Levels) judgeEarlier(ctx context.Context, doc *pdf.File) (*verify.Report, error) {
	judge := func(ev verify.Evidence) (*verify.Report, error) {
		r, err := verify.Document(doc, ev, verify.Policy{Trust: l.anchors(), At: l.Clock()})
		if err != nil {
			return nil, fmt.Errorf("look at earlier signatures: %w: %w", ErrDamaged, err)
		}
		return r, nil
	}
	if l.Evidence == nil {
		return judge(verify.Evidence{})
	}
	limited, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	r, _, err := l.Evidence.Complete(limited, verify.Evidence{}, judge)
	return r, err
}

// recorded is the text of /Reason: what the caller gave, and why the law's
// order was left.
func recorded(reason, outOfOrder string) string {
	if outOfOrder == "" {
		return reason
	}
	text := "Cơ quan ký khi chưa có chữ ký cá nhân hợp lệ: " + outOfOrder
	if reason != "" {
		text = reason + ". " + text
	}
	return text
}
