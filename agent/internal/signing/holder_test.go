package signing_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"kyso/agent/internal/signing"
)

// TestHolderOf has names of the kinds that the Government's CAs certify, with
// persons whose names are words of bodies as well.
func TestHolderOf(t *testing.T) {
	for want, names := range map[signing.Holder][]string{
		signing.Person: {
			"Nguyễn Văn Thử", "TRẦN THỊ MẪU", "Đoàn Văn Hậu", "Bàn Thị Mùi", "Công Tôn Nữ Ví Dụ", "Văn Thị Thử", "Vũ Thị Ví Dụ", "Y Thông", "H'Hen Niê",
			"Nguyen Van A", "Ban Van Duc", "Doan Van Hau", "Le Thi B", "Nguyễn Văn C", "Phùng Văn Đô", "Sùng A Páo", norm.NFD.String("Trần Thị Ngọc Hưởng"),
		},
		signing.Agency: {
			"ỦY BAN NHÂN DÂN TỈNH KIÊN GIANG", "Uỷ ban nhân dân xã Mẫu Một", "SỞ THÔNG TIN VÀ TRUYỀN THÔNG", "CỤC THUẾ", "Văn phòng Ủy ban nhân dân", "Công an tỉnh", "BỘ TÀI CHÍNH", "Trường Tiểu học Số 1",
			"Phòng Giáo dục và Đào tạo", "TOÀ ÁN NHÂN DÂN HUYỆN", "UBND xã An Hòa", "Co quan chung thuc so Chinh phu", "UBND huyen A", "So Noi vu", "Trung tâm Y tế", norm.NFD.String("ỦY BAN NHÂN DÂN"), "Hạt Kiểm lâm huyện",
			"Nông trường Ví Dụ", "Bưu điện tỉnh", "Ministry of Finance", "VIETNAM POST CORPORATION", "Department of Tests",
		},
		signing.HolderUnknown: {"", "   ", "X", "Máy 12 ký tự động", "TSA"},
	} {
		for _, name := range names {
			if got := signing.HolderOf(name); got != want {
				t.Errorf("HolderOf(%q) = %q, want %q", name, got, want)
			}
		}
	}
}
