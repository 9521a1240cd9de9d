package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/signature/verify"
)

func TestIsPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "113.160.1.1": true, "172.32.0.1": true, "100.128.0.1": true, "2405:4800::1": true, "2606:4700::1": true,
		"64:ff9b::808:808": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.255.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false,
		"192.0.2.1": false, "::": false, "::1": false, "fe80::1": false, "fc00::1": false, "fd12:3456::1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::7f00:1": false, "2002:7f00:1::": false, "2001:0:1::1": false,
		"2001:db8::1": false, "64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::1": false, "fe80::1%eth0": false, "fec0::1": false,
	} {
		if got := fetch.IsPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// TestForbidden: with the rules as they are by default, nothing of this is
// opened, however it is spelled.
func TestForbidden(t *testing.T) {
	s := pkiServer(t)
	port := fmt.Sprint(s.port(t))
	f := newFetcher(t, fetch.Options{Ports: []int{s.port(t)}})
	for _, c := range []struct {
		url  string
		want fetch.Code
	}{
		{s.URL, fetch.Forbidden},
		{"http://localhost:" + port, fetch.Forbidden},
		{"http://LocalHost:" + port, fetch.Forbidden},
		{"http://[::1]:" + port, fetch.Forbidden},
		{"http://[::ffff:127.0.0.1]:" + port, fetch.Forbidden},
		{"http://169.254.169.254/latest/meta-data", fetch.Forbidden},
		{"http://10.0.0.1", fetch.Forbidden},
		{"http://[fe80::1%25lo]:" + port, fetch.Forbidden},
		{"http://8.8.8.8:22", fetch.Forbidden},
		{"http://2130706433:" + port, fetch.BadURL},
		{"http://127.1:" + port, fetch.BadURL},
		{"http://0x7f.0.0.1:" + port, fetch.BadURL},
		{"http://0177.0.0.1:" + port, fetch.BadURL},
		{"http://a.0x7f000001:" + port, fetch.BadURL},
		{"http://user:secret@a.example", fetch.BadURL},
		{"http://a.example\x00", fetch.BadURL},
		{"http://①②⑦.⓪.⓪.①:" + port, fetch.BadURL},
		{"http:a.example", fetch.BadURL},
		{"http://", fetch.BadURL},
		{"http://a.example/" + strings.Repeat("x", 3000), fetch.BadURL},
	} {
		t.Run(c.url[:min(len(c.url), 40)], func(t *testing.T) {
			_, errs := gather(t, f, issuerOf(person(), c.url))
			wantCodes(t, errs, c.want)
		})
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestAllowedByName: a host named by the administrator may have any address;
// others of that address may not.
func TestAllowedByName(t *testing.T) {
	s := pkiServer(t)
	o := loopback(t, s)
	o.AllowPrivate = []string{"LocalHost"}
	f := newFetcher(t, o)
	ev, errs := gather(t, f, issuerOf(person(), fmt.Sprintf("http://localhost:%d/ca/sub.crt", s.port(t))))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 0, 1)
	_, errs = gather(t, f, issuerOf(person(), s.URL+"/ca/sub.crt"))
	wantCodes(t, errs, fetch.Forbidden)
}

// TestNameThatLeadsInside: nothing about the name shows that its address is
// private; the address the connection is made to does.
func TestNameThatLeadsInside(t *testing.T) {
	s := pkiServer(t)
	o := fetch.Options{Ports: []int{s.port(t)}, Resolver: resolver(t, netip.MustParseAddr("127.0.0.1"))}
	url := fmt.Sprintf("http://ca.gov.example:%d/ca/sub.crt", s.port(t))
	_, errs := gather(t, newFetcher(t, o), issuerOf(person(), url))
	wantCodes(t, errs, fetch.Forbidden)
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
	// The name server works: with leave, the same name is reached.
	o.AllowPrivate = []string{"127.0.0.1"}
	o.Resolver = resolver(t, netip.MustParseAddr("127.0.0.1"))
	ev, errs := gather(t, newFetcher(t, o), issuerOf(person(), url))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 0, 1)
}

// resolver asks a name server on loopback that gives every name this address.
func resolver(t *testing.T, address netip.Addr) *net.Resolver {
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
			conn.WriteTo(answerDNS(buf[:n], address), from)
		}
	}()
	return &net.Resolver{PreferGo: true, StrictErrors: false, Dial: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("udp", conn.LocalAddr().String())
	}}
}

