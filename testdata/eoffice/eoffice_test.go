package eoffice_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"kyso/testdata/documents"
	"kyso/testdata/eoffice"
	"kyso/testdata/pki"
)

// browserFiles stands for what the build makes; only names and types matter
// here.
var browserFiles = fstest.MapFS{
	"client/kyso-client.js": {Data: []byte("export {};\n")},
	"verify/index.js":       {Data: []byte("export {};\n")},
	"verify/kyso.wasm":      {Data: []byte("\x00asm\x01\x00\x00\x00")},
	"page/index.html":       {Data: []byte("<!doctype html><title>Kiểm tra</title>")},
}

// One PKI serves all tests: keys cost time. Its base URL is nobody's, so no
// test here follows a certificate's addresses.
var sharedPKI = sync.OnceValues(func() (*pki.PKI, error) {
	return pki.New(pki.Options{BaseURL: "http://127.0.0.1:1/pki", Keys: pki.FastKeys})
})

// start runs a fresh site and returns its address.
func start(t *testing.T, change func(*eoffice.Options)) string {
	t.Helper()
	p, err := sharedPKI()
	if err != nil {
		t.Fatal(err)
	}
	o := eoffice.Options{PKI: p, Web: browserFiles, AgentPorts: []int{18987}}
	if change != nil {
		change(&o)
	}
	handler, err := eoffice.New(o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := eoffice.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	server := eoffice.NewServer(handler)
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String()
}

type request struct {
	method, url, host, origin, contentType string
	body                                   []byte
}

func do(t *testing.T, r request) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = r.host
	if r.origin != "" {
		req.Header.Set("Origin", r.origin)
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func get(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	return do(t, request{method: "GET", url: url})
}

// line is what the tests read of a document in the list.
type line struct {
	Name, Number, Date, Title string
	Pages, Size, Signings     int
	SavedAt                   *time.Time
}

func list(t *testing.T, site string) map[string]line {
	t.Helper()
	_, body := get(t, site+"/api/documents")
	var all []line
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatalf("list: %v: %s", err, body)
	}
	byName := map[string]line{}
	for _, l := range all {
		byName[l.Name] = l
	}
	return byName
}

func TestListAndDownload(t *testing.T) {
	site := start(t, nil)
	all := list(t, site)
	if len(all) != len(documents.All()) {
		t.Errorf("%d documents, want %d", len(all), len(documents.All()))
	}
	for _, d := range documents.All() {
		l := all[d.Name]
		if l.Number != d.Number || l.Title != d.Title || l.Pages != d.Pages || l.Signings != 0 || l.Date != d.Date.Format("2006-01-02") {
			t.Errorf("%s: %+v", d.Name, l)
		}
		resp, body := get(t, site+"/api/documents/"+d.Name)
		want, _ := documents.Open(d.Name)
		if !bytes.Equal(body, want) || resp.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%s: %d bytes of %s", d.Name, len(body), resp.Header.Get("Content-Type"))
		}
	}
	if resp, _ := get(t, site+"/api/documents/khong-co.pdf"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a document that is not there: %s", resp.Status)
	}
}

