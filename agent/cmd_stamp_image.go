package main

import (
	"errors"
	"fmt"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/stamps"
	"kyso/signature/stamp"
)

type stampImageCmd struct {
	Kind       string  `arg:"" enum:"personal,agency" help:"personal (chữ ký tay) hoặc agency (dấu). / personal (the hand signature) or agency (the seal)."`
	File       string  `arg:"" help:"Ảnh PNG nền trong suốt hoặc JPEG. / A PNG with a transparent background, or a JPEG." type:"path"`
	ImageWidth float64 `help:"Chiều rộng thực của ảnh, mm. / The image's real width in millimetres." placeholder:"MM"`
	Serial     string  `help:"Chỉ dùng cho chứng thư số có số hiệu này (hệ 16). Khi có ảnh riêng cho từng chứng thư số, ảnh chung không được dùng nữa. / Only for the certificate of this serial number (hexadecimal). Once there are images by certificate, the common ones are no longer used." placeholder:"HEX"`
}

// Run installs the image, once it is sure that a stamp can be made of it.
func (c *stampImageCmd) Run(e *env) error {
	t, _ := stamp.BuiltIn(c.Kind)
	image, err := imageFor(t, c.File)
	if err != nil {
		return err
	}
	s, err := t.Lay(stamp.Values{Time: time.Now()}, image, stamp.Options{ImageWidth: c.ImageWidth})
	if err != nil && t.RealSize() && c.ImageWidth == 0 {
		return stampError("--image-width", err)
	}
	if err != nil {
		return stampError(c.File, err)
	}
	for _, a := range s.Advice() {
		e.tell("", i18n.Text{VI: "Lưu ý: " + a.VI, EN: "Note: " + a.EN})
	}
	data, err := readBounded(c.File, maxImageFile)
	if err != nil {
		return fmt.Errorf("read the image: %w", err)
	}
	path, err := stamps.Default().Install(stamps.Kind(c.Kind), c.Serial, data, c.ImageWidth)
	if errors.Is(err, stamps.ErrSerial) {
		return usageError{personError{"--serial phải là số hiệu chứng thư số viết bằng hệ 16, như 4a01.", "--serial must be a certificate's serial number in hexadecimal, such as 4a01."}}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, visible(path))
	return err
}
