package fetch

import (
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// GovernmentTSAs are the addresses of the Government's timestamp authority, the
// current one first and the older one after it.
func GovernmentTSAs() []string { return []string{"http://tsa.ca.gov.vn/", "http://ca.gov.vn/tsa"} }

// TimestampOptions says whom to ask for timestamps, and how. The zero value
// asks the Government's authority.
type TimestampOptions struct {
	// URLs are the authorities in the order they are preferred; empty means
	// GovernmentTSAs. Whoever names one vouches for it: it may be inside the
	// private network and on any port. An address from a document must never
	// come here.
	URLs []string
	// AttemptTime bounds one attempt. Zero means 150 seconds: the Government's
	// authority has been seen to take 131.
	AttemptTime time.Duration
	// Attempts is how often one authority is asked at most, while what fails
	// may pass. Zero means twice.
	Attempts int
	// Pause is the wait before all are asked again; it doubles each time. Zero
	// means two seconds.
	Pause time.Duration
	// Proxy and AllowPrivate are as in Options: what AllowPrivate names is
	// reached past the proxy.
	Proxy        string
	AllowPrivate []string
	// Progress, if set, is told when an authority is asked, and every second
	// while it is waited for. Calls do not overlap.
	Progress func(TimestampProgress)
	// Now is the clock that the authority's time is held against. Nil means
	// time.Now.
	Now func() time.Time
}

// TimestampProgress is what a person who waits is told.
type TimestampProgress struct {
	// Host is whom it is asked of, with the port where there is one.
	Host string
	// Attempt counts from 1 over all authorities.
	Attempt int
	// Waited is how long this attempt takes already, in whole seconds.
	Waited time.Duration
	// Queued: four others are asked for at the moment, and this one waits.
	Queued bool
}

const (
	defaultAttemptTime = 150 * time.Second
	defaultAttempts    = 2
	defaultPause       = 2 * time.Second
	// maxTSAs and maxAttempts bound how long a person can wait in all.
	maxTSAs     = 8
	maxAttempts = 5
	// maxToken bounds an answer. Tokens have some 6 KiB.
	maxToken = 64 << 10
	// maxPause bounds the pause that doubles.
	maxPause = 30 * time.Second
)

// tsaSlots bounds the requests for timestamps of this whole process: the
// Government's authority serves four of one caller at a time.
var tsaSlots = make(chan struct{}, 4)

// Timestamper asks timestamp authorities (RFC 3161). Its method may be called
// from several goroutines.
type Timestamper struct {
	urls      []*url.URL
	client    *http.Client
	attempt   time.Duration
	attempts  int
	pause     time.Duration
	now       func() time.Time
	progress  func(TimestampProgress)
	telling   sync.Mutex
	transport *http.Transport
}

// NewTimestamper checks the options. An address that cannot be meant is an
// error.
func NewTimestamper(o TimestampOptions) (*Timestamper, error) {
	t := &Timestamper{attempt: o.AttemptTime, attempts: o.Attempts, pause: o.Pause, now: o.Now, progress: o.Progress}
	if len(o.URLs) == 0 {
		o.URLs = GovernmentTSAs()
	}
	if len(o.URLs) > maxTSAs {
		return nil, fmt.Errorf("fetch: %d timestamp authorities, at most %d", len(o.URLs), maxTSAs)
	}
	for _, s := range o.URLs {
		u, err := ParseTSA(s)
		if err != nil {
			return nil, err
		}
		t.urls = append(t.urls, u)
	}
	if t.attempt <= 0 {
		t.attempt = defaultAttemptTime
	}
	if t.attempts <= 0 {
		t.attempts = defaultAttempts
	}
	t.attempts = min(t.attempts, maxAttempts)
	if t.pause <= 0 {
		t.pause = defaultPause
	}
	if t.now == nil {
		t.now = time.Now
	}
	t.transport = &http.Transport{
		DialContext:         (&net.Dialer{Timeout: connectTime}).DialContext,
		TLSHandshakeTimeout: connectTime,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		DisableCompression:  true, DisableKeepAlives: true,
		MaxResponseHeaderBytes: maxHeaderBytes, Protocols: new(http.Protocols),
	}
	t.transport.Protocols.SetHTTP1(true)
	if o.Proxy != "" {
		proxy, err := parseProxy(o.Proxy)
		if err != nil {
			return nil, err
		}
		inside, err := parseRules(o.AllowPrivate, nil)
		if err != nil {
			return nil, err
		}
		t.transport.Proxy = func(r *http.Request) (*url.URL, error) {
			if inside.direct(r.URL.Hostname()) {
				return nil, nil
			}
			return proxy, nil
		}
	}
	t.client = &http.Client{Transport: t.transport, CheckRedirect: t.redirect}
	return t, nil
}

// ParseTSA reads the address of a timestamp authority: http or https, without
// a name or password.
func ParseTSA(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.Opaque != "" || u.Fragment != "" || len(s) > maxURL {
		// The text is not repeated: it may hold a password.
		return nil, errors.New(`the address of a timestamp authority must look like "http://tsa.ca.gov.vn/", without a name or password`)
	}
	return u, nil
}

// redirect follows an authority to another address of its own alone, with the
// whole question, and never out of TLS.
func (t *Timestamper) redirect(next *http.Request, via []*http.Request) error {
	own := slices.ContainsFunc(t.urls, func(u *url.URL) bool {
		upgrade := next.URL.Scheme == "https" && next.URL.Port() == "" && normalHost(u.Hostname()) == normalHost(next.URL.Hostname())
		return upgrade || normalHost(hostPort(u)) == normalHost(hostPort(next.URL))
	})
	switch {
	case len(via) > maxRedirects:
		return &Error{Code: Redirect, Detail: fmt.Sprintf("more than %d", maxRedirects)}
	case next.Method != http.MethodPost:
		return &Error{Code: Redirect, Detail: "it drops the question"}
	case via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https":
		return &Error{Code: Redirect, Detail: "from https to http"}
	case !own || next.URL.User != nil:
		return &Error{Code: Redirect, Detail: "to an address nobody named"}
	}
	next.Header.Del("Referer")
	return nil
}

// Timestamp asks for a token over digest, which was made with h: one authority
// after the other, and all of them again while what failed may pass. The token
// is DER and checked whole but for trust in the authority; at is the time in
// it. The error is a *TimestampError, or ctx's own when that has ended.
func (t *Timestamper) Timestamp(ctx context.Context, h crypto.Hash, digest []byte) (token []byte, at time.Time, err error) {
	failed := &TimestampError{}
	final := make([]bool, len(t.urls)) // asking again is of no use
	attempt, pause := 0, t.pause
	for round := range t.attempts {
		if round > 0 && !slices.Contains(final, false) {
			break
		}
		if round > 0 {
			if err := sleep(ctx, pause); err != nil {
				return nil, time.Time{}, err
			}
			pause = min(2*pause, maxPause)
		}
		for i, u := range t.urls {
			if final[i] {
				continue
			}
			attempt++
			token, at, err := t.once(ctx, u, attempt, h, digest)
			if err == nil {
				return token, at, nil
			}
			if ctx.Err() != nil {
				return nil, time.Time{}, ctx.Err()
			}
			e := classify(err)
			e.Kind, e.URL, e.Subject = KindTimestamp, u.String(), u.Host
			failed.Tries = append(failed.Tries, e)
			final[i] = !passing(e)
		}
	}
	return nil, time.Time{}, failed
}
