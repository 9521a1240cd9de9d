package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kyso/testdata/virtualtoken/piv"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

// What a person reads on the way from the first wrong PIN to the unlocked token,
// on a card that counts its tries.
func TestTokenLocksAndIsUnlocked(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(0x2A05F8), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 20),
		Subject: pkix.Name{CommonName: "Phạm Thị Thẻ", Organization: []string{"Ban Cơ yếu Chính phủ"}}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	tokens := virtualtokentest.Start(t, virtualtokentest.Options{Cards: []piv.Options{{PIN: "246813", PUK: "87654321",
		Keys: []piv.Key{{Private: key, Certificate: cert}}}}})
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("LANG", "vi_VN.UTF-8")
	t.Setenv("LC_ALL", "")
	kyso, module := kysoForTests(t), virtualtokentest.Module(t)
	card := tokens.Devices[0].Card
	for _, step := range []struct {
		args  string
		stdin string
		code  int
		says  string
		tries int // of the PIN, that the card has left afterwards
	}{
		{"show", "", 0, "Mã PIN: bình thường; dài 4 đến 8 ký tự", 3},
		{"show", "", 0, "còn 19 ngày, không đủ 30 ngày để gia hạn", 3},
		{"show", "", 0, "không còn kịp. Cơ quan, tổ chức quản lý trực tiếp đề nghị cấp mới theo Mẫu 01", 3},
		{"test --pin-stdin", "246813\n", 0, "Ký thử được: Phạm Thị Thẻ", 3},
		{"test --pin-stdin", "999999\n", 1, "Mã PIN không đúng", 2},
		{"change-pin --pin-stdin", "999999\n135792\n", 1, "Sau lần này: chỉ còn một lần thử", 1},
		{"test --pin-stdin", "246813\n", 1, "Chỉ còn một lần nhập PIN. Nếu sai, thiết bị bị khóa. Chỉ khi chắc chắn, chạy lại với --last-try", 1},
		{"change-pin --pin-stdin --last-try", "999999\n135792\n", 1, "Mẫu 06", 0},
		{"test --pin-stdin --last-try", "246813\n", 1, "Thiết bị đã bị khóa do nhập sai PIN nhiều lần. Cơ quan, tổ chức quản lý trực tiếp lập đề nghị khôi phục thiết bị theo Mẫu 06", 0},
		{"list --json", "", 0, `"state":"locked"`, 0},
		{"show", "", 0, "Số hiệu chứng thư số: 2A05F8", 0},
		{"unlock --pin-stdin", "00000000\n135792\n", 1, "SO PIN hoặc PUK không đúng", 0},
		{"unlock --pin-stdin", "87654321\n135792\n", 0, "Đã mở khóa và đặt PIN mới", 3},
		{"change-pin --pin-stdin", "135792\nmatkhau1\n", 1, "không nhận PIN mới", 3},
		{"rename --pin-stdin nhãn", "135792\n", 1, "Hãy dùng phần mềm của hãng: pkcs15-tool", 3},
		{"test --pin-stdin", "135792\n", 0, "Chữ ký khớp với chứng thư số", 3},
	} {
		c := exec.Command(kyso, append(strings.Fields("token "+step.args), "--module", module)...)
		c.Stdin = strings.NewReader(step.stdin)
		out, err := c.CombinedOutput()
		code := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != step.code || !strings.Contains(string(out), step.says) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", step.args, code, step.code, step.says, out)
		}
		if left := card.Status().PINTries; left != step.tries {
			t.Fatalf("after %s the card has %d tries left, want %d", step.args, left, step.tries)
		}
	}
}
