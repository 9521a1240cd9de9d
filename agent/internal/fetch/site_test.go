package fetch_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/origin"
)

// site is an https server on loopback with a test certificate, which is good for
// example.com too. It counts what arrives.
type site struct {
	*httptest.Server
	origin   origin.Origin
	requests atomic.Int32
}

func newSite(t *testing.T, h http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	s.origin = parseOrigin(t, s.URL)
	return s
}

func parseOrigin(t *testing.T, text string) origin.Origin {
	t.Helper()
	o, err := origin.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (s *site) options() fetch.SiteOptions {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return fetch.SiteOptions{Roots: pool, TotalTime: 20 * time.Second, StallTime: 10 * time.Second}
}

func newSites(t *testing.T, o fetch.SiteOptions) *fetch.Sites {
	t.Helper()
	s, err := fetch.NewSites(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantCode(t *testing.T, err error, want fetch.Code) {
	t.Helper()
	var e *fetch.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func download(t *testing.T, s *fetch.Sites, from origin.Origin, address string) (string, []byte, error) {
	t.Helper()
	var b bytes.Buffer
	name, _, err := s.Download(t.Context(), from, address, fetch.Credentials{}, &b)
	return name, b.Bytes(), err
}

func TestDownload(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 || r.Header.Get("Authorization") != "" || r.Header.Get("Origin") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("headers %v", r.Header)
		}
		switch r.URL.Path {
		case "/hop":
			http.Redirect(w, r, "/files/c%C3%B4ng%20v%C4%83n.pdf?token=1", http.StatusFound)
		case "/named":
			w.Header().Set("Content-Disposition", `attachment; filename*=UTF-8''quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh.pdf`)
			io.WriteString(w, "named")
		default:
			io.WriteString(w, r.URL.RawQuery)
		}
	})
	sites := newSites(t, s.options())
	for address, want := range map[string][2]string{
		"/files/a.pdf?token=x%2Fy#f":   {"a.pdf", "token=x%2Fy"},
		"/a b/công văn.pdf?q=tờ trình": {"công văn.pdf", "q=t%E1%BB%9D%20tr%C3%ACnh"},
		"/hop":                         {"công văn.pdf", "token=1"},
		"/named":                       {"quyết định.pdf", "named"},
	} {
		name, data, err := download(t, sites, s.origin, s.URL+address)
		if err != nil || name != want[0] || string(data) != want[1] {
			t.Errorf("%s: %q, %q, %v", address, name, data, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	var got http.Header
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	sites := newSites(t, s.options())
	_, _, err := sites.Download(t.Context(), s.origin, s.URL, fetch.Credentials{Bearer: "a.b-c_d~e+f/=", Cookie: "ASP.NET_SessionId", Session: "xyz"}, io.Discard)
	if err != nil || got.Get("Authorization") != "Bearer a.b-c_d~e+f/=" || got.Get("Cookie") != "ASP.NET_SessionId=xyz" {
		t.Errorf("%v, %v", got, err)
	}
	s.requests.Store(0)
	for name, c := range map[string]fetch.Credentials{
		"a header":        {Bearer: "a\r\nX-Admin: 1"},
		"another cookie":  {Cookie: "sid", Session: "a; admin=1"},
		"other letters":   {Bearer: "á"},
		"without an end":  {Bearer: strings.Repeat("a", 9000)},
		"a quoted cookie": {Cookie: "sid", Session: `"a"`},
	} {
		_, _, err := sites.Download(t.Context(), s.origin, s.URL, c, io.Discard)
		t.Run(name, func(t *testing.T) { wantCode(t, err, fetch.Unsupported) })
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestSiteForbidden: a page makes the agent open its own site and nothing else,
// however it spells the address.
func TestSiteForbidden(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "inside") })
	port := s.URL[strings.LastIndexByte(s.URL, ':')+1:]
	page := parseOrigin(t, "https://eoffice.example:"+port)
	o := s.options()
	o.Hosts = []string{"files.example:" + port}
	o.Resolver = resolver(t, netip.MustParseAddr("127.0.0.1"))
	sites := newSites(t, o)
	for _, c := range []struct {
		address string
		want    fetch.Code
	}{
		{"http://eoffice.example:" + port + "/a.pdf", fetch.BadURL}, // https to http
		{"https://eoffice.example/a.pdf", fetch.Forbidden},          // another port
		{"https://eoffice.example:1" + port + "/", fetch.BadURL},    // no port at all
		{"https://eoffice.example.evil.example:" + port, fetch.Forbidden},
		{"https://evil-eoffice.example:" + port, fetch.Forbidden},
		{"https://eoffice.example.:" + port, fetch.BadURL},
		{"https://eoffice.example:" + port + "@evil.example/", fetch.BadURL},
		{"https://eoffice.example@127.0.0.1:" + port, fetch.BadURL},
		{"https://evil.example\\@eoffice.example:" + port, fetch.BadURL},
		{"https://eoffice.example:" + port + "\t/", fetch.BadURL},
		{"https://eoffice.example:" + port + "\r\nHost: evil", fetch.BadURL},
		{"https://еoffice.example:" + port, fetch.BadURL}, // a Cyrillic letter
		{"https://eoffice.example :" + port, fetch.BadURL},
		{" https://eoffice.example:" + port, fetch.BadURL},
		{"https://eoffice.example%20:" + port, fetch.BadURL},
		{"https://127.0.0.1:" + port, fetch.Forbidden},
		{"https://localhost:" + port, fetch.Forbidden},
		{"https://[::1]:" + port, fetch.Forbidden},
		{"https://[::ffff:127.0.0.1]:" + port, fetch.BadURL},
		{"https://2130706433:" + port, fetch.BadURL},
		{"https://0x7f.1:" + port, fetch.BadURL},
		{"https://169.254.169.254/latest/meta-data/", fetch.Forbidden},
		{"https://metadata.google.internal/", fetch.Forbidden},
		{"http://169.254.169.254/latest/meta-data/", fetch.BadURL},
		{"file:///etc/passwd", fetch.BadURL},
		{"file://eoffice.example:" + port + "/etc/passwd", fetch.BadURL},
		{"ftp://eoffice.example:" + port, fetch.BadURL},
		{"gopher://eoffice.example:" + port, fetch.BadURL},
		{"//eoffice.example:" + port, fetch.BadURL},
		{"/a.pdf", fetch.BadURL},
		{"data:application/pdf;base64,AAAA", fetch.BadURL},
		{"https:eoffice.example", fetch.BadURL},
		{"https://", fetch.BadURL},
		{"", fetch.BadURL},
		{"https://eoffice.example:" + port + "/" + strings.Repeat("a", 9000), fetch.BadURL},
		// The right names, whose address is this machine's (rebinding).
		{"https://eoffice.example:" + port + "/a.pdf", fetch.Forbidden},
		{"https://files.example:" + port + "/a.pdf", fetch.Forbidden},
	} {
		t.Run(c.address[:min(len(c.address), 50)], func(t *testing.T) {
			_, _, err := download(t, sites, page, c.address)
			wantCode(t, err, c.want)
			_, err = sites.Upload(t.Context(), page, c.address, fetch.Credentials{}, fetch.Upload{Name: "a.pdf", Data: strings.NewReader("x"), Size: 1})
			wantCode(t, err, c.want)
		})
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestNeverSite(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "0.0.0.0": true, "::": true, "169.254.169.254": true, "169.254.0.1": true,
		"::ffff:127.0.0.1": true, "::ffff:169.254.169.254": true, "64:ff9b::7f00:1": true, "64:ff9b::a9fe:a9fe": true, "2002:7f00:1::": true,
		"fe80::1": true, "fe80::1%eth0": true, "ff02::1": true, "224.0.0.1": true, "255.255.255.255": true, "100.100.100.200": true,
		"168.63.129.16": true, "fd00:ec2::254": true, "::7f00:1": true, "::ffff:0:a9fe:a9fe": true, "64:ff9b:1::a9fe:a9fe": true, "64:ff9b:1:a9fe:a9:fe00::": true,
		"10.20.30.40": false, "192.168.1.1": false, "172.16.0.1": false, "100.64.0.1": false, "fd12:3456::1": false, "113.160.1.1": false, "2405:4800::1": false,
		"64:ff9b::a14:1e28": false, "2002:a14:1e28::": false,
	} {
		if got := fetch.NeverSite(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// TestRebinding: the name is looked up once; what the server of names says a
// moment later leads nowhere.
func TestRebinding(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "inside") })
	port := s.URL[strings.LastIndexByte(s.URL, ':')+1:]
	o := s.options()
	// 192.0.2.1 answers nobody (RFC 5737).
	var asked atomic.Int32
	o.Resolver = changingResolver(t, func() netip.Addr {
		if asked.Add(1) == 1 {
			return netip.MustParseAddr("192.0.2.1")
		}
		return netip.MustParseAddr("127.0.0.1")
	})
	o.TotalTime = 2 * time.Second
	_, _, err := download(t, newSites(t, o), parseOrigin(t, "https://example.com:"+port), "https://example.com:"+port)
	if err == nil || s.requests.Load() != 0 || asked.Load() != 1 {
		t.Errorf("error %v, %d requests, %d questions", err, s.requests.Load(), asked.Load())
	}
}

func TestSiteRedirects(t *testing.T) {
	other := newSite(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "another site's") })
	plain := httptest.NewServer(other.Config.Handler)
	t.Cleanup(plain.Close)
	otherPort := other.URL[strings.LastIndexByte(other.URL, ':'):]
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/to":
			w.Header().Set("Location", r.URL.Query().Get("u"))
			w.WriteHeader(http.StatusTemporaryRedirect)
		case "/1", "/2", "/3", "/4":
			http.Redirect(w, r, fmt.Sprintf("/%d", r.URL.Path[1]-'0'-1), http.StatusFound)
		default:
			io.WriteString(w, "end")
		}
	})
	sites := newSites(t, s.options())
	for _, to := range []string{other.URL, plain.URL, "https://localhost" + otherPort, strings.Replace(s.URL, "https", "http", 1), "https://169.254.169.254/",
		"file:///etc/passwd", strings.Replace(s.URL, "https://", "https://a:b@", 1), "//evil.example/"} {
		_, _, err := download(t, sites, s.origin, s.URL+"/to?u="+url.QueryEscape(to))
		wantCode(t, err, fetch.Redirect)
	}
	if _, data, err := download(t, sites, s.origin, s.URL+"/3"); err != nil || string(data) != "end" {
		t.Errorf("three hops: %q, %v", data, err)
	}
	_, _, err := download(t, sites, s.origin, s.URL+"/4")
	wantCode(t, err, fetch.Redirect)
	_, err = sites.Upload(t.Context(), s.origin, s.URL+"/1", fetch.Credentials{}, fetch.Upload{Name: "a.pdf", Data: strings.NewReader("x"), Size: 1})
	wantCode(t, err, fetch.Redirect)
	if n := other.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestHostileSites(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   fetch.Code
	}{
		"announces too much": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "99999999999") }, fetch.TooLarge},
		"sends too much": {func(w http.ResponseWriter, _ *http.Request) {
			for range 40 {
				w.Write(make([]byte, 64<<10))
				w.(http.Flusher).Flush()
			}
		}, fetch.TooLarge},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "gzip") }, fetch.NotAsked},
		"not found":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, fetch.Status},
		"stalls": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "%PDF")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, fetch.Timeout},
		"trickles": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte{'%'}); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, fetch.Timeout},
		"says nothing": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, fetch.Timeout},
		"long header":  {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("a", 64<<10)) }, fetch.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.answer)
			o := s.options()
			o.MaxBytes = 1 << 20
			if c.want == fetch.Timeout {
				o.StallTime, o.TotalTime = time.Second, 3*time.Second
			}
			_, _, err := download(t, newSites(t, o), s.origin, s.URL)
			wantCode(t, err, c.want)
			s.CloseClientConnections()
		})
	}
}

