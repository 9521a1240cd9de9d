package main

import (
	"strings"

	"kyso/agent/internal/signing"
	"kyso/signature/pades"
	"kyso/signature/placement"
	"kyso/signature/stamp"
)

// stampFlags say what the signature stands for and what it looks like.
type stampFlags struct {
	Profile       string  `default:"none" enum:"personal,agency,attachment,copy,archive,none" help:"Chữ ký là gì trên văn bản: personal (cá nhân), agency (cơ quan), attachment (văn bản kèm theo), copy (bản sao), archive (tài liệu số hóa), none (không hiển thị; mặc định). / What the signature is on the document: personal, agency, attachment, copy, archive, or none (invisible; the default)." placeholder:"PROFILE"`
	Template      string  `help:"Mẫu hình chữ ký khác với mẫu của --profile: tên mẫu có sẵn hoặc tệp JSON. / Another template than the profile's: a built-in one's name or a JSON file." placeholder:"NAME|FILE"`
	Image         string  `help:"Ảnh chữ ký hoặc ảnh dấu, PNG nền trong suốt hoặc JPEG. / Image of the signature or the seal: a PNG with a transparent background, or a JPEG." type:"path" placeholder:"FILE"`
	ImageWidth    float64 `help:"Chiều rộng thực của ảnh, mm. / The image's real width in millimetres." placeholder:"MM"`
	At            string  `default:"auto" help:"Vị trí hình chữ ký: auto (mặc định), hoặc TRANG,X,Y,RỘNG,CAO (điểm, từ góc dưới bên trái trang). / Where the stamp stands: auto (the default), or PAGE,X,Y,W,H (points from the page's lower left corner)." placeholder:"PLACE"`
	Number        string  `help:"Số và ký hiệu văn bản, cho attachment. / Number and symbol of the document, for attachment." placeholder:"TEXT"`
	Form          string  `default:"SAO Y" help:"Hình thức sao, cho copy: SAO Y (mặc định), SAO LỤC, TRÍCH SAO. / Form of the copy, for copy: SAO Y (the default), SAO LỤC, TRÍCH SAO." placeholder:"TEXT"`
	Agency        string  `help:"Tên cơ quan trên hình chữ ký; mặc định theo chứng thư số. / The agency's name in the stamp; the certificate's by default." placeholder:"TEXT"`
	TSATime       bool    `name:"tsa-time" help:"Ghi thời gian của TSA lên hình chữ ký và gắn dấu thời gian nội dung. / Print the TSA's time in the stamp, with a content timestamp."`
	WithoutPerson string  `help:"Lý do cơ quan ký khi chưa có chữ ký cá nhân hợp lệ; được ghi vào chữ ký. / Why the agency signs without a person's valid signature; it is recorded." placeholder:"REASON"`
	Certify       string  `default:"none" enum:"no-changes,fill-in,annotate,none" help:"Chữ ký chứng nhận; sau đó: no-changes (không được đổi gì), fill-in (chỉ được điền và ký), annotate (thêm được cả ghi chú). / Certify the document: after it only no-changes, fill-in (fill in and sign), or annotate (also comment)." placeholder:"PERMISSION"`
}

// permissions are those of --certify.
var permissions = map[string]pades.Permission{"none": 0, "no-changes": pades.NoChanges, "fill-in": pades.FormFilling, "annotate": pades.Annotating}

// fill puts the flags into a request.
func (f *stampFlags) fill(r *signing.Request) error {
	if f.Profile != "none" {
		r.Profile = signing.Profile(f.Profile)
	}
	r.OutOfOrder, r.ContentTimestamp, r.Certify = f.WithoutPerson, f.TSATime, permissions[f.Certify]
	name := f.Template
	if name == "" {
		name = f.Profile
	}
	if name == "none" {
		if f.Image != "" || f.At != "auto" || f.ImageWidth != 0 || f.Number != "" || f.Agency != "" {
			return usageError{personError{"Chưa chọn hình chữ ký: thêm --profile (personal, agency, attachment, copy, archive) hoặc --template; hoặc bỏ --image, --image-width, --at, --number, --agency.",
				"No stamp was chosen (--profile none): add a --profile (personal, agency, attachment, copy, archive) or a --template; or leave out --image, --image-width, --at, --number and --agency."}}
		}
		return nil
	}
	t, err := findTemplate(name)
	if err != nil {
		return err
	}
	if t.Name() == "attachment" && f.Number == "" {
		return usageError{personError{"Văn bản kèm theo phải mang số và ký hiệu của văn bản: thêm --number, ví dụ --number 127/STN-VP.",
			"An attachment must show the number and symbol of its document: add --number, such as --number 127/STN-VP."}}
	}
	// The Decree writes the forms in capitals; people need not.
	form := strings.ToUpper(strings.Join(strings.Fields(f.Form), " "))
	s := &signing.Stamp{Template: t, ImageWidth: f.ImageWidth, Values: stamp.Values{Number: f.Number, Form: form, Agency: f.Agency}}
	if s.Image, err = imageFor(t, f.Image); err != nil {
		return err
	}
	if f.At != "auto" {
		if s.Place, err = placement.ParsePlace(f.At); err != nil {
			return usageError{personError{"--at phải là auto hoặc TRANG,X,Y,RỘNG,CAO, ví dụ 1,350,120,130,60 (điểm, từ góc dưới bên trái của trang).",
				"--at must be auto or PAGE,X,Y,W,H, such as 1,350,120,130,60 (points from the page's lower left corner)."}}
		}
	}
	r.Stamp = s
	return nil
}
