package signing

import (
	"testing"
	"time"

	"kyso/signature/verify"
)

// TestOrder goes through who may sign after whom (Decree 30/2020/NĐ-CP,
// Articles 25 and 32; Appendix I).
func TestOrder(t *testing.T) {
	person := Earlier{Name: "Nguyễn Văn Thử", Holder: Person, Verdict: verify.TotalPassed}
	unproven := Earlier{Name: "Nguyễn Văn Thử", Holder: Person, Verdict: verify.Indeterminate}
	broken := Earlier{Name: "Nguyễn Văn Thử", Holder: Person, Verdict: verify.TotalFailed}
	agency := Earlier{Name: "SỞ THỬ NGHIỆM", Holder: Agency, Verdict: verify.TotalPassed}
	unknown := Earlier{Name: "Máy 12", Verdict: verify.TotalPassed}
	for _, c := range []struct {
		name    string
		profile Profile
		own     Holder
		earlier []Earlier
		needs   string
		notices []string
	}{
		{"person first", ProfilePersonal, Person, nil, "", nil},
		{"second person", ProfilePersonal, Person, []Earlier{person}, "", nil},
		{"agency after person", ProfileAgency, Agency, []Earlier{person}, "", nil},
		{"agency after two persons, one unproven", ProfileAgency, Agency, []Earlier{unproven, person}, "", nil},
		{"agency alone", ProfileAgency, Agency, nil, "NO_PERSONAL_SIGNATURE", nil},
		{"agency after agency", ProfileAgency, Agency, []Earlier{agency}, "NO_PERSONAL_SIGNATURE", nil},
		{"agency after somebody", ProfileAgency, Agency, []Earlier{unknown}, "NO_PERSONAL_SIGNATURE", nil},
		{"agency after an unproven person", ProfileAgency, Agency, []Earlier{unproven}, "PERSONAL_SIGNATURE_NOT_PROVEN", nil},
		{"agency after a broken signature", ProfileAgency, Agency, []Earlier{broken}, "PERSONAL_SIGNATURE_NOT_PROVEN", nil},
		{"person after agency", ProfilePersonal, Person, []Earlier{person, agency}, "", []string{"AGENCY_SIGNED_BEFORE"}},
		{"attachment alone", ProfileAttachment, Agency, nil, "", nil},
		{"copy of a scan", ProfileCopy, Agency, nil, "", nil},
		{"copy of what is electronic", ProfileCopy, Agency, []Earlier{person, agency}, "", []string{"COPY_OF_ELECTRONIC"}},
		{"archive", ProfileArchive, Agency, nil, "", nil},
		{"person's certificate for the agency", ProfileCopy, Person, nil, "", []string{"PERSONAL_CERTIFICATE"}},
		{"agency's certificate for the person", ProfilePersonal, Agency, nil, "", []string{"AGENCY_BEFORE_PERSON", "AGENCY_CERTIFICATE"}},
		{"agency's certificate without a profile", ProfileNone, Agency, []Earlier{broken}, "", []string{"AGENCY_BEFORE_PERSON"}},
		{"agency's certificate without a profile, after a person", ProfileNone, Agency, []Earlier{person}, "", nil},
		{"person without a profile", ProfileNone, Person, nil, "", nil},
	} {
		needs, notices := order(c.profile, c.own, c.earlier)
		got := ""
		if needs != nil {
			got = needs.Code
		}
		if got != c.needs {
			t.Errorf("%s: a reason is needed for %q, want %q", c.name, got, c.needs)
		}
		if len(notices) != len(c.notices) {
			t.Errorf("%s: notices %v, want %v", c.name, notices, c.notices)
			continue
		}
		for i, n := range notices {
			if n.Code != c.notices[i] || n.VI == "" || n.EN == "" {
				t.Errorf("%s: notice %+v, want %s", c.name, n, c.notices[i])
			}
		}
	}
}

func TestRecorded(t *testing.T) {
	for _, c := range [][3]string{
		{"", "", ""}, {"Phát hành", "", "Phát hành"},
		{"", "bản giấy đã ký", "Cơ quan ký khi chưa có chữ ký cá nhân hợp lệ: bản giấy đã ký"},
		{"Phát hành", "bản giấy đã ký", "Phát hành. Cơ quan ký khi chưa có chữ ký cá nhân hợp lệ: bản giấy đã ký"},
	} {
		if got := recorded(c[0], c[1]); got != c[2] {
			t.Errorf("recorded(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// TestBodyNamedLikeAPerson: whoever is his own organisation is none's person.
func TestBodyNamedLikeAPerson(t *testing.T) {
	if holderOf("Hoa Sen Ví Dụ", "HOA SEN VÍ DỤ") != Agency || holderOf("Hoàng Sen", "Sở Ví dụ") != Person || holderOf("", "") != HolderUnknown {
		t.Error("the organisation does not count")
	}
}

// TestEarlierTime: a time is the proven one, else what the signer's machine
// said, else none; never the moment of the look.
func TestEarlierTime(t *testing.T) {
	look, said, proven := time.Unix(3000, 0), time.Unix(1000, 0), time.Unix(2000, 0)
	list := earlierOf(&verify.Report{Signatures: []verify.Signature{
		{BestTime: verify.BestTime{Value: proven, Source: "timestamp"}, ClaimedTime: &said},
		{BestTime: verify.BestTime{Value: look, Source: "validation-time"}, ClaimedTime: &said},
		{BestTime: verify.BestTime{Value: look, Source: "validation-time"}},
		{Kind: "timestamp", BestTime: verify.BestTime{Value: proven, Source: "timestamp"}},
	}})
	if len(list) != 3 || !list[0].Time.Equal(proven) || !list[0].Proven || !list[1].Time.Equal(said) || list[1].Proven || !list[2].Time.IsZero() || list[2].Proven {
		t.Errorf("%+v", list)
	}
}
