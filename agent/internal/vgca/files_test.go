package vgca_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/vgca"
	"kyso/testdata/documents"
)

func TestSignApproved(t *testing.T) {
	var asked signing.Question
	a := newAgent(t, setting{
		person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			asked = q
			return signingtest.Agrees(ctx, q)
		},
		change: func(o *vgca.Options) { o.SessionCookie = "ASP.NET_SessionId" },
	})
	original := pdfOf(t, 2)
	address := a.office.put("/files/công văn.pdf", original)
	r := a.call("SignApproved", jsonText(t, map[string]any{
		"FileUploadHandler": a.office.handler(), "SessionId": "s123", "JWTToken": "a.b.c", "FileName": address,
		"MetaData": []map[string]any{{"Key": "token", "Value": "một hai"}, {"Key": "id", "Value": 7}}, "Unknown": map[string]any{"x": 1}, "DocNumber": nil,
	}))
	if *r.Status != 0 || r.Message != "" || r.FileName != "công văn.pdf" || string(r.FileServer) != `"/signed/công văn.pdf"` || r.CustomSignatureText == nil {
		t.Fatalf("%+v", r)
	}
	if asked.Origin != a.office.URL || len(asked.Documents) != 1 || asked.Documents[0].Name != "công văn.pdf" || asked.Documents[0].Pages != 2 || asked.Language != "vi" {
		t.Errorf("asked %+v", asked)
	}
	got := a.office.taken()
	if len(got) != 1 || got[0].Name != "công văn.pdf" || !bytes.HasPrefix(got[0].Data, original) || !slices.Equal(got[0].Fields["token"], []string{"một hai"}) || !slices.Equal(got[0].Fields["id"], []string{"7"}) {
		t.Fatalf("%d uploads: %+v", len(got), got[0].Fields)
	}
	if h := got[0].Header; h.Get("Authorization") != "Bearer a.b.c" || h.Get("Cookie") != "ASP.NET_SessionId=s123" || h.Get("Origin") != "" {
		t.Errorf("header %v", h)
	}
	if s := signatures(t, got[0].Data); len(s) != 1 || !s[0].Intact || !s[0].Valid || s[0].Coverage != "whole-file" {
		t.Errorf("%+v", s)
	}
	pdfsig(t, got[0].Data)
}

// pdfsig has poppler look at the first signature.
func pdfsig(t *testing.T, data []byte) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdfsig", "-nocert", name).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Signature is Valid.") {
		t.Errorf("pdfsig: %v\n%s", err, out)
	}
}

// TestProfiles: the rules of each kind of signature hold as they do elsewhere.
func TestProfiles(t *testing.T) {
	w, err := signingtest.NewWorld(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Server.Close)
	letter, err := documents.Open(documents.Letter)
	if err != nil {
		t.Fatal(err)
	}
	person := newAgent(t, setting{keys: w.Hold(w.Persons[0]), anchors: w.Anchors()})
	agency := newAgent(t, setting{keys: w.Hold(w.Agencies[0]), anchors: w.Anchors()})
	ask := func(a *agent, method string, data []byte, more string) (reply, []byte) {
		t.Helper()
		before := len(a.office.taken())
		r := a.call(method, `{"FileName":"`+a.office.put("/a.pdf", data)+`","FileUploadHandler":"`+a.office.handler()+`"`+more+`}`)
		if after := a.office.taken(); *r.Status == 0 && len(after) == before+1 {
			return r, after[before].Data
		}
		return r, nil
	}
	r, signed := ask(person, "SignApproved", letter, "")
	if signed == nil {
		t.Fatalf("%+v", r)
	}
	// The agency signs after the person, and not before.
	r, none := ask(agency, "SignIssued", letter, `,"DocNumber":"127/STN-VP","IssuedDate":"2026-11-22T03:00:00.000Z"`)
	agency.wantFailed(r, "PERSON_FIRST", "Văn bản chưa có chữ ký số của người có thẩm quyền")
	if none != nil || len(agency.office.taken()) != 0 {
		t.Error("signed all the same")
	}
	// Whether the person's signature is valid cannot be told without news of
	// revocation, so that order is refused too; with it the agency signs.
	r, _ = ask(agency, "SignIssued", signed, `,"DocNumber":"127/STN-VP","IssuedDate":""`)
	agency.wantFailed(r, "PERSON_FIRST", "chưa chữ ký nào được xác nhận hợp lệ")

	for method, words := range map[string]string{"SignIncome": agencyName(w), "SignAppendix": "15/QĐ-UBND", "SignCopy": "SAO Y"} {
		r, signed := ask(agency, method, letter, `,"DocNumber":"15/QĐ-UBND","IssuedDate":"2026-11-22T03:00:00.000Z"`)
		if signed == nil {
			t.Errorf("%s: %+v", method, r)
			continue
		}
		if r.DocumentNumber != "15/QĐ-UBND" || r.DocumentDate != "2026-11-22T03:00:00.000Z" {
			t.Errorf("%s: %q, %q", method, r.DocumentNumber, r.DocumentDate)
		}
		if text := stampText(t, signed); !strings.Contains(text, words) {
			t.Errorf("%s: the stamp does not show %q:\n%s", method, words, text)
		}
	}
	r, _ = ask(agency, "SignAppendix", letter, "")
	agency.wantFailed(r, "BAD_REQUEST", "số và ký hiệu")
	for _, method := range []string{"Comment", "SignPDF", "SignFile"} {
		if r, signed := ask(person, method, letter, ""); signed == nil {
			t.Errorf("%s: %+v", method, r)
		}
	}
}

