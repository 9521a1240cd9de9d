package main

import (
	"bytes"
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
	partial bool
	// level is OpenSSL's authentication level; the recipes' own is 1.
	level int
	// proxies: RFC 3820's certificates, which the product does not know.
	proxies bool
	trust.Options
}

func x509Verify(test string, c corpus.OpenSSLCase, w want, b *board) {
	name := strings.Join(append([]string{c.Desc + ":", c.Cert, c.Purpose}, c.Args...), " ")
	o, err := verifyArguments(c)
	if err != nil {
		b.judge(x509Line, name, w, func() (answer, error) { return answer{}, err })
		return
	}
	if o.proxies {
		b.apart(x509Line, name, "proxy certificates")
		return
	}
	b.judge(x509Line, name, w, func() (answer, error) { return verifyAnswer(test, c, o) })
}

// purposes are OpenSSL's purposes as extended key usages.
var purposes = map[string]asn1.ObjectIdentifier{
	"": nil, "any": nil,
	"sslserver": {1, 3, 6, 1, 5, 5, 7, 3, 1}, "sslclient": {1, 3, 6, 1, 5, 5, 7, 3, 2}, "codesign": {1, 3, 6, 1, 5, 5, 7, 3, 3},
	"smimesign": {1, 3, 6, 1, 5, 5, 7, 3, 4}, "smimeencrypt": {1, 3, 6, 1, 5, 5, 7, 3, 4}, "timestampsign": {1, 3, 6, 1, 5, 5, 7, 3, 8},
}

func verifyArguments(c corpus.OpenSSLCase) (verifyOptions, error) {
	o := verifyOptions{level: 1}
	o.At = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	usage, known := purposes[c.Purpose]
	if !known {
		return o, fmt.Errorf("unknown purpose %q", c.Purpose)
	}
	o.Usage = usage
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
		case "-x509_strict":
			o.Conforming = true
		case "-allow_proxy_certs":
			o.proxies = true
		case "-attime":
			var seconds int64
			seconds, err = strconv.ParseInt(value(), 10, 64)
			o.At = time.Unix(seconds, 0)
		case "-explicit_policy":
			o.ExplicitPolicy = true
		case "-inhibit_any":
			o.InhibitAnyPolicy = true
		case "-inhibit_map":
			o.InhibitPolicyMapping = true
		case "-policy_check", "-check_ss_sig", "-trusted_first", "-no_alt_chains": // the engine knows one way
		case "-policy":
			o.PolicySet = append(o.PolicySet, value())
		case "-auth_level":
			o.level, err = strconv.Atoi(value())
		case "-verify_depth":
			if o.MaxIntermediates, err = strconv.Atoi(value()); o.MaxIntermediates == 0 {
				o.MaxIntermediates = -1
			}
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
	leaf, err := readAnchors(test, c.Cert)
	if err != nil {
		return answer{}, err
	}
	store, err := readAnchors(test, c.Trusted...)
	if err != nil {
		return answer{}, err
	}
	beside, err := readAnchors(test, c.Untrusted...)
	if err != nil {
		return answer{}, err
	}
	if len(leaf) == 0 {
		return refused(errors.New("the certificate cannot be read")), nil
	}
	var anchors []trust.Anchor
	for _, a := range store {
		// Without -partial_chain only a self-signed certificate ends a path,
		// and one that settings speak of.
		if o.partial || len(a.Trusted)+len(a.Rejected) > 0 || algorithm.VerifyCertificate(a.Certificate, a.Certificate) == nil {
			anchors = append(anchors, a)
		} else {
			o.Intermediates = append(o.Intermediates, a.Certificate)
		}
	}
	for _, a := range beside {
		// OpenSSL takes what the store has of a name and key, and no other.
		if !slices.ContainsFunc(store, func(s trust.Anchor) bool { return sameEntity(s.Certificate, a.Certificate) }) {
			o.Intermediates = append(o.Intermediates, a.Certificate)
		}
	}
	path, err := trust.NewStoreOf(anchors...).Build(leaf[0].Certificate, o.Options)
	if err != nil {
		return noPath(err), nil
	}
	// The leaf's own key, which the engine judges with the signature it makes.
	if key, err := algorithm.PublicKey(path[0]); err == nil && keyStrength(key) < strengths(o.level) {
		return answer{Verdict: "failed", why: "the leaf's key is too weak"}, nil
	}
	return answer{Verdict: "passed", passed: true, Flags: []string{fmt.Sprintf("path of %d", len(path))}}, nil
}

func sameEntity(a, b *x509.Certificate) bool {
	return bytes.Equal(a.RawSubjectPublicKeyInfo, b.RawSubjectPublicKeyInfo) && trust.SameName(a.RawSubject, b.RawSubject)
}
