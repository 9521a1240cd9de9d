package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// drawing is a transparent picture with a thick line in one colour.
func drawing(t *testing.T, dir, name string, c color.Color) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	for x := 40; x < 360; x++ {
		for y := 190; y < 210; y++ {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// kyso runs a command and returns what it printed.
func kyso(t *testing.T, code int, args ...string) (out, problems string) {
	t.Helper()
	var o, p bytes.Buffer
	if got := run(t.Context(), args, streams{strings.NewReader(""), &o, &p}, func(string) string { return "" }); got != code {
		t.Fatalf("kyso %s: code %d\n%s%s", strings.Join(args, " "), got, o.String(), p.String())
	}
	return o.String(), p.String()
}

func TestStampTemplates(t *testing.T) {
	list, _ := kyso(t, exitOK, "--lang", "vi", "stamp", "list")
	if n := strings.Count(list, "\n"); n != 8 || !strings.Contains(list, "agency        Chữ ký số của cơ quan, tổ chức\n") {
		t.Errorf("%d lines:\n%s", n, list)
	}
	shown, _ := kyso(t, exitOK, "stamp", "show", "copy")
	file := filepath.Join(t.TempDir(), "mau.json")
	for _, c := range []struct {
		content  string
		code     int
		says, en string
	}{
		{shown, exitFailed, "“copy” là tên mẫu có sẵn", "“copy” is a built-in template"},
		{strings.Replace(shown, `"copy"`, `"sao-so"`, 1), exitOK, "Mẫu “sao-so” dùng được.", "The template “sao-so” is good."},
		{strings.Replace(shown, `"maxWidth"`, `"maxwidht"`, 1), exitFailed, `không có khóa "maxwidht"`, `no key "maxwidht"`},
	} {
		if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		for lang, says := range map[string]string{"vi": c.says, "en": c.en} {
			if out, problems := kyso(t, c.code, "--lang", lang, "stamp", "check", file); !strings.Contains(out+problems, says) {
				t.Errorf("%s%s", out, problems)
			}
		}
	}
	if _, problems := kyso(t, exitFailed, "--lang", "vi", "stamp", "show", "khac"); !strings.Contains(problems, "personal, agency") {
		t.Error(problems)
	}
}

func TestStampPreview(t *testing.T) {
	dir := t.TempDir()
	blue, red := drawing(t, dir, "ky.png", color.NRGBA{20, 50, 180, 255}), drawing(t, dir, "dau.png", color.NRGBA{210, 20, 30, 255})
	at := []string{"--time", "2024-12-11T02:41:07Z"}
	for name, c := range map[string]struct {
		args []string
		text string // on the page, in one line
	}{
		"copy":         {nil, "SAO Y Ủy ban nhân dân xã Mẫu Một 2024-12-11T09:41:07+07:00"},
		"attachment":   {nil, "15/QĐ-UBND 2024-12-11T09:41:07+07:00"},
		"archive-copy": {nil, "BẢN SAO"},
		"personal":     {[]string{"--image", blue}, "CHỨC VỤ CỦA NGƯỜI KÝ"},
		"agency":       {[]string{"--image", red, "--image-width", "36"}, "rộng 36.0 mm, cao 36.0 mm"},
		"signer":       {[]string{"--image", blue, "--signer", "Lê Mĩ"}, "Ký bởi: Lê Mĩ Email: mau@example.gov.vn"},
		"organisation": {[]string{"--image", red}, "Thời gian ký: 2024-12-11T09:41:07+07:00"},
	} {
		page, alone := filepath.Join(dir, name+".pdf"), filepath.Join(dir, name+".png")
		for _, out := range []string{page, alone} {
			args := append(append([]string{"stamp", "preview", "--template", name}, at...), c.args...)
			if _, problems := kyso(t, exitOK, append(args, out)...); problems != "" {
				t.Errorf("%s: %s", name, problems)
			}
		}
		if out, err := exec.Command("qpdf", "--check", page).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		text, err := exec.Command("pdftotext", "-raw", page, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(string(text), "\n", " ")
		if !strings.Contains(got, c.text) || !strings.Contains(got, "Xem trước mẫu “"+name+"”") {
			t.Errorf("%s: the page says %q", name, got)
		}
		b, err := os.ReadFile(alone)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStampPreviewRefuses(t *testing.T) {
	dir := t.TempDir()
	red := drawing(t, dir, "dau.png", color.NRGBA{210, 20, 30, 255})
	out := filepath.Join(dir, "ra.png")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"--template personal", exitUsage, "thêm --image TỆP"},
		{"--template agency --image " + red, exitFailed, "--image-width: ảnh không ghi kích thước thực tế"},
		{"--template copy --image " + red, exitFailed, "mẫu này không hiển thị hình ảnh"},
		{"--template khac", exitFailed, "Các mẫu có sẵn: personal"},
		{"--form SAO", exitFailed, "SAO Y, SAO LỤC, TRÍCH SAO"},
		{"--time hôm-nay", exitUsage, "2024-12-11T09:41:07+07:00"},
		{"--dpi 5000", exitFailed, "“dpi” là 5000; cho phép từ 24 đến 1200"},
		{"--template personal --image " + out + ".khong-co", exitFailed, "khong-co"},
		{"--template personal --image " + red, exitOK, "không phải màu xanh"},
		{"", exitFailed, "đã có"},
		{"--force", exitOK, ""},
	} {
		args := append(append(strings.Fields("--lang vi stamp preview"), strings.Fields(c.args)...), out)
		if _, problems := kyso(t, c.code, args...); !strings.Contains(problems, c.says) {
			t.Errorf("%s: %s", c.args, problems)
		}
	}
	if _, problems := kyso(t, exitUsage, "--lang", "vi", "stamp", "preview", filepath.Join(dir, "ra.jpg")); !strings.Contains(problems, ".png hoặc .pdf") {
		t.Error(problems)
	}
	// Nothing half written stays behind.
	if left, err := filepath.Glob(filepath.Join(dir, ".kyso-*")); err != nil || left != nil {
		t.Errorf("%v %v", left, err)
	}
}