func agencyName(w *signingtest.World) string { return w.Agencies[0].Certificate.Subject.CommonName }

// stampText is what poppler reads on the first page.
func stampText(t *testing.T, data []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-l", "1", "-", "-")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

func TestSignFiles(t *testing.T) {
	var asked []signing.Question
	a := newAgent(t, setting{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		asked = append(asked, q)
		return signingtest.Agrees(ctx, q)
	}})
	one, two, broken := a.office.put("/1", pdfOf(t, 1)), a.office.put("/2", pdfOf(t, 2)), a.office.put("/3", []byte("no PDF"))
	question := func(addresses ...string) string {
		var files []map[string]any
		for i, u := range addresses {
			files = append(files, map[string]any{"FileID": i + 1, "FileName": "tờ trình " + string(rune('a'+i)) + ".pdf", "URL": u})
		}
		return jsonText(t, map[string]any{"FileUploadHandler": a.office.handler(), "SessionId": "", "JWTToken": "", "Files": files})
	}
	r := a.call("SignFiles", question(one, two))
	if *r.Status != 0 || len(r.Files) != 2 || r.Files[0].FileID != "1" || string(r.Files[1].FileSignedURL) != `"/signed/tờ trình b.pdf"` {
		t.Errorf("%+v", r)
	}
	if len(asked) != 1 || len(asked[0].Documents) != 2 || len(a.office.taken()) != 2 {
		t.Errorf("asked %d times, %d uploads", len(asked), len(a.office.taken()))
	}
	// What cannot be signed is left out, which the person is told, and the page.
	r = a.call("SignFiles", question(one, broken))
	if *r.Status == 0 || len(r.Files) != 2 || r.Files[0].Status != 0 || r.Files[1].Status == 0 || string(r.Files[1].FileSignedURL) != `""` || !strings.Contains(r.Files[1].Message, "PDF") || !strings.Contains(r.Message, "1 trên 2") {
		t.Errorf("%+v", r)
	}
	if len(asked) != 2 || len(asked[1].LeftOut) != 1 {
		t.Errorf("asked %+v", asked)
	}
	// What cannot be had ends the batch before anybody is asked.
	r = a.call("SignFiles", question(one, a.office.URL+"/absent"))
	a.wantFailed(r, "SITE_PROBLEM", "Không tải được")
	r = a.call("SignFiles", `{"FileUploadHandler":"`+a.office.handler()+`","Files":[]}`)
	a.wantFailed(r, "BAD_REQUEST", "không hợp lệ")
	if len(asked) != 2 {
		t.Errorf("asked %d times", len(asked))
	}
}

// TestHandlerAnswers: what handlers say is passed on untouched, or is why not.
func TestHandlerAnswers(t *testing.T) {
	a := newAgent(t, setting{})
	document := a.office.put("/a.pdf", pdfOf(t, 1))
	for name, c := range map[string]struct {
		answer string
		server string // FileServer of the reply; empty: a failure
		words  string
	}{
		"text":            {`{"Status":true,"Message":"","FileName":"x.pdf","FileServer":"{\"fileEntryId\":12}"}`, `"{\"fileEntryId\":12}"`, ""},
		"object":          {"\xef\xbb\xbf" + `{"Status":true,"FileServer":{"fileEntryId":12,"url":"/a?b=1&c=<2>"}}`, `{"fileEntryId":12,"url":"/a?b=1&c=<2>"}`, ""},
		"number status":   {`{"Status":1,"FileServer":"a"}`, `"a"`, ""},
		"text status":     {`{"Status":"True","FileServer":"a"}`, `"a"`, ""},
		"no UTF-8":        {`{"Status":true,"FileServer":"a` + "\xff\xfe" + `b"}`, "\"a\uFFFDb\"", ""},
		"no FileServer":   {`{"Status":true}`, `""`, ""},
		"refused":         {`{"Status":false,"Message":"Hết\u202e dung\nlượng","FileServer":""}`, "", "“Hết dung lượng”"},
		"refused with 0":  {`{"Status":0,"Message":""}`, "", "không nhận tài liệu đã ký."},
		"no status":       {`{"FileServer":"a"}`, "", "không nhận tài liệu đã ký."},
		"a page of HTML":  {`<!doctype html><title>Đăng nhập</title>`, "", "không nhận tài liệu đã ký."},
		"nothing":         {``, "", "không nhận tài liệu đã ký."},
		"an array":        {`[true]`, "", "không nhận tài liệu đã ký."},
		"status in depth": {`{"Status":{"a":true}}`, "", "không nhận tài liệu đã ký."},
	} {
		t.Run(name, func(t *testing.T) {
			a := *a
			a.t = t
			a.office.mu.Lock()
			a.office.answer = func(string) string { return c.answer }
			a.office.mu.Unlock()
			r := a.call("SignPDF", `{"FileName":"`+document+`","FileUploadHandler":"`+a.office.handler()+`"}`)
			if c.server == "" {
				a.wantFailed(r, "SITE_PROBLEM", c.words)
				return
			}
			if *r.Status != 0 || string(r.FileServer) != c.server {
				t.Errorf("%+v, %s", r, r.FileServer)
			}
		})
	}
}

