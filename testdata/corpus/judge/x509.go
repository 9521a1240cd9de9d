package main

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

const x509Line = "openssl x509-verify"

// verifyOptions are the options of one command.
type verifyOptions struct {
	partial, checkSelf bool
	// level is OpenSSL's authentication level; the recipes' own is 1.
	level int
	// depth is how many CAs may stand between leaf and anchor; negative is no
	// limit.
	depth   int
	purpose asn1.ObjectIdentifier // nil for any
	trust.Options
}

func x509Verify(test string, c corpus.OpenSSLCase, w want, b *board) {
	name := strings.Join(append([]string{c.Desc + ":", c.Cert, c.Purpose}, c.Args...), " ")
	o, err := verifyArguments(c)
	if err != nil {
		b.judge(x509Line, name, w, func() (answer, error) { return answer{}, err })
		return
	}
	if w == mustFail && tlsAlone(test, c, o) {
		b.apart(x509Line, name, "TLS purpose")
		return
	}
	b.judge(x509Line, name, w, func() (answer, error) { return verifyAnswer(test, c, o) })
}

// tlsAlone tells whether a command can only fail for the purpose of TLS: there
// is a path for any purpose, and a certificate that was handed in says that it
// is not for this one. OpenSSL gives up where its first path leads to it; the
// product has no such purpose.
func tlsAlone(test string, c corpus.OpenSSLCase, o verifyOptions) bool {
	purpose := o.purpose
	if purpose == nil {
		return false
	}
	o.purpose = nil
	if a, err := verifyAnswer(test, c, o); err != nil || !a.passed {
		return false
	}
	o.purpose = purpose
	all, err := readCertificates(test, slices.Concat([]string{c.Cert}, c.Trusted, c.Untrusted)...)
	return err == nil && slices.ContainsFunc(all, func(c certificate) bool {
		return c.standing(o) == denied || !serves(c.Certificate, purpose)
	})
}

func verifyArguments(c corpus.OpenSSLCase) (verifyOptions, error) {
	o := verifyOptions{level: 1, depth: -1}
	o.At = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	switch c.Purpose {
	case "sslserver":
		o.purpose = oidServer
	case "sslclient":
		o.purpose = oidClient
	case "", "any":
	default:
		return o, fmt.Errorf("unknown purpose %q", c.Purpose)
	}
	for i := 0; i < len(c.Args); i++ {
		value := func() string {
			i++
			if i < len(c.Args) {
				return c.Args[i]
			}
			return ""
		}
		var err error
		switch c.Args[i] {
		case "-partial_chain":
			o.partial = true
		case "-check_ss_sig":
			o.checkSelf = true
		case "-attime":
			var seconds int64
			seconds, err = strconv.ParseInt(value(), 10, 64)
			o.At = time.Unix(seconds, 0)
		case "-explicit_policy":
			o.ExplicitPolicy = true
		case "-policy_check", "-allow_proxy_certs", "-x509_strict": // the engine knows one way
		case "-policy":
			o.PolicySet = append(o.PolicySet, value())
		case "-auth_level":
			o.level, err = strconv.Atoi(value())
		case "-verify_depth":
			o.depth, err = strconv.Atoi(value())
		default:
			err = fmt.Errorf("unknown option %s", c.Args[i])
		}
		if err != nil {
			return o, err
		}
	}
	o.Algorithms = func(_ *x509.Certificate, sig algorithm.Signature, issuer crypto.PublicKey, _ *x509.Certificate) error {
		if n := min(digestStrength(sig), keyStrength(issuer)); n < strengths(o.level) {
			return fmt.Errorf("strength of %d bits", n)
		}
		return nil
	}
	return o, nil
}

func verifyAnswer(test string, c corpus.OpenSSLCase, o verifyOptions) (answer, error) {
	leaf, err := readCertificates(test, c.Cert)
	if err != nil {
		return answer{}, err
	}
	given, err := readCertificates(test, c.Trusted...)
	if err != nil {
		return answer{}, err
	}
	beside, err := readCertificates(test, c.Untrusted...)
	if err != nil {
		return answer{}, err
	}
	if len(leaf) == 0 {
		return refused(errors.New("the certificate cannot be read")), nil
	}
	var anchors []*x509.Certificate
	rejected, expressly := map[string]bool{}, map[string]bool{}
	for _, g := range given {
		expressly[string(g.Raw)] = len(g.trusted) > 0
		switch g.standing(o) {
		case accepted:
			anchors = append(anchors, g.Certificate)
		case denied:
			rejected[string(g.Raw)] = true
		default: // it may stand in the path all the same
			beside = append(beside, g)
		}
	}
	for _, c := range beside {
		if !rejected[string(c.Raw)] {
			o.Intermediates = append(o.Intermediates, c.Certificate)
		}
	}
	path, err := trust.NewStore(anchors...).Build(leaf[0].Certificate, o.Options)
	if err != nil {
		return noPath(err), nil
	}
	if why := o.refuse(path, expressly); why != "" {
		return answer{Verdict: "failed", why: why}, nil
	}
	return answer{Verdict: "passed", passed: true, Flags: []string{fmt.Sprintf("path of %d", len(path))}}, nil
}

// refuse says what the caller of package trust, who knows the use, finds
// wrong with a path. What is expressly trusted for a purpose serves it.
func (o verifyOptions) refuse(path trust.Path, expressly map[string]bool) string {
	if n := len(path) - 2; o.depth >= 0 && n > o.depth {
		return fmt.Sprintf("%d CAs below the anchor", n)
	}
	if key, err := algorithm.PublicKey(path[0]); err == nil && keyStrength(key) < strengths(o.level) {
		return "the leaf's key is too weak"
	}
	for _, c := range path {
		if !expressly[string(c.Raw)] && !serves(c, o.purpose) {
			return "not for this purpose: " + c.Subject.String()
		}
	}
	return ""
}
