package signing

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

// climb is one document on its way to a higher level. Each step appends to it;
// nothing is loaded.
type climb struct {
	l    *Levels
	ctx  context.Context
	data io.ReaderAt
	size int64
	// field is the one signature this is about, besides the timestamps that are
	// added after the first began bytes; empty: all of them.
	field string
	began int64
	// step is told how much of the document is read, may be nil.
	step func(done, total int64)

	// latest is the time of the youngest timestamp of our own: an authority's
	// clock may be a little ahead of this computer's.
	latest time.Time
	// evidence is what was given and fetched.
	evidence verify.Evidence
	problems []error
	// tops are CAs at which a chain ends because nothing above them can be had,
	// or is trusted. They are taken for trusted to find out what is missing
	// below them, and for nothing else.
	tops []*x509.Certificate
	// renewed are the certificates of which a younger status was asked for.
	renewed map[[sha256.Size]byte]bool
}

func (l *Levels) climb(ctx context.Context, data io.ReaderAt, size int64, ev verify.Evidence) *climb {
	return &climb{l: l, ctx: ctx, data: data, size: size, began: size, evidence: ev, renewed: map[[sha256.Size]byte]bool{}}
}

func (c *climb) open() (*pdf.File, error) { return openPDF(contextReader{c.ctx, c.data}, c.size) }

// now is the moment to judge for.
func (c *climb) now() time.Time {
	if now := c.l.Clock(); now.After(c.latest) {
		return now
	}
	return c.latest
}

// store is what is trusted, with the tops when they are wanted.
func (c *climb) store(tops bool) *trust.Store {
	own := c.l.anchors()
	if !tops || len(c.tops) == 0 {
		return own
	}
	var list []trust.Anchor
	for _, a := range own.Anchors() {
		list = append(list, trust.Anchor{Certificate: a, SHA1Until: own.SHA1Until(a)})
	}
	for _, a := range c.tops {
		known, _ := trust.Known(a)
		list = append(list, trust.Anchor{Certificate: a, SHA1Until: known.SHA1Until})
	}
	return trust.NewStoreOf(list...)
}

// judge judges the document as it is now, with ev beside it.
func (c *climb) judge(doc *pdf.File, ev verify.Evidence, tops bool) (*verify.Report, error) {
	r, err := verify.Document(doc, ev, verify.Policy{Trust: c.store(tops), At: c.now(), Progress: c.step})
	if err != nil {
		return nil, fmt.Errorf("verify: %w: %w", ErrDamaged, err)
	}
	return r, nil
}

// pool are all certificates at hand, those that are trusted first.
func (c *climb) pool(brought *carried, kept *stored) []*x509.Certificate {
	return slices.Concat(c.store(true).Anchors(), parseAll(c.evidence.Certificates), brought.certificates, kept.certificates)
}

// collect fetches what the signatures in scope lack to be judged without a
// network, as far up as their chains go; with everything, what the others lack
// too. The report is the last one, its Missing what is still lacking in scope.
func (c *climb) collect(everything bool) (r *verify.Report, err error) {
	doc, err := c.open()
	if err != nil {
		return nil, err
	}
	brought, err := readCarried(doc)
	if err != nil {
		return nil, fmt.Errorf("read the signatures: %w: %w", ErrDamaged, err)
	}
	kept, err := readStored(doc)
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w: %w", ErrDamaged, err)
	}
	look := func(ev verify.Evidence) (*verify.Report, error) {
		c.evidence = ev
		for {
			r, err := c.judge(doc, ev, true)
			if err != nil {
				return nil, err
			}
			pool := c.pool(brought, kept)
			missing, grew := c.upwards(r.Missing, pool)
			if grew {
				continue
			}
			if !everything {
				missing = c.inScope(missing, brought, pool)
			}
			r.Missing = append(missing, c.younger(r, brought, pool, everything)...)
			return r, nil
		}
	}
	var problems []error
	for range maxChain {
		if c.l.Evidence == nil {
			r, err = look(c.evidence)
		} else {
			var more []error
			r, more, err = c.l.Evidence.Complete(c.ctx, c.evidence, look)
			problems = append(problems, more...)
		}
		if err != nil {
			return nil, err
		}
		if err := c.ctx.Err(); err != nil {
			return nil, err
		}
		if !c.giveUp(r.Missing) {
			break
		}
	}
	c.problems = problems
	return r, nil
}

// upwards asks for the issuer of the highest certificate at hand instead of one
// further down. A chain that ends for good ends at a top: grew then, and the
// document must be judged again.
func (c *climb) upwards(missing []verify.Missing, pool []*x509.Certificate) (list []verify.Missing, grew bool) {
	seen := map[string]bool{}
	for _, m := range missing {
		cert, err := x509.ParseCertificate(m.Certificate)
		if m.Need != "issuer" || err != nil {
			list = append(list, m)
			continue
		}
		chain := chainOf(cert, pool)
		top := chain[len(chain)-1]
		if isSelfSigned(top) || len(chain) > 1 && !slices.ContainsFunc(top.IssuingCertificateURL, isHTTP) {
			grew = c.addTop(top) || grew
			continue
		}
		sum := sha256.Sum256(top.Raw)
		up := verify.Missing{Need: "issuer", Subject: top.Subject.CommonName, SHA256: hex.EncodeToString(sum[:]), Certificate: top.Raw, Issuers: top.IssuingCertificateURL}
		if !seen[up.SHA256] {
			seen[up.SHA256] = true
			list = append(list, up)
		}
	}
	return list, grew
}

func isHTTP(address string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(address), ":")
	return scheme == "http" || scheme == "https"
}

// giveUp makes tops of the CAs whose issuer could not be had.
func (c *climb) giveUp(missing []verify.Missing) (grew bool) {
	for _, m := range missing {
		if m.Need != "issuer" {
			continue
		}
		if top, err := x509.ParseCertificate(m.Certificate); err == nil {
			grew = c.addTop(top) || grew
		}
	}
	return grew
}

func (c *climb) addTop(top *x509.Certificate) bool {
	if !isAuthority(top) || c.store(true).Contains(top) {
		return false
	}
	c.tops = append(c.tops, top)
	return true
}

// inScope leaves out what is missing about other signatures.
func (c *climb) inScope(missing []verify.Missing, brought *carried, pool []*x509.Certificate) (list []verify.Missing) {
	if c.field == "" {
		return missing
	}
	var chains, others []*x509.Certificate
	for _, l := range brought.leaves {
		if l.field == c.field || l.end > c.began {
			chains = append(chains, chainOf(l.Certificate, pool)...)
		} else {
			others = append(others, l.Certificate)
		}
	}
	for _, m := range missing {
		is := func(der []byte) func(*x509.Certificate) bool {
			return func(o *x509.Certificate) bool { return string(o.Raw) == string(der) }
		}
		// A responder of ours has one of our CAs above it.
		if slices.ContainsFunc(chains, is(m.Certificate)) ||
			slices.ContainsFunc(chains, is(m.Issuer)) && !slices.ContainsFunc(others, is(m.Certificate)) {
			list = append(list, m)
		}
	}
	return list
}
