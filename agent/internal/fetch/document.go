package fetch

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"kyso/signature/verify"
)

const (
	// maxMissing bounds the questions of one round. A document with ten
	// signatures has some forty certificates.
	maxMissing = 100
	// maxAddresses bounds the addresses tried of one kind for one certificate.
	// Real ones name one or two, besides LDAP.
	maxAddresses = 3
	// parallel bounds the requests under way: the Government's services ask
	// for at most four.
	parallel = 4
)

// Document is the fetching for one document: its budget of requests and time,
// and what it was given already. It is for one goroutine.
type Document struct {
	f        *Fetcher
	budget   budget
	deadline time.Time
	round    int

	mu      sync.Mutex
	flights map[string]*flight
	disk    map[string]int // the round in which the disk's copy was handed out
	given   map[[sha256.Size]byte]bool
}

// flight is one request, whoever waits for it.
type flight struct {
	round int
	done  chan struct{}
	data  []byte
	err   error
}

// Document starts the fetching for one document.
func (f *Fetcher) Document() *Document {
	return &Document{f: f, flights: map[string]*flight{}, disk: map[string]int{}, given: map[[sha256.Size]byte]bool{}}
}

// Gather fetches what is missing. The evidence holds what earlier calls did not
// give. What is asked for again was of no use: a copy from the disk is then
// fetched anew, and what came from the network is not asked for twice. Each
// error is an *Error; evidence may come with errors, as when a CRL stood in for
// a responder. All calls for one document share one total time, which begins
// with the first.
func (d *Document) Gather(ctx context.Context, missing []verify.Missing) (verify.Evidence, []error) {
	if d.deadline.IsZero() {
		d.deadline = time.Now().Add(d.f.total)
	}
	ctx, cancel := context.WithDeadline(ctx, d.deadline)
	defer cancel()
	d.round++
	var g gathered
	var wait sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i, m := range missing {
		if i == maxMissing {
			g.fail(&Error{Code: TooMany, Subject: m.Subject})
			break
		}
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			d.one(ctx, m, &g)
		})
	}
	wait.Wait()
	d.f.cache.tidy()
	return g.evidence, g.errs
}

// gathered collects what several goroutines find.
type gathered struct {
	mu       sync.Mutex
	evidence verify.Evidence
	errs     []error
}

func (g *gathered) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.errs = append(g.errs, err)
}

// one answers one question: an issuer from the first address that has it, a
// revocation status from the responders and, when they do not settle it, from
// the CRLs.
func (d *Document) one(ctx context.Context, m verify.Missing, g *gathered) {
	fail := func(err error) {
		var e *Error
		if !errors.As(err, &e) {
			e = &Error{Code: Unsupported, Err: err}
		}
		e.Subject = m.Subject
		g.fail(e)
	}
	cert, err := x509.ParseCertificate(m.Certificate)
	if err != nil {
		fail(err)
		return
	}
	if m.Need == "issuer" {
		addresses := usable(m.Issuers)
		if len(addresses) == 0 {
			fail(&Error{Code: NoAddress, Kind: KindIssuer})
		}
		d.try(ctx, KindIssuer, addresses, nil, g, fail, func(data []byte) finding { return judgeIssuers(data, cert, d.f.now()) })
		return
	}
	issuer, err := x509.ParseCertificate(m.Issuer)
	if err != nil {
		fail(err)
		return
	}
	judge := func(kind Kind) func([]byte) finding {
		return func(data []byte) finding { return judgeRevocation(kind, data, cert, issuer, d.f.now()) }
	}
	responders, lists := usable(m.OCSPs), usable(m.CRLs)
	if len(responders)+len(lists) == 0 {
		fail(&Error{Code: NoAddress, Kind: KindOCSP})
		return
	}
	if len(responders) > 0 {
		// SHA-1 names the certificate, as every responder understands (RFC 5019
		// 2.1.1); nothing rests on it. Without a nonce, responders may answer
		// from what they have signed already, and many know no other way.
		question, err := ocsp.CreateRequest(cert, issuer, nil)
		if err != nil {
			fail(&Error{Code: Unsupported, Kind: KindOCSP, Err: err})
		} else if d.try(ctx, KindOCSP, responders, question, g, fail, judge(KindOCSP)) {
			return
		}
	}
	d.try(ctx, KindCRL, lists, nil, g, fail, judge(KindCRL))
}

