package main

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/revocation"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

// pkitsTime lies within the life of PKITS' certificates and CRLs.
var pkitsTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// pkits judges NIST's path validation suite: a path, and every certificate
// below the anchor proven good by the case's CRLs.
func pkits(dir string, b *board) error {
	const line = "pkits"
	cases, odd, err := corpus.PKITS(dir)
	if err != nil {
		return err
	}
	b.odd(line, odd)
	// The cases name their CRLs, but not the certificates of indirect CRL
	// issuers; those are files beside the others.
	var beside []*x509.Certificate
	files, _ := filepath.Glob(filepath.Join(dir, "certs", "*"))
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			if certs, err := trust.ParseCertificates(data); err == nil {
				beside = append(beside, certs...)
			}
		}
	}
	for _, c := range cases {
		b.judge(line, c.Name, wants(c.ShouldValidate), func() (answer, error) { return pkitsAnswer(dir, c, beside) })
	}
	return nil
}

func pkitsAnswer(dir string, c corpus.PKITSCase, beside []*x509.Certificate) (answer, error) {
	if len(c.CertPath) < 2 {
		return answer{}, errors.New("the case has no path")
	}
	var certs []*x509.Certificate
	for _, name := range c.CertPath {
		data, err := os.ReadFile(filepath.Join(dir, "certs", name))
		if err != nil {
			return answer{}, err
		}
		found, err := trust.ParseCertificates(data)
		if err != nil {
			return refused(err), nil
		}
		certs = append(certs, found...)
	}
	policies, err := c.Policies()
	if err != nil {
		return answer{}, err
	}
	o := trust.Options{
		At: pkitsTime,
		// The suite asks about paths, and signs with the algorithms of its
		// years, DSA with SHA-1 among them.
		Algorithms:           func(*x509.Certificate, algorithm.Signature, crypto.PublicKey, *x509.Certificate) error { return nil },
		PolicySet:            policies,
		Intermediates:        certs[1 : len(certs)-1],
		ExplicitPolicy:       c.InitialExplicitPolicy,
		InhibitPolicyMapping: c.InitialPolicyMappingInhibit,
		InhibitAnyPolicy:     c.InitialAnyPolicyInhibit,
	}
	ev := revocation.Evidence{
		Certificates: append(certs, beside...),
		Algorithms:   func(algorithm.Signature, crypto.PublicKey, time.Time) error { return nil },
	}
	for _, name := range c.CRLPath {
		data, err := os.ReadFile(filepath.Join(dir, "crls", name))
		if err != nil {
			return answer{}, err
		}
		ev.CRLs = append(ev.CRLs, data)
	}
	path, err := trust.NewStore(certs[0]).Build(certs[len(certs)-1], o)
	if err != nil {
		return noPath(err), nil
	}
	for i, cert := range path[:len(path)-1] {
		ev.Authorities = path[i+2:]
		r := revocation.Check(cert, path[i+1], ev, pkitsTime)
		if r.Status != revocation.Good {
			return answer{Verdict: "failed", SubIndication: r.Status.String(), Code: r.WhyCode, why: r.Why + " of " + cert.Subject.String()}, nil
		}
	}
	return answer{Verdict: "passed", passed: true, Flags: []string{fmt.Sprintf("path of %d", len(path))}}, nil
}

// noPath is the answer when no path was built.
func noPath(err error) answer {
	a := answer{Verdict: "failed", why: err.Error()}
	var e *trust.Error
	if errors.As(err, &e) {
		a.SubIndication = e.Reason.String()
	}
	return a
}