// A site whose certificate nobody vouches for is not spoken to.
func TestSiteCertificate(t *testing.T) {
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	s.Config.ErrorLog = nil
	_, _, err := download(t, newSites(t, fetch.SiteOptions{Roots: x509.NewCertPool()}), s.origin, s.URL)
	wantCode(t, err, fetch.Unreachable)
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestUpload(t *testing.T) {
	document := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.ContentLength <= int64(len(document)) || len(r.TransferEncoding) > 0 {
			t.Errorf("%s, %d bytes, %v", r.Method, r.ContentLength, r.TransferEncoding)
		}
		if err := r.ParseMultipartForm(1 << 22); err != nil {
			t.Error(err)
			return
		}
		f, header, err := r.FormFile("uploadfile")
		if err != nil {
			t.Error(err)
			return
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, document) || header.Filename != `công "văn".pdf` || header.Header.Get("Content-Type") != "application/pdf" || r.FormValue("token") != "a\r\nb" {
			t.Errorf("%d bytes, %q, %v, %v, %q", len(got), header.Filename, header.Header, err, r.FormValue("token"))
		}
		io.WriteString(w, `{"Status":true}`)
	})
	sites := newSites(t, s.options())
	answer, err := sites.Upload(t.Context(), s.origin, s.URL+"/up", fetch.Credentials{}, fetch.Upload{
		Fields: []fetch.Field{{Key: "token", Value: "a\r\nb"}}, Name: `công "văn".pdf`, Data: bytes.NewReader(document), Size: int64(len(document)),
	})
	if err != nil || string(answer) != `{"Status":true}` {
		t.Errorf("%q, %v", answer, err)
	}
	s.requests.Store(0)
	for name, fields := range map[string][]fetch.Field{
		"a second document": {{Key: "uploadfile", Value: "x"}},
		"a header":          {{Key: "a\r\nX: y", Value: "x"}},
		"no key":            {{Value: "x"}},
		"too many":          make([]fetch.Field, 65),
		"too long":          {{Key: "a", Value: strings.Repeat("a", 65<<10)}},
	} {
		_, err := sites.Upload(t.Context(), s.origin, s.URL, fetch.Credentials{}, fetch.Upload{Fields: fields, Name: "a.pdf", Data: strings.NewReader("x"), Size: 1})
		t.Run(name, func(t *testing.T) { wantCode(t, err, fetch.Unsupported) })
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestSlowUpload: an upload that goes on has no stall, though nothing is
// answered meanwhile.
func TestSlowUpload(t *testing.T) {
	size := int64(24 << 20) // far more than the buffers of loopback
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		for range 24 {
			if _, err := io.CopyN(io.Discard, r.Body, size/60); err != nil {
				return
			}
			time.Sleep(200 * time.Millisecond)
		}
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "ok")
	})
	o := s.options()
	o.StallTime = 3 * time.Second
	began := time.Now()
	answer, err := newSites(t, o).Upload(t.Context(), s.origin, s.URL, fetch.Credentials{}, fetch.Upload{Name: "a.pdf", Data: bytes.NewReader(make([]byte, size)), Size: size})
	if err != nil || string(answer) != "ok" {
		t.Errorf("%q, %v, after %s", answer, err, time.Since(began))
	}
	if time.Since(began) < 4*time.Second {
		t.Errorf("the server took only %s: this shows nothing", time.Since(began))
	}
}

