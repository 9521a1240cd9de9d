package main

import (
	"kyso/agent/internal/signing"
	"kyso/signature/pades"
	"kyso/signature/placement"
	"kyso/signature/stamp"
)

// stampFlags say what the signature stands for and what it looks like.
type stampFlags struct {
	Profile       string  `default:"none" enum:"personal,agency,attachment,copy,archive,none" help:"Chữ ký là gì trên văn bản: personal (cá nhân), agency (cơ quan), attachment (văn bản kèm theo), copy (bản sao), archive (tài liệu số hóa), none (không hiển thị). / What the signature stands for; none is invisible." placeholder:"PROFILE"`
	Template      string  `help:"Mẫu hình chữ ký khác với mẫu của --profile: tên mẫu có sẵn hoặc tệp JSON. / Another template than the profile's: a built-in one's name or a JSON file." placeholder:"NAME|FILE"`
	Image         string  `help:"Ảnh chữ ký hoặc ảnh dấu, PNG nền trong suốt. / Image of the signature or the seal, a PNG on a transparent ground." type:"path" placeholder:"PNG"`
	ImageWidth    float64 `help:"Chiều rộng thực của ảnh, mm. / The image's real width in millimetres." placeholder:"MM"`
	At            string  `default:"auto" help:"Vị trí TRANG,X,Y,RỘNG,CAO (điểm, từ góc dưới bên trái trang), hoặc auto. / Place PAGE,X,Y,W,H (points from the page's lower left corner), or auto." placeholder:"PLACE"`
	Number        string  `help:"Số và ký hiệu văn bản, cho attachment. / Number and symbol of the document, for attachment." placeholder:"TEXT"`
	Form          string  `default:"SAO Y" help:"Hình thức sao, cho copy: SAO Y, SAO LỤC, TRÍCH SAO. / Form of the copy." placeholder:"TEXT"`
	Agency        string  `help:"Tên cơ quan trên hình chữ ký; mặc định theo chứng thư số. / The agency's name in the stamp; the certificate's by default." placeholder:"TEXT"`
	TSATime       bool    `name:"tsa-time" help:"Ghi thời gian của TSA lên hình chữ ký và gắn dấu thời gian nội dung. / Print the TSA's time in the stamp, with a content timestamp."`
	WithoutPerson string  `help:"Lý do cơ quan ký khi chưa có chữ ký cá nhân hợp lệ; được ghi vào chữ ký. / Why the agency signs without a person's valid signature; it is recorded." placeholder:"REASON"`
	Certify       string  `default:"none" enum:"no-changes,fill-in,annotate,none" help:"Chữ ký chứng nhận: sau đó chỉ được no-changes (không đổi), fill-in (điền và ký), annotate (và ghi chú). / Certify: what may come after." placeholder:"PERMISSION"`
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
		if f.Image != "" || f.At != "auto" || f.ImageWidth != 0 {
			return personError{"--profile none không hiển thị hình chữ ký: bỏ --image và --at, hoặc chọn --profile hay --template.",
				"--profile none draws nothing: leave out --image and --at, or choose a --profile or --template."}
		}
		return nil
	}
	t, err := findTemplate(name)
	if err != nil {
		return err
	}
	s := &signing.Stamp{Template: t, ImageWidth: f.ImageWidth, Values: stamp.Values{Number: f.Number, Form: f.Form, Agency: f.Agency}}
	if s.Image, err = imageFor(t, f.Image); err != nil {
		return err
	}
	if f.At != "auto" {
		if s.Place, err = placement.ParsePlace(f.At); err != nil {
			return personError{"--at phải là auto hoặc TRANG,X,Y,RỘNG,CAO, ví dụ 1,350,120,130,60 (điểm, từ góc dưới bên trái của trang).",
				"--at must be auto or PAGE,X,Y,W,H, such as 1,350,120,130,60 (points from the page's lower left corner)."}
		}
	}
	r.Stamp = s
	return nil
}
