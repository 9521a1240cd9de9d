package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

const x509Line = "openssl x509-verify"

// certificate is one of a PEM file, with the uses OpenSSL's own form of
// certificate trusts and rejects it for.
type certificate struct {
	*x509.Certificate
	trusted, rejected []asn1.ObjectIdentifier
}

// verifyOptions are the options of one command.
type verifyOptions struct {
	partial, strict, checkSelf bool
	// level is OpenSSL's authentication level; the recipes' own is 1.
	level int
	// depth is how many CAs may stand between leaf and anchor; negative is no
	// limit.
	depth   int
	purpose asn1.ObjectIdentifier // nil for any
	trust.Options
}

var (
	oidServer = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
	oidClient = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	oidAnyUse = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
	oidEKU    = asn1.ObjectIdentifier{2, 5, 29, 37}
)

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
		case "-x509_strict":
			o.strict = true
		case "-check_ss_sig":
			o.checkSelf = true
		case "-attime":
			var seconds int64
			seconds, err = strconv.ParseInt(value(), 10, 64)
			o.At = time.Unix(seconds, 0)
		case "-explicit_policy":
			o.ExplicitPolicy = true
		case "-policy_check", "-allow_proxy_certs":
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

// serves tells whether c may be used for purpose. Unlike the engine, TLS takes
// the extension of a CA for a limit on what it certifies.
func serves(c *x509.Certificate, purpose asn1.ObjectIdentifier) bool {
	for _, e := range c.Extensions {
		if purpose != nil && e.Id.Equal(oidEKU) {
			var uses []asn1.ObjectIdentifier
			_, err := asn1.Unmarshal(e.Value, &uses)
			return err == nil && slices.ContainsFunc(uses, purpose.Equal)
		}
	}
	return true
}

type standing int

const (
	neither standing = iota
	accepted
	denied
)

// standing tells whether OpenSSL ends a path at c: by the uses it is trusted or
// rejected for, or else when it is self-signed or partial chains are wanted.
// Without a purpose the uses do not count.
func (c certificate) standing(o verifyOptions) standing {
	matches := func(id asn1.ObjectIdentifier) bool { return id.Equal(oidAnyUse) || id.Equal(o.purpose) }
	self := algorithm.VerifyCertificate(c.Certificate, c.Certificate) == nil
	switch {
	case o.purpose != nil && slices.ContainsFunc(c.rejected, matches):
		return denied
	case slices.ContainsFunc(c.trusted, matches):
		return accepted
	case o.purpose != nil && len(c.trusted) > 0:
		return denied
	case o.checkSelf && trust.SameName(c.RawSubject, c.RawIssuer) && !self:
		return denied
	case o.partial || self:
		return accepted
	}
	return neither
}

// strengths are the bits of security an authentication level demands.
func strengths(level int) int {
	bits := []int{0, 80, 112, 128, 192, 256}
	return bits[max(0, min(level, len(bits)-1))]
}

func digestStrength(s algorithm.Signature) int {
	switch {
	case s.Key == algorithm.Ed25519:
		return 128
	case s.Hash == crypto.MD5:
		return 39
	case s.Hash == crypto.SHA1:
		return 63
	case s.Hash == 0:
		return 0
	}
	return s.Hash.Size() * 4
}

func keyStrength(key crypto.PublicKey) int {
	switch k := key.(type) {
	case *rsa.PublicKey:
		switch n := k.N.BitLen(); {
		case n >= 15360:
			return 256
		case n >= 7680:
			return 192
		case n >= 3072:
			return 128
		case n >= 2048:
			return 112
		case n >= 1024:
			return 80
		}
		return 0
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize / 2
	case ed25519.PublicKey:
		return 128
	}
	return 256 // a kind without a measure here is not weak for it
}

// readCertificates reads files named as OpenSSL's recipes name them. The index
// has "root+serverAuth" as two names.
func readCertificates(test string, names ...string) (list []certificate, err error) {
	file := func(name string) string {
		return filepath.Join(test, "certs", strings.TrimPrefix(strings.TrimSuffix(name, ".pem"), "certs/")+".pem")
	}
	for i := 0; i < len(names); i++ {
		found, err := readPEM(file(names[i]))
		if errors.Is(err, os.ErrNotExist) && i+1 < len(names) {
			if both, err2 := readPEM(file(names[i] + "+" + names[i+1])); err2 == nil {
				found, err = both, nil
				i++
			}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// readPEM reads the certificates of a file. One that cannot be read cannot be
// part of a path, and is left out.
func readPEM(file string) (list []certificate, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return list, nil
		}
		c := certificate{}
		der := block.Bytes
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE":
		case "TRUSTED CERTIFICATE":
			der = c.readUses(der)
		default:
			continue
		}
		if certs, err := trust.ParseCertificates(der); err == nil {
			c.Certificate = certs[0]
			list = append(list, c)
		}
	}
}

// readUses reads what follows the certificate in OpenSSL's own form, and
// returns the certificate.
func (c *certificate) readUses(der []byte) []byte {
	var cert asn1.RawValue
	rest, err := asn1.Unmarshal(der, &cert)
	if err != nil || len(rest) == 0 {
		return der
	}
	var aux struct {
		Trusted  []asn1.ObjectIdentifier `asn1:"optional"`
		Rejected []asn1.ObjectIdentifier `asn1:"optional,tag:0"`
		Alias    string                  `asn1:"optional,utf8"`
		KeyID    []byte                  `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(rest, &aux); err == nil {
		c.trusted, c.rejected = aux.Trusted, aux.Rejected
	}
	return cert.FullBytes
}
