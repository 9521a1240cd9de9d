package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"kyso/agent/internal/origin"
)

// SiteOptions say how documents are exchanged with the sites of pages. The zero
// value speaks with the calling site alone, directly.
type SiteOptions struct {
	// Hosts may be named by any allowed page, beside its own site: "host" or
	// "host:port", over https.
	Hosts []string
	// Proxy is as in Options; Direct lists the host names, spelled exactly,
	// addresses and networks that are reached past it.
	Proxy  string
	Direct []string
	// MaxBytes bounds a document. Zero means 256 MiB.
	MaxBytes int64
	// TotalTime bounds one exchange, StallTime the time without a byte of it.
	// Zero means five minutes and one minute.
	TotalTime, StallTime time.Duration
	// Roots are the CAs of the sites. Nil means the system's.
	Roots *x509.CertPool
	// Resolver looks up names. Nil means the system's.
	Resolver *net.Resolver
}

// Sites gets documents from the site that a page belongs to and puts signed ones
// back, on the page's word. It never leaves the page's origin but for the hosts
// the administrator named, and never carries anything of this machine's: no
// cookie, password or client certificate.
type Sites struct {
	o      SiteOptions
	direct rules
	proxy  *url.URL
}

// Credentials are what the page gave for the exchange; all may be empty.
type Credentials struct {
	Bearer string // Authorization: Bearer
	// Cookie is the name, Session the value of one cookie.
	Cookie, Session string
}

const (
	// maxSiteURL bounds a page's address: integrators put tokens of some KiB into
	// the query.
	maxSiteURL = 8 << 10
	// maxCredential bounds a token; Kerberos makes the longest, which no page has.
	maxCredential = 8 << 10
	// maxSiteAnswer bounds what an upload handler says: a few names.
	maxSiteAnswer   = 64 << 10
	maxSiteRequests = 1 + maxRedirects

	defaultSiteBytes = 256 << 20
	defaultSiteTotal = 5 * time.Minute
	defaultSiteStall = time.Minute
)

// The kinds of an exchange with a site.
const (
	KindDownload Kind = "download"
	KindUpload   Kind = "upload"
)

// NewSites checks the options.
func NewSites(o SiteOptions) (*Sites, error) {
	for _, h := range o.Hosts {
		if _, err := origin.Parse("https://" + h); err != nil {
			return nil, fmt.Errorf("fetch: host %q: %w", h, err)
		}
	}
	direct, err := parseRules(o.Direct, nil)
	if err != nil {
		return nil, err
	}
	s := &Sites{o: o, direct: direct}
	if o.Proxy != "" {
		if s.proxy, err = parseProxy(o.Proxy); err != nil {
			return nil, err
		}
	}
	if s.o.MaxBytes == 0 {
		s.o.MaxBytes = defaultSiteBytes
	}
	if s.o.TotalTime == 0 {
		s.o.TotalTime = defaultSiteTotal
	}
	if s.o.StallTime == 0 {
		s.o.StallTime = defaultSiteStall
	}
	return s, nil
}

// Check tells whether a page of from may name this address, before anything is
// sent to it.
func (s *Sites) Check(from origin.Origin, address string) error {
	_, _, err := s.target(from, address)
	return err
}

// target reads an address and tells which origin it is on: the page's own, or
// that of a listed host.
func (s *Sites) target(from origin.Origin, address string) (*url.URL, origin.Origin, error) {
	refused := func(code Code, detail string) (*url.URL, origin.Origin, error) {
		return nil, origin.Origin{}, &Error{Code: code, Detail: detail}
	}
	if len(address) > maxSiteURL || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || r == '\\' }) {
		return refused(BadURL, "malformed")
	}
	u, err := url.Parse(escapeOther(address))
	if err != nil || u.Opaque != "" || u.Host == "" {
		return refused(BadURL, "malformed")
	}
	if u.User != nil {
		return refused(BadURL, "it carries a name or password")
	}
	at, err := originOf(u)
	if err != nil {
		return refused(BadURL, "neither https nor a host as browsers write it")
	}
	listed := at.Scheme == "https" && slices.ContainsFunc(s.o.Hosts, func(h string) bool {
		o, err := origin.Parse("https://" + h)
		return err == nil && o == at
	})
	if at != from && !listed {
		return refused(Forbidden, "another site than the page's")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, at, nil
}

