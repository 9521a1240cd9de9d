package placement_test

import (
	"testing"

	"kyso/signature/placement"
)

// blockOf is a page with this office and name, the usual distance apart.
func blockOf(t *testing.T, signer, name string, office ...string) placement.Result {
	t.Helper()
	h := new(handmade)
	h.left(40, 330, 12, "Nơi nhận:")
	for i, line := range office {
		h.centre(handAxis, handOffice+16*float64(len(office)-1-i), 13, line)
	}
	h.centre(handAxis, handName, 12, name)
	return find(t, h.view(t), signer)
}

// TestNames: what is a person's full name, and whose.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		name, signer string
		found, named bool
	}{
		{"Nguyễn Văn Thử", "nguyễn văn thử", true, true},
		{"NGUYỄN VĂN THỬ", "Nguyễn Văn Thử", true, true},
		{"PGS.TS. Nguyễn Văn Thử", "Nguyễn Văn Thử", true, true},
		{"PGS.TS.Nguyễn Văn Thử", "TS. Nguyễn Văn Thử", true, true},
		{"Thượng tá Hoàng Thị Thuý", "Hoàng Thị Thúy", true, true},
		{"Hoàng Thị Thuý", "Hoàng Thị Thùy", true, false},
		{"Bs CKII. Lê Mẫu", "Lê Mẫu", true, true},
		{"Đ/c Trần Thị Hoà", "Trần Thị Hòa", true, true},
		{"H'Bơ Kbuôr Ví Dụ", "H’Bơ Kbuôr Ví Dụ", true, true},
		{"Công Tằng Tôn Nữ Thị Thử Nghiệm", "Công Tằng Tôn Nữ Thị Thử Nghiệm", true, true},
		{"Đinh Thị Đào", "DINH THI DAO", true, true},
		{"Đinh Thị Đào", "DINH THI DAU", true, false},
		{"La Văn Mẫu", "La Văn Mẫu", true, true},
		{"Nguyễn", "", false, false},
		{"SỞ THỬ NGHIỆM", "", false, false},
		{"Sở Thử nghiệm", "", false, false},
		{"ngày 05 tháng 10", "", false, false},
		{"..........................", "", false, false},
		{"Nguyễn Văn Thử (đã ký)", "", false, false},
		{"TRƯỞNG PHÒNG", "", false, false},
	} {
		r := blockOf(t, c.signer, c.name, "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")
		if (len(r.Candidates) == 1) != c.found || c.found && r.Candidates[0].Named != c.named {
			t.Errorf("%q signed by %q: %d candidates, %+v", c.name, c.signer, len(r.Candidates), r.Candidates)
		}
	}
}

// TestOffices: who signs, in the words of Decree 30/2020, Article 13, and of
// the bodies that sign most.
func TestOffices(t *testing.T) {
	for _, c := range []struct {
		lines []string
		found bool
	}{
		{[]string{"CHỦ TỊCH"}, true},
		{[]string{"TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"}, true},
		{[]string{"TM.UỶ BAN NHÂN DÂN", "CHỦ  TỊCH"}, true},
		{[]string{"TL. BỘ TRƯỞNG", "CHÁNH VĂN PHÒNG"}, true},
		{[]string{"TUQ. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"}, true},
		{[]string{"Q. CỤC TRƯỞNG"}, true},
		{[]string{"QUYỀN VIỆN TRƯỞNG"}, true},
		{[]string{"TM. CHÍNH PHỦ", "KT. THỦ TƯỚNG", "PHÓ THỦ TƯỚNG"}, true},
		{[]string{"T/M BAN THƯỜNG VỤ", "PHÓ BÍ THƯ"}, true},
		{[]string{"KT. HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"}, true},
		{[]string{"PHÓ CHI CỤC TRƯỞNG", "PHỤ TRÁCH CHI CỤC"}, true},
		{[]string{"TM. BAN CHẤP HÀNH"}, true},
		{[]string{"K T . G I Á M Đ Ố C"}, true},
		{[]string{"DANH SÁCH KÈM THEO"}, false},
		{[]string{"QUYẾT ĐỊNH"}, false},
		{[]string{"Giám đốc"}, false},
		{[]string{"TM"}, false},
	} {
		r := blockOf(t, "", "Trần Thị Mẫu", c.lines...)
		if (r.Confidence == placement.High) != c.found || c.found && len(r.Candidates[0].Office) != len(c.lines) {
			t.Errorf("%q: %v %+v %s", c.lines, r.Confidence, r.Candidates, r.Why.En)
		}
	}
}