// TestNothingIsSigned: the person is not asked, or what he says is what happens.
func TestNothingIsSigned(t *testing.T) {
	asked := 0
	a := newAgent(t, setting{person: func(context.Context, signing.Question) (signing.Approval, error) {
		asked++
		return signing.Approval{}, nil
	}})
	document := a.office.put("/a.pdf", pdfOf(t, 1))
	other := newOffice(t)
	elsewhere := other.put("/a.pdf", pdfOf(t, 1))
	for name, c := range map[string]struct {
		document, handler string
		code, words       string
		asked             int
	}{
		"refused":                  {document, a.office.handler(), "REFUSED", "từ chối", 1},
		"no document":              {"", a.office.handler(), "NOT_SUPPORTED", "chọn tệp", 0},
		"absent":                   {a.office.URL + "/b.pdf", a.office.handler(), "SITE_PROBLEM", "Không tải được", 0},
		"no PDF":                   {a.office.put("/c.pdf", []byte("<html>")), a.office.handler(), "NOT_A_PDF", "PDF", 0},
		"empty":                    {a.office.put("/d.pdf", nil), a.office.handler(), "NOT_A_PDF", "PDF", 0},
		"too large":                {a.office.put("/e.pdf", make([]byte, 1<<20+1)), a.office.handler(), "SITE_PROBLEM", "lớn hơn mức cho phép", 0},
		"another site's document":  {elsewhere, a.office.handler(), "SITE_PROBLEM", "không thuộc trang web đang ký", 0},
		"another site's handler":   {document, other.handler(), "SITE_PROBLEM", "không thuộc trang web đang ký", 0},
		"no handler":               {document, "", "SITE_PROBLEM", "không dùng được", 0},
		"a file of this computer":  {"file:///etc/passwd", a.office.handler(), "SITE_PROBLEM", "không dùng được", 0},
		"what clouds tell":         {"http://169.254.169.254/latest/meta-data/", a.office.handler(), "SITE_PROBLEM", "", 0},
		"the agent's own listener": {"https://127.0.0.1:8987/GetCertInfo", a.office.handler(), "SITE_PROBLEM", "không thuộc trang web đang ký", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := *a
			a.t = t
			before := asked
			r := a.call("SignPDF", jsonText(t, map[string]any{"FileName": c.document, "FileUploadHandler": c.handler}))
			a.wantFailed(r, c.code, c.words)
			if asked-before != c.asked {
				t.Errorf("asked %d times", asked-before)
			}
		})
	}
	if len(a.office.taken())+len(other.taken()) != 0 || other.asked() != 0 {
		t.Errorf("%d uploads, %d questions to another site", len(a.office.taken()), other.asked())
	}
}

// TestListedHost: the administrator lets pages name another host.
func TestListedHost(t *testing.T) {
	files := newOffice(t)
	a := newAgent(t, setting{sites: func(o *fetch.SiteOptions) {
		o.Hosts = []string{strings.TrimPrefix(files.URL, "https://")}
		o.Roots.AddCert(files.Certificate())
	}})
	r := a.call("SignPDF", jsonText(t, map[string]any{"FileName": files.put("/a.pdf", pdfOf(t, 1)), "FileUploadHandler": a.office.handler()}))
	if *r.Status != 0 || len(a.office.taken()) != 1 {
		t.Errorf("%+v", r)
	}
}

// TestSeveralCertificates: a page's profile needs one, and somebody to choose it.
func TestSeveralCertificates(t *testing.T) {
	keys := &severalKeys{}
	for _, id := range []string{"a", "b"} {
		token, err := signingtest.NewToken(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		token.Identity.ID = id
		keys.tokens = append(keys.tokens, token)
	}
	question := func(a *agent) string {
		return `{"FileName":"` + a.office.put("/a.pdf", pdfOf(t, 1)) + `","FileUploadHandler":"` + a.office.handler() + `"}`
	}
	a := newAgent(t, setting{keys: keys})
	a.wantFailed(a.call("SignApproved", question(a)), "NO_CERTIFICATE", "nhiều chứng thư số")
	a.wantFailed(a.call("GetCertInfo", "get_cert_info"), "NO_CERTIFICATE", "nhiều chứng thư số")
	b := newAgent(t, setting{keys: keys, change: func(o *vgca.Options) { o.ChooseCertificate = chooses("b") }})
	if r := b.call("SignApproved", question(b)); *r.Status != 0 {
		t.Errorf("%+v", r)
	}
	if _, _, signs := keys.tokens[1].Counts(); signs != 1 {
		t.Errorf("the one chosen signed %d times", signs)
	}
}