// escapeOther writes spaces and letters beyond ASCII as browsers do (WHATWG URL,
// 4.4); pages put the names of documents into addresses as they are. In a host it
// makes what originOf refuses.
func escapeOther(address string) string {
	var b strings.Builder
	for _, c := range []byte(address) {
		if c > ' ' && c < 0x7f {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// originOf is the origin of an address whose default port may be spelled out.
// Parse refuses what a browser would have written otherwise.
func originOf(u *url.URL) (origin.Origin, error) {
	host := strings.ToLower(u.Host)
	switch scheme := strings.ToLower(u.Scheme); scheme {
	case "https":
		return origin.Parse(scheme + "://" + strings.TrimSuffix(host, ":443"))
	case "http":
		return origin.Parse(scheme + "://" + strings.TrimSuffix(host, ":80"))
	}
	return origin.Origin{}, errors.New("neither http nor https")
}

// exchange sends one request and hands the answer to read, whose error it
// returns. Redirects are followed for a GET, within the origin of the address.
func (s *Sites) exchange(ctx context.Context, kind Kind, from origin.Origin, address string, c Credentials, prepare func(*http.Request), read func(*http.Response) error) error {
	fail := func(err error) error {
		e := classify(err)
		if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
			e.Code = Canceled
		}
		e.Kind = kind
		if u, err := url.Parse(address); err == nil {
			e.Subject = u.Host // the rest may hold tokens
		}
		return e
	}
	u, at, err := s.target(from, address)
	if err != nil {
		return fail(err)
	}
	limited, cancel := context.WithTimeout(ctx, s.o.TotalTime)
	defer cancel()
	method := http.MethodGet
	if kind == KindUpload {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(limited, method, u.String(), nil)
	if err != nil {
		return fail(&Error{Code: BadURL, Detail: "malformed"})
	}
	r.Header.Set("User-Agent", "Kyso")
	if err := c.put(r.Header); err != nil {
		return fail(err)
	}
	if prepare != nil {
		prepare(r)
	}
	transport, err := s.transport(limited, at)
	if err != nil {
		return fail(err)
	}
	client := http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		switch to, err := originOf(next.URL); {
		case kind == KindUpload:
			return &Error{Code: Redirect, Detail: "it drops the document"}
		case err != nil || to != at || next.URL.User != nil:
			return &Error{Code: Redirect, Detail: "to another site"}
		case len(via) >= maxSiteRequests:
			return &Error{Code: Redirect, Detail: fmt.Sprintf("more than %d", maxRedirects)}
		}
		next.Header.Del("Referer")
		return nil
	}}
	response, err := client.Do(r)
	if err != nil {
		return fail(err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		return fail(&Error{Code: Status, Detail: fmt.Sprintf("HTTP status %d", response.StatusCode), status: response.StatusCode})
	case response.Header.Get("Content-Encoding") != "":
		return fail(&Error{Code: NotAsked, Detail: "it is compressed"})
	}
	if err := read(response); err != nil {
		return fail(err)
	}
	return nil
}

// put sets what the page gave. A value that could end its header is refused.
func (c Credentials) put(h http.Header) error {
	for _, v := range []string{c.Bearer, c.Session} {
		if len(v) > maxCredential || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == ',' || r == ';' || r == '\\' }) {
			return &Error{Code: Unsupported, Detail: "a token or session with characters that none has"}
		}
	}
	if c.Bearer != "" {
		h.Set("Authorization", "Bearer "+c.Bearer)
	}
	if c.Cookie != "" && c.Session != "" {
		h.Set("Cookie", c.Cookie+"="+c.Session)
	}
	return nil
}

// Download writes the document at address to w. name is what the server calls
// it, or the last part of the address, as a stranger wrote it; it may be empty.
func (s *Sites) Download(ctx context.Context, from origin.Origin, address string, c Credentials, w io.Writer) (name string, size int64, err error) {
	err = s.exchange(ctx, KindDownload, from, address, c, nil, func(r *http.Response) error {
		tooLarge := &Error{Code: TooLarge, Detail: fmt.Sprintf("more than %d bytes", s.o.MaxBytes)}
		if r.ContentLength > s.o.MaxBytes {
			return tooLarge
		}
		if _, p, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil {
			name = p["filename"]
		}
		if name == "" {
			name = r.Request.URL.Path[strings.LastIndexByte(r.Request.URL.Path, '/')+1:]
		}
		var err error
		if size, err = io.Copy(w, io.LimitReader(r.Body, s.o.MaxBytes+1)); err == nil && size > s.o.MaxBytes {
			err = tooLarge
		}
		return err
	})
	return name, size, err
}
