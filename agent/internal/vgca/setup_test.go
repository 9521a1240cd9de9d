package vgca_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/vgca"
	"kyso/agent/internal/vgca/localcert"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

// office is an e-office site as integrators of the incumbent write them: it gives
// out documents and takes them back at an upload handler.
type office struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string][]byte
	uploaded []upload
	answer   func(name string) string // of the handler; nil: it went well
	requests int
	page     func(http.ResponseWriter, *http.Request) bool // tells whether it has answered
}

type upload struct {
	Name   string
	Data   []byte
	Fields map[string][]string
	Header http.Header
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{files: map[string][]byte{}}
	o.Server = httptest.NewTLSServer(o)
	t.Cleanup(o.Close)
	return o
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	page := o.page
	o.mu.Unlock()
	if page != nil && page(w, r) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests++
	if r.URL.Path == "/upload.aspx" {
		o.take(w, r)
		return
	}
	data, ok := o.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Write(data)
}

func (o *office) take(w http.ResponseWriter, r *http.Request) {
	f, header, err := r.FormFile("uploadfile")
	if err != nil {
		fmt.Fprintf(w, `{"Status":false,"Message":%q,"FileName":"","FileServer":""}`, err)
		return
	}
	data, err := io.ReadAll(f)
	if err != nil {
		fmt.Fprintf(w, `{"Status":false,"Message":%q,"FileName":"","FileServer":""}`, err)
		return
	}
	if o.answer != nil {
		io.WriteString(w, o.answer(header.Filename))
		return
	}
	o.uploaded = append(o.uploaded, upload{header.Filename, data, r.MultipartForm.Value, r.Header})
	// As a .NET handler writes it.
	json.NewEncoder(w).Encode(map[string]any{"Status": true, "Message": "", "FileName": header.Filename, "FileServer": "/signed/" + header.Filename})
}

func (o *office) put(path string, data []byte) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.files[path] = data
	return o.URL + path
}

func (o *office) serve(page func(http.ResponseWriter, *http.Request) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.page = page
}

func (o *office) handler() string { return o.URL + "/upload.aspx" }

func (o *office) taken() []upload {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]upload(nil), o.uploaded...)
}

func (o *office) asked() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests
}

// allowed are sites that may ask.
type allowed []string

func (a allowed) Allowed(o origin.Origin) bool {
	for _, s := range a {
		if s == o.String() {
			return true
		}
	}
	return false
}

// agent is a listener, the person behind it, and the site whose pages ask.
type agent struct {
	t      *testing.T
	office *office
	server *vgca.Server
	roots  *x509.CertPool // with the CA of 127.0.0.1 alone
	ca     *x509.Certificate
	log    *bytes.Buffer
}

// setting says what an agent of a test is made of.
type setting struct {
	keys    signing.Keys
	person  signingtest.Person
	data    func(context.Context, signing.DataQuestion) (signing.Approval, error)
	anchors []*x509.Certificate
	change  func(*vgca.Options)
	sites   func(*fetch.SiteOptions)
}

func newAgent(t *testing.T, s setting) *agent {
	t.Helper()
	a := &agent{t: t, office: newOffice(t), log: &bytes.Buffer{}}
	if s.keys == nil {
		token, err := signingtest.NewToken(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		s.keys = token
	}
	if s.person == nil {
		s.person = signingtest.Agrees
	}
	if s.data == nil {
		s.data = agreesToData
	}
	store := trust.NewStore(s.anchors...)
	service, err := signing.New(signing.Options{Keys: s.keys, Approver: s.person, ApproveData: s.data, Clock: time.Now, AskTimeout: 20 * time.Second, MaxDocumentBytes: 1 << 20,
		Levels: &signing.Levels{Clock: time.Now, Anchors: func() *trust.Store { return store }}})
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.office.Certificate())
	so := fetch.SiteOptions{Roots: pool, MaxBytes: 1 << 20, TotalTime: 20 * time.Second, StallTime: 10 * time.Second}
	if s.sites != nil {
		s.sites(&so)
	}
	sites, err := fetch.NewSites(so)
	if err != nil {
		t.Fatal(err)
	}
	keeper := &localcert.Keeper{Dir: filepath.Join(t.TempDir(), "vgca"), Clock: time.Now}
	o := vgca.Options{
		Signing: service, Origins: allowed{a.office.URL}, Peer: func(_, _ netip.AddrPort) error { return nil }, Sites: sites,
		Certificate: keeper.Certificate, Policy: func() verify.Policy { return verify.Policy{Trust: store, At: time.Now()} },
		Version: "0.1.0-test", Port: vgca.AnyPort, MaxDocumentBytes: 1 << 20, SpoolDir: t.TempDir(),
	}
	if s.change != nil {
		s.change(&o)
	}
	if a.server, err = vgca.NewServer(o); err != nil {
		t.Fatal(err)
	}
	if err := a.server.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the listener does not end")
		}
	})
	if a.ca, err = keeper.CA(); err != nil {
		t.Fatal(err)
	}
	a.roots = x509.NewCertPool()
	a.roots.AddCert(a.ca)
	return a
}

