// Package fetch gets what a verdict lacks: certificates of issuers, CRLs and
// OCSP responses, from the addresses that certificates name. It is the only
// place where a URL from a document is opened. It never sends anything of the
// document but the certificate's identifier, never reaches into the private
// network unless the administrator says so, and never decides what is good:
// the engine does, with what is fetched here.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"kyso/signature/verify"
)

// Options says how to fetch. The zero value fetches from public addresses on
// ports 80 and 443, directly, and keeps nothing on disk.
type Options struct {
	// AllowPrivate lists what may be reached though its address is not public:
	// host names, spelled exactly, IP addresses, and networks such as
	// "10.20.0.0/16". They are reached directly, past any Proxy.
	AllowPrivate []string
	// Ports are allowed besides 80 and 443.
	Ports []int
	// Proxy is the address of an HTTP proxy, such as "http://10.0.0.1:3128".
	// Empty means none; the environment is not asked. The proxy resolves
	// names, so it is the proxy that keeps a name from leading inside.
	Proxy string
	// CacheDir is a folder of this user's to keep what was fetched in; see
	// DefaultCacheDir. Empty means that nothing is kept.
	CacheDir string
	// TotalTime bounds the fetching for one document. Zero means one minute.
	TotalTime time.Duration
	// RequestTime shortens the time one request may take. Zero leaves that to
	// what is asked for: 10 seconds, for a CRL 30.
	RequestTime time.Duration
	// Progress, if set, is told before each request. Calls do not overlap.
	Progress func(Progress)
	// Now is the clock that validity is judged by. Nil means time.Now.
	Now func() time.Time
	// Resolver looks up names. Nil means the system's.
	Resolver *net.Resolver
}

// Progress is one request about to be sent.
type Progress struct {
	Kind Kind
	// Host is whom it goes to, with the port where there is one. It comes from
	// a stranger.
	Host string
}

// Fetcher fetches for any number of documents. Its methods may be called from
// several goroutines.
type Fetcher struct {
	rules     rules
	transport *http.Transport
	cache     *cache // nil: none
	total     time.Duration
	request   time.Duration // zero: the kind's own
	now       func() time.Time
	progress  func(Progress)
	telling   sync.Mutex
}

const (
	// defaultTotalTime is how long a person waits for one document. Chains have
	// four levels, each of which can be asked about only after the one below.
	defaultTotalTime = time.Minute
	// connectTime bounds one TCP connection; a host of the same country
	// answers within a second.
	connectTime = 5 * time.Second
	// maxHeaderBytes bounds the header of a response; real ones have below one
	// KiB.
	maxHeaderBytes = 16 << 10
)

// New checks the options. An entry of AllowPrivate, a port or a proxy that
// cannot be meant is an error, so that a misspelled rule never becomes none.
func New(o Options) (*Fetcher, error) {
	r, err := parseRules(o.AllowPrivate, o.Ports)
	if err != nil {
		return nil, err
	}
	f := &Fetcher{rules: r, total: o.TotalTime, request: o.RequestTime, now: o.Now, progress: o.Progress}
	if f.total == 0 {
		f.total = defaultTotalTime
	}
	if f.now == nil {
		f.now = time.Now
	}
	if o.CacheDir != "" {
		f.cache = &cache{dir: o.CacheDir, now: f.now}
	}
	f.transport = &http.Transport{
		DialContext:         f.rules.dial(o.Resolver, ""),
		TLSHandshakeTimeout: connectTime,
		// What is inflated has no bound worth the name; nobody gains from
		// compressing signatures.
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaderBytes,
		// A connection is not used again, so each request's address is checked
		// and nothing has to be closed.
		DisableKeepAlives: true,
		// HTTP/1.1 alone: no server push, no header tables a stranger fills.
		Protocols: new(http.Protocols),
	}
	f.transport.Protocols.SetHTTP1(true)
	if o.Proxy != "" {
		proxy, err := parseProxy(o.Proxy)
		if err != nil {
			return nil, err
		}
		f.rules.proxied = true
		f.transport.DialContext = f.rules.dial(o.Resolver, hostPort(proxy))
		f.transport.Proxy = func(r *http.Request) (*url.URL, error) {
			if f.rules.direct(r.URL.Hostname()) {
				return nil, nil
			}
			return proxy, nil
		}
	}
	return f, nil
}

func parseProxy(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		// The text is not repeated: it may hold a password.
		return nil, errors.New(`the proxy must look like "http://proxy.example:3128", without a name or password`)
	}
	return u, nil
}

// hostPort is u's host with its port, the scheme's own where it names none.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// maxRounds bounds Complete: each round may bring one more level of a chain,
// and then its revocation. Chains have at most five certificates.
const maxRounds = 10

// Complete judges, fetches what the report says is missing, and judges again
// with that, until nothing is missing or nothing more can be had. judge is
// called at least once. The report is the last one; errs say what could not be
// fetched, and each is an *Error.
func (f *Fetcher) Complete(ctx context.Context, ev verify.Evidence, judge func(verify.Evidence) (*verify.Report, error)) (r *verify.Report, errs []error, err error) {
	d := f.Document()
	for range maxRounds {
		if r, err = judge(ev); err != nil || len(r.Missing) == 0 {
			return r, errs, err
		}
		more, problems := d.Gather(ctx, r.Missing)
		errs = append(errs, problems...)
		if len(more.Certificates)+len(more.CRLs)+len(more.OCSPs) == 0 {
			return r, errs, nil
		}
		// Copied, so that the caller's slices stay the caller's.
		ev.Certificates = append(ev.Certificates[:len(ev.Certificates):len(ev.Certificates)], more.Certificates...)
		ev.CRLs = append(ev.CRLs[:len(ev.CRLs):len(ev.CRLs)], more.CRLs...)
		ev.OCSPs = append(ev.OCSPs[:len(ev.OCSPs):len(ev.OCSPs)], more.OCSPs...)
	}
	r, err = judge(ev)
	return r, errs, err
}

func (f *Fetcher) tell(kind Kind, host string) {
	if f.progress != nil {
		f.telling.Lock()
		defer f.telling.Unlock()
		f.progress(Progress{kind, host})
	}
}

// Kind is what is asked for.
type Kind string

// The kinds.
const (
	KindOCSP   Kind = "ocsp"
	KindCRL    Kind = "crl"
	KindIssuer Kind = "issuer"
	// KindTimestamp is of a Timestamper alone.
	KindTimestamp Kind = "timestamp"
)

// limits bound one request.
type limits struct {
	bytes int64
	time  time.Duration
}

func (k Kind) limits() limits {
	switch k {
	case KindCRL:
		// The longest CRLs of state CAs are a few MiB; the engine reads none
		// beyond 32 MiB from a document either.
		return limits{32 << 20, 30 * time.Second}
	case KindIssuer:
		// A certificate has two KiB, a .p7b of a whole hierarchy some dozens.
		return limits{1 << 20, 10 * time.Second}
	case KindOCSP:
		// An answer with its responder's chain has some ten KiB.
		return limits{128 << 10, 10 * time.Second}
	}
	panic(fmt.Sprintf("fetch: no limits for %q", k))
}
