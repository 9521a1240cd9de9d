package vgca_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/vgca"
	"kyso/signature/verify"
)

// opensslVerify has OpenSSL judge a detached CMS in base64 over a message.
func opensslVerify(t *testing.T, signature string, message []byte, root *x509.Certificate) {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"sig": der, "data": message, "root": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := func(n string) string { return filepath.Join(dir, n) }
	if out, err := exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", at("sig"), "-content", at("data"), "-CAfile", at("root"), "-purpose", "any", "-out", at("out")).CombinedOutput(); err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

func TestSignMessageAndLogin(t *testing.T) {
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var asked []signing.DataQuestion
	a := newAgent(t, setting{keys: token, data: func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error) {
		asked = append(asked, q)
		return agreesToData(ctx, q)
	}})
	message := []byte("Tôi đồng ý.\r\n")
	encoded := base64.StdEncoding.EncodeToString(message)
	for _, question := range []string{encoded, strings.TrimRight(encoded, "="), encoded[:8] + "\r\n" + encoded[8:]} {
		r := a.call("SignMsg", question)
		if *r.Status != 0 || r.Error != "" {
			t.Fatalf("%+v", r)
		}
		opensslVerify(t, r.Signature, message, token.Identity.Chain[0])
	}
	if q := asked[0]; q.Text != string(message) || q.Purpose != signing.PurposeMessage || q.Origin != a.office.URL {
		t.Errorf("asked %+v", q)
	}
	code := "9f1c2b7e-phien-0042"
	r := a.call("Auth", code)
	opensslVerify(t, r.Signature, []byte(code), token.Identity.Chain[0])
	if q := asked[len(asked)-1]; q.Text != code || q.Purpose != signing.PurposeLogin {
		t.Errorf("asked %+v", q)
	}
	before := len(asked)
	for question, words := range map[string]string{
		"không phải base64": "không hợp lệ",
		"":                  "không hợp lệ",
		base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x7f, 0x01}, 16)): "không phải văn bản",
		base64.StdEncoding.EncodeToString(pdfOf(t, 1)):                          "tài liệu PDF",
	} {
		r := a.call("SignMsg", question)
		a.wantFailed(r, "BAD_REQUEST", words)
	}
	a.wantFailed(a.call("Auth", "mã\nhai dòng"), "BAD_REQUEST", "Mã đăng nhập")
	a.wantFailed(a.call("SignHash", base64.StdEncoding.EncodeToString(make([]byte, 32))), "NOT_SUPPORTED", "mã băm")
	if len(asked) != before {
		t.Errorf("asked %+v", asked[before:])
	}
}

