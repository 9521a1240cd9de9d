package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/signature/stamp"
)

type stampCmd struct {
	List    stampListCmd    `cmd:"" help:"Liệt kê các mẫu có sẵn. / List the built-in templates."`
	Show    stampShowCmd    `cmd:"" help:"In một mẫu có sẵn dưới dạng JSON để sửa thành mẫu riêng. / Print a template's JSON, to make your own of it."`
	Check   stampCheckCmd   `cmd:"" help:"Kiểm tra tệp mẫu. / Check a template file."`
	Image   stampImageCmd   `cmd:"" help:"Cài ảnh chữ ký tay hoặc ảnh dấu của bạn, để trang web dùng được mà không gửi ảnh. / Install your hand signature's or seal's image, for pages that ask for a stamp."`
	Preview stampPreviewCmd `cmd:"" help:"Vẽ thử một mẫu ra PNG hoặc PDF. / Draw a template as PNG or PDF."`
}

type stampListCmd struct{}

// Run prints a line for each template.
func (stampListCmd) Run(e *env) error {
	for _, name := range stamp.Names() {
		t, _ := stamp.BuiltIn(name)
		fmt.Fprintf(e.out, "%-14s%s\n", name, i18n.Text{VI: t.Title().VI, EN: t.Title().EN}.In(e.language))
	}
	return nil
}

type stampShowCmd struct {
	Name string `arg:"" help:"Tên mẫu. / Name of the template."`
}

// Run prints the template as it is built in.
func (c *stampShowCmd) Run(e *env) error {
	t, ok := stamp.BuiltIn(c.Name)
	if !ok {
		return noTemplate(c.Name)
	}
	_, err := e.out.Write(t.JSON())
	return err
}

func noTemplate(name string) error {
	list := strings.Join(stamp.Names(), ", ")
	return personError{"Không có mẫu hoặc tệp “" + name + "”. Các mẫu có sẵn: " + list + ".",
		"There is no template or file “" + name + "”. The built-in templates are " + list + "."}
}

type stampCheckCmd struct {
	File string `arg:"" help:"Tệp mẫu JSON. / Template, a JSON file." type:"path"`
}

// Run says what is wrong with the file, or that nothing is.
func (c *stampCheckCmd) Run(e *env) error {
	t, err := loadTemplate(c.File)
	if err != nil {
		return err
	}
	e.print("Mẫu “"+t.Name()+"” dùng được.", "The template “"+t.Name()+"” is good.")
	return nil
}

// maxTemplateFile is more than a template may have, so that the engine says so.
const maxTemplateFile = 1 << 20

// findTemplate is the built-in template of that name, or the one in that file.
func findTemplate(name string) (*stamp.Template, error) {
	if t, ok := stamp.BuiltIn(name); ok {
		return t, nil
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, noTemplate(name)
	}
	return loadTemplate(name)
}

func loadTemplate(name string) (*stamp.Template, error) {
	b, err := readBounded(name, maxTemplateFile)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	t, err := stamp.Load(b)
	if err != nil {
		return nil, stampError(name, err)
	}
	return t, nil
}

// stampError gives the engine's words to the person, with the file they are
// about.
func stampError(about string, err error) error {
	var fault *stamp.Error
	if !errors.As(err, &fault) {
		return err
	}
	if about != "" {
		about += ": "
	}
	return personError{about + fault.VI, about + fault.EN}
}

type stampPreviewCmd struct {
	Template   string  `default:"copy" help:"Mẫu có sẵn hoặc tệp JSON. / Built-in template or JSON file." placeholder:"NAME|FILE"`
	Image      string  `help:"Ảnh chữ ký hoặc ảnh dấu, PNG hoặc JPEG. / Image of the signature or seal, PNG or JPEG." type:"path" placeholder:"FILE"`
	ImageWidth float64 `help:"Chiều rộng thực của ảnh, mm. / The image's real width in millimetres." placeholder:"MM"`
	Signer     string  `default:"Nguyễn Thị Mẫu" help:"Người ký. / Signer."`
	Email      string  `default:"mau@example.gov.vn" help:"Thư điện tử. / E-mail."`
	Agency     string  `default:"Ủy ban nhân dân xã Mẫu Một" help:"Cơ quan, tổ chức. / Agency."`
	Number     string  `default:"15/QĐ-UBND" help:"Số và ký hiệu văn bản. / Number and symbol of the document."`
	Form       string  `default:"SAO Y" help:"Hình thức sao: SAO Y, SAO LỤC, TRÍCH SAO. / Form of the copy: SAO Y, SAO LỤC, TRÍCH SAO."`
	Reason     string  `help:"Lý do ký. / Reason." placeholder:"TEXT"`
	Time       string  `help:"Thời điểm ký, ví dụ 2024-12-11T09:41:07+07:00; mặc định là bây giờ. / Signing time, such as 2024-12-11T09:41:07+07:00; now by default." placeholder:"RFC3339"`
	DPI        float64 `name:"dpi" default:"300" help:"Độ phân giải của PNG. / The PNG's resolution."`
	Force      bool    `help:"Ghi đè tệp kết quả đã có. / Overwrite an existing output file."`
	Out        string  `arg:"" help:"Tệp .png (riêng hình) hoặc .pdf (trên trang A4). / A .png of the stamp or a .pdf of a page." type:"path"`
}