// answerDNS answers an A question with address, and others with nothing
// (RFC 1035 4.1).
func answerDNS(query []byte, address netip.Addr) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	isA := query[end-4] == 0 && query[end-3] == 1
	out := append([]byte(nil), query[:end]...)
	out[2], out[3] = 0x84, 0 // an authoritative answer
	copy(out[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})
	if isA {
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		out = append(out, address.AsSlice()...)
	}
	return out
}

// TestRedirects: each hop is looked at like the first.
func TestRedirects(t *testing.T) {
	inside := pkiServer(t) // 127.0.0.1, not allowed below
	var s *server
	mux := http.NewServeMux()
	redirect := func(path, to string, code int) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, code) })
	}
	redirect("/loop", "/loop", http.StatusFound)
	redirect("/inside", inside.URL+"/ca/sub.crt", http.StatusMovedPermanently)
	redirect("/metadata", "http://169.254.169.254/", http.StatusFound)
	redirect("/file", "file:///etc/passwd", http.StatusFound)
	redirect("/port", "http://localhost:22/", http.StatusFound)
	redirect("/secret", "http://user:secret@localhost/", http.StatusFound)
	redirect("/good", "/again", http.StatusFound)
	redirect("/again", "/ca/sub.crt", http.StatusPermanentRedirect)
	redirect("/drop", "/ocsp", http.StatusFound)
	redirect("/keep", "/ocsp", http.StatusTemporaryRedirect)
	mux.HandleFunc("/ca/sub.crt", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			t.Error("the redirect tells where it comes from")
		}
		world().Handler().ServeHTTP(w, r)
	})
	mux.HandleFunc("/ocsp", world().Handler().ServeHTTP)
	s = serve(t, mux)
	o := fetch.Options{AllowPrivate: []string{"localhost"}, Ports: []int{s.port(t), inside.port(t)}}
	f := newFetcher(t, o)
	base := fmt.Sprintf("http://localhost:%d", s.port(t))
	for path, want := range map[string]fetch.Code{
		"/loop": fetch.Redirect, "/inside": fetch.Forbidden, "/metadata": fetch.Forbidden, "/file": fetch.BadURL,
		"/port": fetch.Forbidden, "/secret": fetch.BadURL,
	} {
		_, errs := gather(t, f, issuerOf(person(), base+path))
		t.Log(path)
		wantCodes(t, errs, want)
	}
	ev, errs := gather(t, f, issuerOf(person(), base+"/good"))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 0, 1)
	// A question that becomes a GET is none; one that stays is.
	_, errs = gather(t, f, status(person(), []string{base + "/drop"}, nil))
	wantCodes(t, errs, fetch.Redirect)
	ev, errs = gather(t, f, status(person(), []string{base + "/keep"}, nil))
	wantCodes(t, errs)
	wantCounts(t, ev, 1, 0, 0)
	if n := inside.requests.Load(); n != 0 {
		t.Errorf("%d requests went inside", n)
	}
}

// TestHostileAnswers: each ends soon, with little memory, and with its code.
func TestHostileAnswers(t *testing.T) {
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	io.Copy(z, io.LimitReader(zeros{}, 64<<20))
	z.Close()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    fetch.Code
	}{
		"endless": {func(w http.ResponseWriter, r *http.Request) { io.Copy(w, zeros{}) }, fetch.TooLarge},
		"announces much": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "99999999999")
			w.Write([]byte("x"))
		}, fetch.TooLarge},
		"drips": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, fetch.Timeout},
		"silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, fetch.Timeout},
		"huge header": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}, fetch.Unreachable},
		"many headers": {func(w http.ResponseWriter, r *http.Request) {
			for i := range 10000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), "x")
			}
		}, fetch.Unreachable},
		"bomb": {func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "" {
				t.Error("compression was asked for")
			}
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		}, fetch.NotAsked},
		"breaks off": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte("x"))
		}, fetch.Unreachable},
		"no HTTP": {func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Write([]byte("SSH-2.0-x\r\n"))
				conn.Close()
			}
		}, fetch.Unreachable},
		"empty": {func(w http.ResponseWriter, r *http.Request) {}, fetch.NotAsked},
		"500":   {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, fetch.Status},
		"204":   {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, fetch.Status},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.handler)
			o := loopback(t, s)
			o.RequestTime = time.Second
			f := newFetcher(t, o)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, errs := gather(t, f, issuerOf(person(), s.URL))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
				t.Errorf("it took %d bytes", used)
			}
			wantCodes(t, errs, c.want)
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestBudget: a document that names an address for each of very many
// certificates is cut off, in total and for one host.
func TestBudget(t *testing.T) {
	var servers []*server
	for range 4 {
		servers = append(servers, serve(t, http.HandlerFunc(http.NotFound)))
	}
	f := newFetcher(t, loopback(t, servers...))
	one := func(servers []*server) (sent, refused int) {
		for _, s := range servers {
			s.requests.Store(0)
		}
		var missing []verify.Missing
		for i := range 90 {
			s := servers[i%len(servers)]
			missing = append(missing, issuerOf(person(), fmt.Sprintf("%s/%d", s.URL, i)))
		}
		_, errs := gather(t, f, missing...)
		for _, err := range errs {
			if strings.Contains(err.Error(), "too many downloads") {
				refused++
			}
		}
		for _, s := range servers {
			sent += int(s.requests.Load())
		}
		return sent, refused
	}
	if sent, refused := one(servers[:1]); sent != fetch.MaxPerHost || refused != 90-fetch.MaxPerHost {
		t.Errorf("one host: %d sent, %d refused", sent, refused)
	}
	if sent, refused := one(servers); sent != fetch.MaxRequests || refused != 90-fetch.MaxRequests {
		t.Errorf("four hosts: %d sent, %d refused", sent, refused)
	}
}

