package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"crypto/x509"

	"kyso/agent/internal/report"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

type verifyCmd struct {
	JSON     bool     `name:"json" help:"In báo cáo JSON, mỗi tệp một dòng. / One JSON report a line."`
	Trust    []string `help:"CA gốc tin cậy (tệp DER/PEM hoặc thư mục). / Trust anchors (DER/PEM file or folder)." placeholder:"FILE|DIR" sep:"none"`
	Evidence []string `help:"CRL, OCSP hoặc chứng thư số bổ sung. / CRL, OCSP response or certificate to add." placeholder:"FILE" sep:"none"`
	At       string   `help:"Thời điểm kiểm tra (RFC 3339), mặc định là bây giờ. / Time to judge for, now by default." placeholder:"TIME"`
	Offline  bool     `help:"Không dùng mạng. Phiên bản này không bao giờ dùng mạng khi kiểm tra. / Do not use the network. This version never does to verify."`
	Files    []string `arg:"" name:"file" help:"Tệp PDF. / PDF files."`
}

// maxEvidenceFile bounds a file of anchors or evidence. The longest CRLs of
// state CAs are a few MiB.
const maxEvidenceFile = 64 << 20

// Run keeps exit code 1 for verdicts: whatever keeps it from looking is 3.
func (c *verifyCmd) Run(e *env) error {
	err := c.run(e)
	var exit exitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	fmt.Fprintln(e.err, "kyso:", e.explain(err))
	return exitError(exitNotLooked)
}

func (c *verifyCmd) run(e *env) error {
	policy := verify.Policy{At: time.Now(), Trust: trust.NewStore()}
	if c.At != "" {
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			fmt.Fprintln(e.err, "kyso:", e.explain(personError{"--at phải có dạng 2026-01-31T08:00:00+07:00", "--at must look like 2026-01-31T08:00:00+07:00"}))
			return exitError(exitUsage)
		}
		policy.At = at
	}
	if len(c.Trust) > 0 {
		anchors, err := readAnchors(c.Trust)
		if err != nil {
			return err
		}
		policy.Trust = trust.NewStore(anchors...)
	}
	var evidence verify.Evidence
	for _, name := range c.Evidence {
		data, err := readBounded(name, maxEvidenceFile)
		if err == nil {
			err = evidence.Add(data)
		}
		if err != nil {
			return fmt.Errorf("read evidence %s: %w", name, err)
		}
	}
	code := exitOK
	for _, name := range c.Files {
		if e.ctx.Err() != nil {
			return e.ctx.Err()
		}
		r, err := verifyFile(name, evidence, policy)
		if err := c.print(e, r); err != nil {
			return err
		}
		code = worseExit(code, exitCode(r, err))
	}
	if code != exitOK {
		return exitError(code)
	}
	return nil
}

func (c *verifyCmd) print(e *env, r *verify.Report) error {
	if c.JSON {
		return json.NewEncoder(e.out).Encode(r)
	}
	return report.Text(e.out, r, e.language)
}

// verifyFile judges one file. The report is never nil: where err says that the
// file could not be looked at, the report says why.
func verifyFile(name string, evidence verify.Evidence, policy verify.Policy) (r *verify.Report, err error) {
	defer func() {
		if err != nil {
			r = verify.Unreadable(err, policy.At)
		}
		r.File = name
	}()
	// Asked before opening: a pipe would wait for its writer.
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := pdf.Open(f, st.Size())
	if err != nil {
		return nil, err
	}
	return verify.Document(doc, evidence, policy)
}

func exitCode(r *verify.Report, err error) int {
	switch {
	case err != nil:
		return exitNotLooked
	case r.Verdict == verify.TotalPassed:
		return exitOK
	case r.Verdict == verify.TotalFailed:
		return exitFailed
	}
	return exitIndeterminate
}

// worseExit ranks: could not look, then failed, then indeterminate.
func worseExit(a, b int) int {
	rank := map[int]int{exitOK: 0, exitIndeterminate: 1, exitFailed: 2, exitNotLooked: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

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
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.Open(name)
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