func agreesToData(_ context.Context, q signing.DataQuestion) (signing.Approval, error) {
	return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("1234")}, nil
}

func (a *agent) dialer() *websocket.Dialer {
	return &websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: a.roots}, HandshakeTimeout: 20 * time.Second}
}

func (a *agent) url(method string) string {
	return fmt.Sprintf("wss://127.0.0.1:%d/%s", a.server.Port(), method)
}

// ask does what the incumbent's script does: open, send one text, take the first
// answer, close.
func (a *agent) ask(method, question string) string {
	a.t.Helper()
	ws, _, err := a.dialer().Dial(a.url(method), http.Header{"Origin": {a.office.URL}})
	if err != nil {
		a.t.Fatalf("%s: %v", method, err)
	}
	defer ws.Close()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(question)); err != nil {
		a.t.Fatal(err)
	}
	ws.SetReadDeadline(time.Now().Add(30 * time.Second))
	kind, answer, err := ws.ReadMessage()
	if err != nil || kind != websocket.TextMessage {
		a.t.Fatalf("%s: %d, %v", method, kind, err)
	}
	return string(answer)
}

// reply is every member that scripts look at, as loose as they take them.
type reply struct {
	Status              *int
	Message, Error      string
	Code                string
	FileName            string
	FileServer          json.RawMessage
	DocumentNumber      string
	DocumentDate        string
	Signature           string
	CustomSignatureText *string
	CertInfo            *struct{ Subject, Base64Data, ValidFrom, ValidTo, SerialNumber string }
	Files               []struct {
		FileID        string
		FileSignedURL json.RawMessage
		Status        int
		Message       string
	}
	Signatures []struct {
		SigInfo struct {
			SignerCert struct{ SerialNumber string }
			IsValid    bool
		}
		ValidationDetails struct {
			SignerCertStatus struct {
				Status      int
				Description string
			}
		}
	}
	Report *verify.Report
}

func (a *agent) call(method, question string) reply {
	a.t.Helper()
	text := a.ask(method, question)
	var r reply
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Status == nil {
		a.t.Fatalf("%s: %v\n%s", method, err, text)
	}
	return r
}

// wantFailed checks that an answer is no success and says why.
func (a *agent) wantFailed(r reply, code, words string) {
	a.t.Helper()
	if *r.Status == 0 || r.Code != code || !strings.Contains(r.Message, words) || r.Error != r.Message && len(r.Files) == 0 {
		a.t.Errorf("status %d, code %s, message %q, error %q; want %s and %q", *r.Status, r.Code, r.Message, r.Error, code, words)
	}
}

func pdfOf(t *testing.T, pages int) []byte {
	t.Helper()
	b, err := signingtest.PDF(pages)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signatures judges a PDF with our own engine.
func signatures(t *testing.T, data []byte) []verify.Signature {
	t.Helper()
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := signing.New(signing.Options{Keys: token, Approver: signingtest.Person(signingtest.Agrees), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Look(t.Context(), signing.Document{Name: "a.pdf", Data: bytes.NewReader(data), Size: int64(len(data))}, verify.Evidence{}, verify.Policy{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return r.Signatures
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
