package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
)

const (
	// maxRequests bounds what one document makes this machine ask, redirects
	// included. A document with ten signatures, each with a timestamp, needs
	// some forty.
	maxRequests = 64
	// maxPerHost bounds what it makes this machine ask of one host, so that
	// a document is no means to flood somebody.
	maxPerHost = 32
	// maxRedirects bounds the hops of one request: from an old address to a
	// new one, and on to a mirror.
	maxRedirects = 3
)

// budget counts the requests made for one document, and remembers hosts that
// did not answer, which would otherwise cost their timeout again and again.
type budget struct {
	mu      sync.Mutex
	total   int
	perHost map[string]int
	silent  map[string]Code
}

// spend takes one request to host from the budget.
func (b *budget) spend(host string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if code, ok := b.silent[host]; ok {
		return &Error{Code: code, Detail: "it did not answer before"}
	}
	if b.total >= maxRequests || b.perHost[host] >= maxPerHost {
		return &Error{Code: TooMany}
	}
	if b.perHost == nil {
		b.perHost = map[string]int{}
	}
	b.total++
	b.perHost[host]++
	return nil
}

func (b *budget) noAnswer(host string, code Code) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.silent == nil {
		b.silent = map[string]Code{}
	}
	b.silent[host] = code
}

// request is one question; a body makes it a POST.
type request struct {
	kind        Kind
	url         string
	body        []byte
	contentType string // of body
}

// send asks within the bounds of the kind and of the budget, and returns the
// body of an answer with status 200. The error is an *Error.
func (f *Fetcher) send(ctx context.Context, r request, b *budget) ([]byte, error) {
	bound := r.kind.limits()
	if f.request > 0 {
		bound.time = min(bound.time, f.request)
	}
	limited, cancel := context.WithTimeout(ctx, bound.time)
	defer cancel()
	data, host, err := f.exchange(limited, r, bound.bytes, b)
	if err == nil {
		return data, nil
	}
	e := classify(err)
	if ctx.Err() != nil {
		// What was under way when time ran out says nothing of the host.
		if e.Code = Canceled; errors.Is(ctx.Err(), context.DeadlineExceeded) {
			e.Code = Timeout
		}
	} else if e.Code == Timeout || e.Code == Unreachable {
		b.noAnswer(host, e.Code)
	}
	e.Kind, e.URL = r.kind, r.url
	return nil, e
}

// exchange returns also the host last spoken to.
func (f *Fetcher) exchange(ctx context.Context, r request, limit int64, b *budget) (data []byte, host string, err error) {
	u, err := url.Parse(r.url)
	if err != nil {
		return nil, "", &Error{Code: BadURL, Detail: "malformed"}
	}
	// allow looks at each hop.
	allow := func(u *url.URL) error {
		if err := f.rules.check(u); err != nil {
			return err
		}
		host = hostPort(u)
		if err := b.spend(host); err != nil {
			return err
		}
		f.tell(r.kind, u.Host)
		return nil
	}
	if err := allow(u); err != nil {
		return nil, host, err
	}
	method := http.MethodGet
	if r.body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, host, &Error{Code: BadURL, Detail: "malformed"}
	}
	req.Header.Set("User-Agent", "Kyso")
	if r.body != nil {
		req.Header.Set("Content-Type", r.contentType)
	}
	client := http.Client{Transport: f.transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		switch {
		case len(via) > maxRedirects:
			return &Error{Code: Redirect, Detail: fmt.Sprintf("more than %d", maxRedirects)}
		case next.Method != method:
			return &Error{Code: Redirect, Detail: "it drops the question"}
		case via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https":
			return &Error{Code: Redirect, Detail: "from https to http"}
		}
		next.Header.Del("Referer")
		return allow(next.URL)
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, host, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, host, &Error{Code: Status, Detail: fmt.Sprintf("HTTP status %d", resp.StatusCode)}
	case resp.Header.Get("Content-Encoding") != "":
		return nil, host, &Error{Code: NotAsked, Detail: "it is compressed"}
	case resp.ContentLength > limit:
		return nil, host, &Error{Code: TooLarge, Detail: fmt.Sprintf("more than %d bytes", limit)}
	}
	data, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = &Error{Code: TooLarge, Detail: fmt.Sprintf("more than %d bytes", limit)}
	}
	return data, host, err
}

// classify finds the code of what net/http returned.
func classify(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		copied := *own
		return &copied
	}
	// The method and URL that net/http adds are said by Error already.
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return &Error{Code: Timeout, Err: err}
	}
	return &Error{Code: Unreachable, Err: err}
}
