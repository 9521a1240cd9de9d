package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"kyso/signature/trust"
	"kyso/signature/verify"
)

// gatherer fetches missing evidence. It returns what it got and why it did not
// get the rest. Several documents may ask it at once. A nil gatherer fetches
// nothing.
type gatherer func(ctx context.Context, missing []verify.Missing) (verify.Evidence, []error)

// networkGatherer is the gatherer of a run that may use the network.
func networkGatherer() gatherer { return nil }

// installedAnchors is the trust store of this machine and person.
func installedAnchors() ([]*x509.Certificate, error) { return nil, nil }

// anchors reads the anchors that names hold, which replace the installed ones.
func anchors(names []string) ([]*x509.Certificate, error) {
	if len(names) == 0 {
		return installedAnchors()
	}
	return readAnchors(names)
}

const (
	// maxRounds bounds how often one document is judged again. A round brings
	// one more issuer of the path, of a timestamp's, or the status of both;
	// paths in use have three or four certificates.
	maxRounds = 5
	// maxGathered bounds what is fetched for one document; it is what the
	// engine takes from a caller.
	maxGathered = 64 << 20
)

// gathering judges a document, has what is missing fetched, and judges again
// with it, until nothing is missing or nothing more comes. The errors are those
// of the last attempt to fetch.
func gathering(ctx context.Context, ev verify.Evidence, gather gatherer, judge func(verify.Evidence) (*verify.Report, error)) (*verify.Report, []error, error) {
	r, err := judge(ev)
	var problems []error
	bytes := 0
	for round := 0; round < maxRounds && err == nil && gather != nil && len(r.Missing) > 0 && ctx.Err() == nil; round++ {
		var more verify.Evidence
		more, problems = gather(ctx, r.Missing)
		n := evidenceBytes(more)
		if bytes += n; bytes > maxGathered {
			return r, append(problems, fmt.Errorf("more than %d MiB of evidence", maxGathered>>20)), nil
		}
		if n == 0 {
			break
		}
		// Made anew: other documents share what ev began with.
		ev = verify.Evidence{
			Certificates: slices.Concat(ev.Certificates, more.Certificates),
			CRLs:         slices.Concat(ev.CRLs, more.CRLs),
			OCSPs:        slices.Concat(ev.OCSPs, more.OCSPs),
		}
		before := r.Missing
		r, err = judge(ev)
		if err == nil && sameMissing(before, r.Missing) {
			break
		}
	}
	if err == nil && len(r.Missing) == 0 {
		problems = nil
	}
	return r, problems, err
}

func evidenceBytes(ev verify.Evidence) (n int) {
	for _, list := range [][][]byte{ev.Certificates, ev.CRLs, ev.OCSPs} {
		for _, b := range list {
			n += len(b)
		}
	}
	return n
}

func sameMissing(a, b []verify.Missing) bool {
	return slices.EqualFunc(a, b, func(x, y verify.Missing) bool { return x.Need == y.Need && x.SHA256 == y.SHA256 })
}

// maxEvidenceFile bounds a file of anchors or evidence. The longest CRLs of
// state CAs are a few MiB.
const maxEvidenceFile = 64 << 20

// readAnchors reads files of certificates, and those in folders.
func readAnchors(names []string) (anchors []*x509.Certificate, err error) {
	for _, name := range names {
		st, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("read trust anchors: %w", err)
		}
		files := []string{name}
		if st.IsDir() {
			files = nil
			err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() && isCertificateFile(path) {
					files = append(files, path)
				}
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("read trust anchors: %w", err)
			}
		}
		for _, f := range files {
			data, err := readBounded(f, maxEvidenceFile)
			if err != nil {
				return nil, fmt.Errorf("read trust anchors: %w", err)
			}
			certs, err := trust.ParseCertificates(data)
			if err != nil {
				return nil, fmt.Errorf("read trust anchors from %s: %w", f, err)
			}
			anchors = append(anchors, certs...)
		}
	}
	return anchors, nil
}

func isCertificateFile(path string) bool {
	switch filepath.Ext(path) {
	case ".crt", ".cer", ".pem", ".der", ".p7b":
		return true
	}
	return false
}

// readBounded reads a regular file of at most limit bytes.
func readBounded(name string, limit int64) ([]byte, error) {
	f, _, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return data, err
}

var errNotRegular = errors.New("no regular file")

// openRegular opens a regular file. It is asked before opening, since a pipe
// would wait for its writer.
func openRegular(name string) (*os.File, int64, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if !st.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: %w", name, errNotRegular)
	}
	f, err := os.Open(name)
	return f, st.Size(), err
}