// The second signature is put on the first one's file, and nothing that was
// saved is rewritten.
func TestSavingOnlyAppends(t *testing.T) {
	site := start(t, nil)
	url := site + "/api/documents/" + documents.Letter
	original, _ := documents.Open(documents.Letter)
	first := append(bytes.Clone(original), "\n% chữ ký thứ nhất"...)
	second := append(bytes.Clone(first), "\n% chữ ký thứ hai"...)
	other := append(bytes.Clone(original), "\n% người khác ký cùng lúc, tệp dài hơn"...)
	steps := []struct {
		name   string
		body   []byte
		status int
		count  int
	}{
		{"the same file", original, http.StatusConflict, 0},
		{"first signature", first, http.StatusOK, 1},
		{"made beside the first", other, http.StatusConflict, 1},
		{"second signature", second, http.StatusOK, 2},
		{"back to the first", first, http.StatusConflict, 2},
		{"not a PDF", []byte("xin chào"), http.StatusUnsupportedMediaType, 2},
	}
	for _, step := range steps {
		resp, body := do(t, request{method: "PUT", url: url, body: step.body, contentType: "application/pdf", origin: site})
		if resp.StatusCode != step.status {
			t.Errorf("%s: %s %s, want %d", step.name, resp.Status, body, step.status)
		}
		if n := list(t, site)[documents.Letter].Signings; n != step.count {
			t.Errorf("%s: %d signings, want %d", step.name, n, step.count)
		}
	}
	if _, body := get(t, url); !bytes.Equal(body, second) {
		t.Error("the list does not hold the second version")
	}
	if resp, _ := do(t, request{method: "DELETE", url: url, origin: site}); resp.StatusCode != http.StatusOK {
		t.Errorf("reset: %s", resp.Status)
	}
	if _, body := get(t, url); !bytes.Equal(body, original) || list(t, site)[documents.Letter].Signings != 0 {
		t.Error("the document was not reset")
	}
}

// What a page in the incumbent's style sends, with and without the name as a
// form field, and what it is told.
func TestUploadHandler(t *testing.T) {
	site := start(t, func(o *eoffice.Options) { o.MaxDocumentBytes = 200 << 10 })
	original, _ := documents.Open(documents.Letter)
	signed := append(bytes.Clone(original), "\n% chữ ký"...)
	send := func(fields map[string]string, name string, data []byte) (status bool, message, server string) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for k, v := range fields {
			form.WriteField(k, v)
		}
		part, _ := form.CreateFormFile("uploadfile", name)
		part.Write(data)
		form.Close()
		resp, answer := do(t, request{method: "POST", url: site + "/kieu-cu/FileUploadHandler", body: body.Bytes(), contentType: form.FormDataContentType()})
		var a struct {
			Status                        *bool
			Message, FileName, FileServer string
		}
		if err := json.Unmarshal(answer, &a); err != nil || a.Status == nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s (%v)", resp.Status, answer, err)
		}
		return *a.Status, a.Message, a.FileServer
	}
	if ok, message, server := send(nil, documents.Letter, signed); !ok || message != "" || server != "/api/documents/"+documents.Letter {
		t.Errorf("named by the file: %v %q %q", ok, message, server)
	}
	if _, body := get(t, site+"/api/documents/"+documents.Letter); !bytes.Equal(body, signed) {
		t.Error("the signed document is not there")
	}
	if ok, message, _ := send(map[string]string{"document": documents.Letter}, "khac.pdf", append(signed, "\n% hai"...)); !ok {
		t.Errorf("named by a field: %q", message)
	}
	for name, data := range map[string][]byte{"khac.pdf": signed, documents.Letter: original, documents.Decision: []byte("x"), "lon.pdf": make([]byte, 400<<10)} {
		if ok, message, _ := send(nil, name, data); ok || message == "" {
			t.Errorf("%s: %v %q, want it refused with a message", name, ok, message)
		}
	}
	if _, page := get(t, site+"/kieu-cu.html"); !strings.Contains(string(page), `data-ports="18987"`) {
		t.Error("the page does not name the agent's port")
	}
}

func TestBounds(t *testing.T) {
	site := start(t, func(o *eoffice.Options) { o.MaxDocumentBytes = 200 << 10 })
	url := site + "/api/documents/" + documents.Letter
	current, _ := documents.Open(documents.Letter)
	large := append(bytes.Clone(current), make([]byte, 200<<10)...)
	resp, body := do(t, request{method: "PUT", url: url, body: large, contentType: "application/pdf"})
	if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), `"remedy"`) {
		t.Errorf("a document over the bound: %s %s", resp.Status, body)
	}
	last := 0
	for range 25 {
		current = append(bytes.Clone(current), "\n% thêm"...)
		resp, _ := do(t, request{method: "PUT", url: url, body: current, contentType: "application/pdf"})
		last = resp.StatusCode
	}
	if last != http.StatusInsufficientStorage {
		t.Errorf("the 25th saving: status %d, want it refused", last)
	}
}