// usable are the addresses to try, each once. LDAP is for other clients.
func usable(addresses []string) (list []string) {
	for _, a := range addresses {
		scheme, _, _ := strings.Cut(a, ":")
		if s := strings.ToLower(scheme); (s == "http" || s == "https") && len(list) < maxAddresses && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// try asks one address after the other until one settles the question.
func (d *Document) try(ctx context.Context, kind Kind, addresses []string, body []byte, g *gathered, fail func(error), judge func([]byte) finding) (settled bool) {
	for _, a := range addresses {
		r := request{kind: kind, url: a, body: body}
		if kind == KindOCSP {
			r.contentType = "application/ocsp-request"
		}
		data, found, err := d.obtain(ctx, r, judge)
		if err != nil {
			fail(err)
			continue
		}
		if data == nil {
			continue // it was given before, and did not help
		}
		d.give(g, kind, data, found)
		if found.settled {
			return true
		}
	}
	return false
}

// give adds what earlier calls and other questions have not.
func (d *Document) give(g *gathered, kind Kind, data []byte, found finding) {
	items := found.certificates
	if kind != KindIssuer {
		items = [][]byte{data}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, item := range items {
		sum := sha256.Sum256(item)
		if d.given[sum] {
			continue
		}
		d.given[sum] = true
		switch kind {
		case KindOCSP:
			g.evidence.OCSPs = append(g.evidence.OCSPs, item)
		case KindCRL:
			g.evidence.CRLs = append(g.evidence.CRLs, item)
		case KindIssuer:
			g.evidence.Certificates = append(g.evidence.Certificates, item)
		}
	}
}

// obtain takes a fresh copy from the disk, or asks, or, when nobody answers,
// takes an older copy that is still valid. Nothing and no error means that the
// same answer was given in an earlier round.
func (d *Document) obtain(ctx context.Context, r request, judge func([]byte) finding) ([]byte, finding, error) {
	key := cacheKey(r)
	old := d.f.cache.get(key, r.kind.limits().bytes)
	if old.fresh && d.mayUseDisk(key) {
		if found := judge(old.data); found.wrong == nil {
			return old.data, found, nil
		}
	}
	data, err := d.ask(ctx, key, r)
	if err != nil {
		if old.data != nil && !old.fresh {
			if found := judge(old.data); found.wrong == nil {
				return old.data, found, nil
			}
		}
		return nil, finding{}, err
	}
	if data == nil {
		return nil, finding{}, nil
	}
	found := judge(data)
	if found.wrong != nil {
		e := classify(found.wrong)
		e.Kind, e.URL = r.kind, r.url
		return nil, finding{}, e
	}
	if !found.until.IsZero() {
		d.f.cache.put(key, data, found.until)
	}
	return data, found, nil
}

// mayUseDisk tells whether the disk's copy may help: it was not handed out in
// an earlier round, and the network was not asked since.
func (d *Document) mayUseDisk(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flights[key] != nil || d.disk[key] != 0 && d.disk[key] < d.round {
		return false
	}
	d.disk[key] = d.round
	return true
}

// ask puts each question to the network once; whoever has the same one in the
// same round waits for that answer. In a later round the answer is nil.
func (d *Document) ask(ctx context.Context, key string, r request) ([]byte, error) {
	d.mu.Lock()
	fl, asked := d.flights[key]
	if !asked {
		fl = &flight{round: d.round, done: make(chan struct{})}
		d.flights[key] = fl
	}
	d.mu.Unlock()
	if asked && fl.round < d.round {
		return nil, nil
	}
	if asked {
		<-fl.done
	} else {
		fl.data, fl.err = d.f.send(ctx, r, &d.budget)
		close(fl.done)
	}
	if fl.err != nil {
		return nil, classify(fl.err) // a copy: each question adds its own subject
	}
	return fl.data, nil
}