// Run draws the stamp as it would be drawn into a document.
func (c *stampPreviewCmd) Run(e *env) error {
	kind := strings.ToLower(filepath.Ext(c.Out))
	if kind != ".png" && kind != ".pdf" {
		return usageError{personError{"Tên tệp kết quả phải có đuôi .png hoặc .pdf: " + visible(c.Out), "The output's name must end in .png or .pdf: " + visible(c.Out)}}
	}
	if _, err := os.Lstat(c.Out); err == nil && !c.Force {
		return personError{"Tệp " + c.Out + " đã có. Chọn tên khác, hoặc thêm --force để ghi đè.",
			c.Out + " exists. Choose another name, or add --force to overwrite it."}
	}
	t, err := findTemplate(c.Template)
	if err != nil {
		return err
	}
	s, err := c.lay(t)
	if err != nil {
		return err
	}
	for _, a := range s.Advice() {
		e.tell("", i18n.Text{VI: "Lưu ý: " + a.VI, EN: "Note: " + a.EN})
	}
	var b bytes.Buffer
	if kind == ".png" {
		m, err := s.Picture(c.DPI)
		if err != nil {
			return stampError("", err)
		}
		if err := png.Encode(&b, m); err != nil {
			return err
		}
	} else if err := stampPage(&b, t, s); err != nil {
		return err
	}
	if err := writeWhole(c.Out, b.Bytes(), c.Force); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, visible(c.Out))
	return err
}

// lay reads the image and fills in the values.
func (c *stampPreviewCmd) lay(t *stamp.Template) (*stamp.Stamp, error) {
	at := time.Now()
	if c.Time != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, c.Time); err != nil {
			return nil, usageError{personError{"--time phải có dạng 2024-12-11T09:41:07+07:00: " + visible(c.Time), "--time must look like 2024-12-11T09:41:07+07:00: " + visible(c.Time)}}
		}
	}
	picture, err := imageFor(t, c.Image)
	if err != nil {
		return nil, err
	}
	s, err := t.Lay(stamp.Values{Signer: c.Signer, Email: c.Email, Agency: c.Agency, Number: c.Number, Form: c.Form, Reason: c.Reason, Time: at},
		picture, stamp.Options{ImageWidth: c.ImageWidth})
	if err != nil && t.RealSize() && c.ImageWidth == 0 {
		return nil, stampError("--image-width", err)
	}
	if err != nil {
		return nil, stampError("", err)
	}
	return s, nil
}

// imageFor reads the image in the file name, which a template may need.
func imageFor(t *stamp.Template, name string) (*stamp.Image, error) {
	if name == "" {
		if t.Image() == stamp.ImageNeeded {
			return nil, usageError{personError{"Mẫu “" + t.Name() + "” cần ảnh chữ ký hoặc ảnh dấu: thêm --image TỆP.", "The template “" + t.Name() + "” needs an image of the signature or the seal: add --image FILE."}}
		}
		return nil, nil
	}
	b, err := readBounded(name, maxImageFile)
	if err != nil {
		return nil, fmt.Errorf("read the image: %w", err)
	}
	picture, err := stamp.ReadImage(b)
	if err != nil {
		return nil, stampError(name, err)
	}
	return picture, nil
}

// maxImageFile is more than an image may have, so that the engine says so.
const maxImageFile = 16 << 20

// writeWhole writes a file that appears whole or not at all.
func writeWhole(name string, b []byte, replace bool) error {
	out, err := newOutput(name, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer out.discard()
	if err = out.write(bytes.NewReader(b), int64(len(b)), sha256.Sum256(b)); err == nil {
		err = out.publish(replace)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