func TestOnlyThisMachineAndThisPage(t *testing.T) {
	site := start(t, nil)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(site, "http://"))
	url := site + "/api/documents/" + documents.Letter
	for name, test := range map[string]struct {
		r    request
		want int
	}{
		"localhost":          {request{method: "GET", url: site, host: "localhost:" + port}, http.StatusOK},
		"IPv6":               {request{method: "GET", url: site, host: "[::1]:" + port}, http.StatusOK},
		"a name of somebody": {request{method: "GET", url: site, host: "127.0.0.1.example:" + port}, http.StatusMisdirectedRequest},
		"rebinding, the PKI": {request{method: "GET", url: site + "/pki/crl/sub.crl", host: "evil.example"}, http.StatusMisdirectedRequest},
		"foreign save":       {request{method: "PUT", url: url, origin: "https://evil.example", contentType: "application/pdf", body: []byte("%PDF-")}, http.StatusForbidden},
		"null origin":        {request{method: "DELETE", url: url, origin: "null"}, http.StatusForbidden},
		"another port":       {request{method: "DELETE", url: url, origin: "http://127.0.0.1:1"}, http.StatusForbidden},
		"own page":           {request{method: "DELETE", url: url, origin: site}, http.StatusOK},
	} {
		if resp, body := do(t, test.r); resp.StatusCode != test.want {
			t.Errorf("%s: %s %.80s, want %d", name, resp.Status, body, test.want)
		}
	}
}

func TestTrustAndLists(t *testing.T) {
	site := start(t, nil)
	p, _ := sharedPKI()
	_, body := get(t, site+"/api/trust")
	var trust struct {
		Anchors, Certificates []struct{ DER []byte }
		CRLs                  []string
	}
	if err := json.Unmarshal(body, &trust); err != nil {
		t.Fatal(err)
	}
	if len(trust.Anchors) != 1 || !bytes.Equal(trust.Anchors[0].DER, p.Root.Certificate.Raw) || !bytes.Equal(trust.Certificates[0].DER, p.SubCA.Certificate.Raw) {
		t.Errorf("trust: %s", body)
	}
	if len(trust.CRLs) != 2 {
		t.Fatalf("lists %v, want the sub CA's and the root's", trust.CRLs)
	}
	for _, path := range trust.CRLs {
		if resp, list := get(t, site+path); resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/pkix-crl" || len(list) == 0 {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestBrowserFiles(t *testing.T) {
	site := start(t, nil)
	for path, want := range map[string]string{
		"/":                           "text/html",
		"/app.js":                     "text/javascript",
		"/kieu-cu.html":               "text/html",
		"/kieu-cu.js":                 "text/javascript",
		"/app.css":                    "text/css",
		"/favicon.svg":                "image/svg+xml",
		"/kyso/client/kyso-client.js": "text/javascript",
		"/kyso/verify/kyso.wasm":      "application/wasm",
		"/verify/":                    "text/html",
	} {
		resp, _ := get(t, site+path)
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, %q, want %q", path, resp.Status, got, want)
		}
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self' 'wasm-unsafe-eval';") || strings.Contains(policy, "unsafe-inline") || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, resp.Header)
		}
	}
	bare := start(t, func(o *eoffice.Options) { o.Web = nil })
	if resp, _ := get(t, bare+"/kyso/client/kyso-client.js"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("without browser files: %s", resp.Status)
	}
	if _, body := get(t, bare+"/api/config"); !strings.Contains(string(body), `"citizenPage":false`) {
		t.Errorf("config: %s", body)
	}
}

func TestPageHasNothingInline(t *testing.T) {
	site := start(t, nil)
	_, page := get(t, site)
	_, old := get(t, site+"/kieu-cu.html")
	page = append(page, old...)
	for _, pattern := range []string{`<style`, `\sstyle=`, `\son\w+=`, `<script(?:(?:[^>]*\ssrc=)?)[^>]*>[^<]`, `javascript:`, `https?://`} {
		if m := regexp.MustCompile(pattern).Find(page); m != nil {
			t.Errorf("the page holds %q", m)
		}
	}
}