func TestSignJSON(t *testing.T) {
	w, err := signingtest.NewWorld(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Server.Close)
	a := newAgent(t, setting{keys: w.Hold(w.Persons[0])})
	pub := &w.Persons[0].Key.PublicKey
	for name, c := range map[string]struct {
		question string
		payload  string
		detached bool
		pss      bool
	}{
		"text":     {`{"JsonContent":"{\"a\": 1}","DetachPayload":"false","IsPss":"true"}`, `{"a": 1}`, false, true},
		"object":   {`{"JsonContent":{"a": 1},"DetachPayload":false,"IsPss":true}`, `{"a": 1}`, false, true},
		"detached": {`{"JsonContent":"phiên 12","DetachPayload":"True","IsPss":"False","More":[]}`, `phiên 12`, true, false},
		"defaults": {`{"JsonContent":"x"}`, `x`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := *a
			a.t = t
			r := a.call("SignJson", c.question)
			parts := strings.Split(r.Signature, ".")
			if *r.Status != 0 || len(parts) != 3 || (parts[1] == "") != c.detached {
				t.Fatalf("%+v", r)
			}
			payload := base64.RawURLEncoding.EncodeToString([]byte(c.payload))
			if !c.detached && parts[1] != payload {
				t.Errorf("payload %s", parts[1])
			}
			digest := sha256.Sum256([]byte(parts[0] + "." + payload))
			value, err := base64.RawURLEncoding.DecodeString(parts[2])
			if err != nil {
				t.Fatal(err)
			}
			if c.pss {
				err = rsa.VerifyPSS(pub, crypto.SHA256, digest[:], value, nil)
			} else {
				err = rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], value)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	for _, question := range []string{`{}`, `{"JsonContent":""}`, `[]`, `"x"`, `{"JsonContent":"x","IsPss":{}}`, `{"JsonContent":"x"`} {
		a.wantFailed(a.call("SignJson", question), "BAD_REQUEST", "không hợp lệ")
	}
}

func TestInfo(t *testing.T) {
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	a := newAgent(t, setting{keys: token, change: func(o *vgca.Options) {
		o.OpenSettings = func() { opened++ }
		o.Disabled = []string{"SignMsg"}
	}})
	r := a.call("GetCertInfo", "get_cert_info")
	c := token.Identity.Certificate
	if *r.Status != 0 || r.CertInfo == nil || r.CertInfo.Base64Data != base64.StdEncoding.EncodeToString(c.Raw) || !strings.Contains(r.CertInfo.Subject, "Nguyễn Văn Thử") || r.CertInfo.SerialNumber != "02" {
		t.Errorf("%+v", r.CertInfo)
	}
	if from, err := time.Parse(time.RFC3339, r.CertInfo.ValidFrom); err != nil || !from.Equal(c.NotBefore) || !strings.HasSuffix(r.CertInfo.ValidFrom, "+07:00") {
		t.Errorf("%s, %v", r.CertInfo.ValidFrom, err)
	}
	if text := a.ask("GetVersion", "GetVersion"); !strings.Contains(text, `"Version":"0.1.0-test"`) {
		t.Errorf("%s", text)
	}
	if r := a.call("Config", "config"); *r.Status != 0 || opened != 1 {
		t.Errorf("%+v, opened %d times", r, opened)
	}
	a.wantFailed(a.call("SignMsg", "eA=="), "NOT_SUPPORTED", "Quản trị viên")
	a.wantFailed(a.call("SignXML", `{"Base64Content":"PGEvPg==","ReturnSignatureOnly":"true","HashAlg":"Sha256","XmlDsigForm":"true"}`), "NOT_SUPPORTED", "chưa hỗ trợ")
	a.wantFailed(a.call("VerifyJson", "a.b.c"), "NOT_SUPPORTED", "máy chủ")
}

// TestVerify: Status is 0 for what has passed, and for nothing else.
func TestVerify(t *testing.T) {
	w, err := signingtest.NewWorld(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Server.Close)
	a := newAgent(t, setting{keys: w.Hold(w.Persons[0]), anchors: w.Anchors()})
	plain := pdfOf(t, 1)
	address := a.office.put("/a.pdf", plain)
	a.wantFailed(a.call("VerifyPDF", `{"FileName":"`+address+`","SessionId":""}`), "NOT_SIGNED", "chưa có chữ ký")
	if r := a.call("SignPDF", `{"FileName":"`+address+`","FileUploadHandler":"`+a.office.handler()+`"}`); *r.Status != 0 {
		t.Fatalf("%+v", r)
	}
	signed := a.office.taken()[0].Data
	r := a.call("VerifyPDF", `{"FileName":"`+a.office.put("/b.pdf", signed)+`"}`)
	// Nothing says that the certificate is not revoked.
	if *r.Status == 0 || r.Code != "INDETERMINATE" || r.Message == "" || len(r.Signatures) != 1 || r.Signatures[0].SigInfo.IsValid || r.Signatures[0].ValidationDetails.SignerCertStatus.Status != 6 || r.Report == nil || r.Report.Verdict != verify.Indeterminate {
		t.Errorf("%+v", r)
	}
	broken := bytes.Clone(signed)
	broken[bytes.Index(broken, []byte("stream"))+20] ^= 1
	r = a.call("VerifyPDF", `{"FileName":"`+a.office.put("/c.pdf", broken)+`"}`)
	if *r.Status == 0 || r.Code != "TOTAL-FAILED" || r.Signatures[0].ValidationDetails.SignerCertStatus.Status == 0 {
		t.Errorf("%+v", r)
	}
	if c := w.Persons[0].Certificate; !strings.EqualFold(strings.TrimLeft(r.Signatures[0].SigInfo.SignerCert.SerialNumber, "0"), c.SerialNumber.Text(16)) {
		t.Errorf("serial %s, want %x", r.Signatures[0].SigInfo.SignerCert.SerialNumber, c.SerialNumber)
	}
	a.wantFailed(a.call("VerifyPDF", `{"FileName":"https://evil.example/a.pdf"}`), "SITE_PROBLEM", "không thuộc trang web")

	message := base64.StdEncoding.EncodeToString([]byte("Đồng ý"))
	s := a.call("SignMsg", message)
	for content, code := range map[string]string{message: "INDETERMINATE", base64.StdEncoding.EncodeToString([]byte("Không")): "TOTAL-FAILED"} {
		r := a.call("VerifyMsg", jsonText(t, map[string]string{"Base64Content": content, "Signature": s.Signature}))
		if *r.Status == 0 || r.Code != code || len(r.Signatures) != 1 {
			t.Errorf("%s: %+v", code, r)
		}
	}
	a.wantFailed(a.call("VerifyMsg", `{"Base64Content":"!","Signature":""}`), "BAD_REQUEST", "không hợp lệ")
}

// FuzzQuestion: whatever a page sends is decoded or refused, and what is taken is
// within its bounds.
func FuzzQuestion(f *testing.F) {
	for _, s := range []string{
		`{"FileName":"https://a/b.pdf","FileUploadHandler":"https://a/c","MetaData":[{"Key":"a","Value":1}],"DocNumber":"1","IssuedDate":"2026-11-22T00:00:00.000Z"}`,
		`{"Files":[{"FileID":1,"FileName":"a","URL":"https://a/b"}],"MetaData":"[{\"Key\":\"a\",\"Value\":null}]"}`,
		`{"JsonContent":{"a":[1,2,{}]},"IsPss":"true"}`, `{"Base64Content":"YQ==","Signature":"YQ=="}`,
		`{"MetaData":""}`, "\xef\xbb\xbf{}", `[]`, `{"FileName":{}}`, `{"DocNumber":tru}`, `{"a":` + strings.Repeat("[", 1000) + `}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		vgca.Read(b)
		if name := vgca.FileName(string(b)); name == "" || len(name) > 255 || strings.ContainsAny(name, "/\\\x00\n\u202e") {
			t.Errorf("name %q", name)
		}
		if vgca.ReadHandler(b) {
			var m map[string]any
			if err := json.Unmarshal(bytes.TrimPrefix(bytes.TrimSpace(b), []byte("\xef\xbb\xbf")), &m); err != nil {
				t.Errorf("%q is taken", b)
			}
		}
	})
}

// TestQuestions: the loose ways in which pages write.
func TestQuestions(t *testing.T) {
	base := `"FileName":"https://a/b.pdf","FileUploadHandler":"https://a/c"`
	for question, want := range map[string]bool{
		`{` + base + `}`:                true,
		"\xef\xbb\xbf \n{" + base + `}`: true,
		`{"filename":"https://a/b.pdf","fileuploadhandler":"https:"}`:   true,
		`{` + base + `,"MetaData":null,"DocNumber":12,"IssuedDate":""}`: true,
		`{` + base + `,"MetaData":""}`:                                  true,
		`{` + base + `,"MetaData":"[{\"Key\":\"a\",\"Value\":true}]"}`:  true,
		`{` + base + `,"MetaData":[]}`:                                  true,
		`{` + base + `,"MetaData":{"a":"b"}}`:                           false,
		`{` + base + `,"MetaData":"a"}`:                                 false,
		`{` + base + `,"DocNumber":["a"]}`:                              false,
		`{` + base + `,"DocNumber":"a\u202eb"}`:                         false,
		`{` + base + `,"DocNumber":"` + strings.Repeat("1", 161) + `"}`: false,
		`{` + base + `,"JWTToken":"` + strings.Repeat("1", 9000) + `"}`: false,
		`{` + base + `}{}`:                                              false,
		`{` + base:                                                      false,
		`[{` + base + `}]`:                                              false,
		`SignApproved`:                                                  false,
		``:                                                              false,
		`null`:                                                          false,
		`{"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`: false,
	} {
		if got, _, _, _ := vgca.Read([]byte(question)); got != want {
			t.Errorf("%.120q: %t", question, got)
		}
	}
	for given, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `C:\a\b.pdf`: "b.pdf", "": "van-ban.pdf", "..": "van-ban.pdf", "a/": "van-ban.pdf",
		"a\u202efdp.exe": "afdp.exe", " \n": "van-ban.pdf", "\xff\xfe": "van-ban.pdf", strings.Repeat("á", 200): strings.Repeat("á", 127),
	} {
		if got := vgca.FileName(given); got != want {
			t.Errorf("%q is called %q, want %q", given, got, want)
		}
	}
}