// TestSilentHost: a host that does not answer costs its timeout once.
func TestSilentHost(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	o := loopback(t, s)
	o.RequestTime = 300 * time.Millisecond
	d := newFetcher(t, o).Document()
	for i := range 3 {
		_, errs := d.Gather(t.Context(), []verify.Missing{issuerOf(person(), fmt.Sprintf("%s/%d", s.URL, i))})
		wantCodes(t, errs, fetch.Timeout)
	}
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestTotalTime bounds all rounds together.
func TestTotalTime(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	o := loopback(t, s)
	o.TotalTime = 300 * time.Millisecond
	start := time.Now()
	d := newFetcher(t, o).Document()
	for i := range 2 {
		_, errs := d.Gather(t.Context(), []verify.Missing{issuerOf(person(), fmt.Sprintf("%s/%d", s.URL, i))})
		wantCodes(t, errs, fetch.Timeout)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestRules: what cannot be meant is refused at the start.
func TestRules(t *testing.T) {
	for _, entry := range []string{"", "*", "*.gov.vn", "http://a.example", "a.example:8080", "10.0.0.0/33", "fe80::1%eth0", "127.1", "a b", "."} {
		if _, err := fetch.New(fetch.Options{AllowPrivate: []string{entry}}); err == nil {
			t.Errorf("%q was taken", entry)
		}
	}
	for _, proxy := range []string{"proxy.example:3128", "socks5://a.example", "http://user:pw@a.example", "http://", "http://a.example/path"} {
		_, err := fetch.New(fetch.Options{Proxy: proxy})
		if err == nil {
			t.Errorf("%q was taken", proxy)
		} else if strings.Contains(err.Error(), "pw") {
			t.Error("the password is repeated")
		}
	}
	if _, err := fetch.New(fetch.Options{Ports: []int{70000}}); err == nil {
		t.Error("port 70000 was taken")
	}
}

// TestProxy: the environment's is not used, the administrator's is, and hosts
// he names as private are reached past it.
func TestProxy(t *testing.T) {
	proxy := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "ca.gov.example" {
			t.Errorf("the proxy was asked for %v", r.URL)
		}
		world().Handler().ServeHTTP(w, r)
	}))
	s := pkiServer(t)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	ev, errs := gather(t, newFetcher(t, loopback(t, s)), issuerOf(person(), s.URL+"/ca/sub.crt"))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 0, 1)
	if n := proxy.requests.Load(); n != 0 {
		t.Error("the environment's proxy was used")
	}

	o := fetch.Options{Proxy: proxy.URL, Ports: []int{s.port(t)}, AllowPrivate: []string{"localhost"}}
	f := newFetcher(t, o)
	ev, errs = gather(t, f, issuerOf(person(), "http://ca.gov.example/ca/sub.crt"))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 0, 1)
	ev, errs = gather(t, f, issuerOf(person(), fmt.Sprintf("http://localhost:%d/ca/sub.crt", s.port(t))))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 0, 1)
	if p, n := proxy.requests.Load(), s.requests.Load(); p != 1 || n != 2 {
		t.Errorf("%d requests by the proxy, %d directly", p, n)
	}
	// The proxy is not asked to look inside its own network.
	o.AllowPrivate = nil
	f = newFetcher(t, o)
	for _, url := range []string{"http://localhost/", "http://a.localhost/", "http://intranet/", "http://intranet./", "http://127.0.0.1/", "http://10.0.0.1/", "http://[::1]/"} {
		_, errs = gather(t, f, issuerOf(person(), url))
		wantCodes(t, errs, fetch.Forbidden)
	}
}