// TestSiteProxy: the proxy is asked to connect, and gets none of the page's
// secrets.
func TestSiteProxy(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "through") })
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		asked.Store(r.Host)
		to, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer to.Close()
		// The server may have read ahead what follows the request.
		conn, read, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(to, read)
		io.Copy(conn, to)
	}))
	t.Cleanup(proxy.Close)
	o := s.options()
	o.Proxy = proxy.URL
	sites := newSites(t, o)
	var b bytes.Buffer
	_, _, err := sites.Download(t.Context(), parseOrigin(t, "https://example.com"), "https://example.com/a", fetch.Credentials{Bearer: "secret", Cookie: "a", Session: "b"}, &b)
	if err != nil || b.String() != "through" || asked.Load() != "example.com:443" {
		t.Errorf("%q, %v, asked for %v", b.String(), err, asked.Load())
	}
	_, _, err = download(t, sites, parseOrigin(t, "https://169.254.169.254"), "https://169.254.169.254/")
	wantCode(t, err, fetch.Forbidden)
}

// changingResolver is resolver with an address for each question about IPv4.
func changingResolver(t *testing.T, next func() netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			address := netip.Addr{}
			if bytes.Contains(buf[:n], []byte{0, 0, 1, 0, 1}) { // the end of a name, A, IN
				address = next()
			}
			conn.WriteTo(answerDNS(buf[:n], address), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("udp", conn.LocalAddr().String())
	}}
}

func TestSiteCanceled(t *testing.T) {
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, _, err := newSites(t, s.options()).Download(ctx, s.origin, s.URL, fetch.Credentials{}, io.Discard)
	wantCode(t, err, fetch.Canceled)
	s.CloseClientConnections()
}

// FuzzSiteAddress: whatever is let through is on the page's origin.
func FuzzSiteAddress(f *testing.F) {
	page, err := origin.Parse("https://eoffice.example:8443")
	if err != nil {
		f.Fatal(err)
	}
	sites, err := fetch.NewSites(fetch.SiteOptions{})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"https://eoffice.example:8443/a?b#c", "https://EOFFICE.example:8443", "https://eoffice.example:8443@evil", "https://eoffice.example%2eevil:8443/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if sites.Check(page, address) != nil {
			return
		}
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			return
		}
		if !strings.EqualFold(r.URL.Scheme, "https") || !strings.EqualFold(r.URL.Host, "eoffice.example:8443") || r.URL.User != nil {
			t.Errorf("%q leads to %s %s", address, r.URL.Scheme, r.URL.Host)
		}
	})
}
