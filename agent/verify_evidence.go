package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kyso/agent/internal/fetch"
	"kyso/signature/trust"
)

// fetcher asks the addresses that certificates name for missing evidence, as
// far as the administrator allows; nil where he does not.
func (e *env) fetcher() (*fetch.Fetcher, error) {
	r, err := e.loadPolicy()
	if err != nil || !r.FetchEvidence {
		return nil, err
	}
	// Without a folder for copies everything is fetched anew.
	cache, _ := fetch.DefaultCacheDir()
	return fetch.New(fetch.Options{AllowPrivate: r.FetchAllowPrivate, Ports: r.FetchPorts, Proxy: r.FetchProxy, CacheDir: cache})
}

// anchors are those that names hold, or those that kyso trust keeps.
func (e *env) anchors(names []string) (*trust.Store, error) {
	if len(names) == 0 {
		return e.builtInStore(), nil
	}
	certs, err := readAnchors(names)
	return trust.NewStore(certs...), err
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
			certs, err := readCertificates(f)
			if err != nil {
				return nil, err
			}
			anchors = append(anchors, certs...)
		}
	}
	return anchors, nil
}

// readCertificates reads a DER, PEM or p7b file.
func readCertificates(name string) ([]*x509.Certificate, error) {
	data, err := readBounded(name, maxEvidenceFile)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	certs, err := trust.ParseCertificates(data)
	if err != nil {
		shown := visible(name)
		return nil, personError{shown + ": không phải tệp chứng thư số DER, PEM hoặc p7b.", shown + " is no DER, PEM or p7b file of certificates."}
	}
	return certs, nil
}

func isCertificateFile(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
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
		return nil, 0, &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	// What was a file may be a pipe by now, which must not be waited for.
	f, err := os.OpenFile(name, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, 0, err
	}
	if st, err = f.Stat(); err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}
