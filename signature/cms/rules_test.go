package cms_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
)

var content = []byte("Tờ trình")

// forge is a signature with freely chosen parts; the value is always right for
// the DER of its attributes.
type forge struct {
	id          identity
	contentType asn1.ObjectIdentifier
	digestID    []byte
	signatureID []byte
	sign        crypto.Hash
	attributes  []cms.Attribute
	certs       []*x509.Certificate
	asSent      bool // the value is over the attributes in the order given
	signers     int
}

func element(tag cbasn1.Tag, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(slices.Concat(parts...)) })
	return b.BytesOrPanic()
}

func oidDER(oid asn1.ObjectIdentifier) []byte {
	var b cryptobyte.Builder
	b.AddASN1ObjectIdentifier(oid)
	return b.BytesOrPanic()
}

func attr(oid asn1.ObjectIdentifier, values ...[]byte) cms.Attribute {
	return cms.Attribute{Type: oid, Values: values}
}

func (a forge) build(t *testing.T) []byte {
	t.Helper()
	context0 := cbasn1.Tag(0).ContextSpecific().Constructed()
	var encoded [][]byte
	for _, x := range a.attributes {
		encoded = append(encoded, element(cbasn1.SEQUENCE, oidDER(x.Type), element(cbasn1.SET, x.Values...)))
	}
	sorted := slices.Clone(encoded)
	if !a.asSent {
		slices.SortFunc(sorted, bytes.Compare)
	}
	h := a.sign
	value, err := a.id.key.Sign(rand.Reader, digest(h, element(cbasn1.SET, sorted...)), h)
	if err != nil {
		t.Fatal(err)
	}
	serial := element(cbasn1.INTEGER, a.id.cert.SerialNumber.Bytes())
	one := []byte{2, 1, 1}
	signer := element(cbasn1.SEQUENCE, one, element(cbasn1.SEQUENCE, a.id.cert.RawIssuer, serial), a.digestID,
		element(context0, encoded...), a.signatureID, element(cbasn1.OCTET_STRING, value))
	var certs [][]byte
	for _, c := range a.certs {
		certs = append(certs, c.Raw)
	}
	return contentInfo(element(context0, element(cbasn1.SEQUENCE, one, element(cbasn1.SET, a.digestID),
		element(cbasn1.SEQUENCE, oidDER(a.contentType)), element(context0, certs...),
		element(cbasn1.SET, bytes.Repeat(signer, a.signers)))))
}

// TestRules changes one thing at a time in a signature that is good.
func TestRules(t *testing.T) {
	id := newIdentity(t, newRSA(t))
	sha256 := algorithm.DigestIdentifier(crypto.SHA256)
	rsa256 := algorithm.Signature{Key: algorithm.RSA, Hash: crypto.SHA256}.Identifier()
	octets := func(b []byte) []byte { return element(cbasn1.OCTET_STRING, b) }
	md := attr(cms.OIDMessageDigest, octets(digest(crypto.SHA256, content)))
	ct := attr(cms.OIDContentType, oidDER(cms.OIDData))
	protection := func(d, s []byte) cms.Attribute {
		inner := bytes.Clone(s)
		inner[0] = 0xa1
		return attr(cms.OIDAlgorithmProtection, element(cbasn1.SEQUENCE, d, inner))
	}
	other := asn1.ObjectIdentifier{1, 2, 3, 4}
	// The same issuer and serial number again, with another key.
	twin := newIdentity(t, newRSA(t))
	serial--
	twin = identityWithSerialOf(t, twin, id)

	for _, c := range []struct {
		name   string
		change func(a *forge)
		want   error
	}{
		{"nothing", func(a *forge) {}, nil},
		{"attributes in another order", func(a *forge) { slices.Reverse(a.attributes) }, nil},
		{"digest over that order", func(a *forge) { a.attributes = []cms.Attribute{md, ct}; a.asSent = true }, cms.ErrSignature},
		{"no content-type", func(a *forge) { a.attributes = []cms.Attribute{md} }, cms.ErrAttributes},
		{"no message-digest", func(a *forge) { a.attributes = []cms.Attribute{ct} }, cms.ErrAttributes},
		{"message-digest twice", func(a *forge) { a.attributes = append(a.attributes, md) }, cms.ErrAttributes},
		{"message-digest with two values", func(a *forge) {
			a.attributes[1] = attr(cms.OIDMessageDigest, md.Values[0], octets(make([]byte, 32)))
		}, cms.ErrAttributes},
		{"message-digest without value", func(a *forge) { a.attributes[1] = attr(cms.OIDMessageDigest) }, cms.ErrAttributes},
		{"unknown attribute twice", func(a *forge) { a.attributes = append(a.attributes, attr(other, sha256), attr(other, rsa256)) }, cms.ErrAttributes},
		{"content-time-stamp twice", func(a *forge) {
			a.attributes = append(a.attributes, attr(cms.OIDContentTimestamp, sha256), attr(cms.OIDContentTimestamp, rsa256))
		}, nil},
		{"another content-type", func(a *forge) { a.attributes[0] = attr(cms.OIDContentType, oidDER(other)) }, cms.ErrContentType},
		{"another eContentType", func(a *forge) { a.contentType = other }, cms.ErrContentType},
		{"another digest", func(a *forge) { a.attributes[1] = attr(cms.OIDMessageDigest, octets(make([]byte, 32))) }, cms.ErrDigestMismatch},
		{"a digest cut short", func(a *forge) {
			a.attributes[1] = attr(cms.OIDMessageDigest, octets(digest(crypto.SHA256, content)[:31]))
		}, cms.ErrDigestMismatch},
		{"mixed digests", func(a *forge) {
			a.signatureID = algorithm.Signature{Key: algorithm.RSA, Hash: crypto.SHA512}.Identifier()
			a.sign = crypto.SHA512
		}, cms.ErrAlgorithms},
		{"algorithm protection", func(a *forge) { a.attributes = append(a.attributes, protection(sha256, rsa256)) }, nil},
		{"another algorithm protected", func(a *forge) {
			a.attributes = append(a.attributes, protection(sha256, algorithm.Signature{Key: algorithm.ECDSA, Hash: crypto.SHA256}.Identifier()))
		}, cms.ErrAlgorithms},
		{"broken algorithm protection", func(a *forge) { a.attributes = append(a.attributes, attr(cms.OIDAlgorithmProtection, sha256)) }, cms.ErrAlgorithms},
		{"unknown digest", func(a *forge) { a.digestID = element(cbasn1.SEQUENCE, oidDER(other)) }, algorithm.ErrUnsupported},
		{"unknown signature algorithm", func(a *forge) { a.signatureID = element(cbasn1.SEQUENCE, oidDER(other)) }, algorithm.ErrUnsupported},
		{"no certificate", func(a *forge) { a.certs = nil }, cms.ErrNoCertificate},
		{"the certificate twice", func(a *forge) { a.certs = append(a.certs, id.cert) }, nil},
		{"two certificates with one number", func(a *forge) { a.certs = append(a.certs, twin.cert) }, cms.ErrAmbiguousCertificate},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := forge{id: id, contentType: cms.OIDData, digestID: sha256, signatureID: rsa256, sign: crypto.SHA256,
				attributes: []cms.Attribute{ct, md}, certs: []*x509.Certificate{id.cert}, signers: 1}
			c.change(&a)
			if err := verify(a.build(t), content); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// identityWithSerialOf is id's key under the name and number of other.
func identityWithSerialOf(t *testing.T, id, other identity) identity {
	t.Helper()
	template := &x509.Certificate{SerialNumber: other.cert.SerialNumber, RawSubject: other.cert.RawSubject, Subject: other.cert.Subject,
		NotBefore: other.cert.NotBefore, NotAfter: other.cert.NotAfter}
	der, err := x509.CreateCertificate(rand.Reader, template, template, id.key.Public(), id.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return identity{cert, id.key}
}

// TestSigningCertificate: the ESS attribute binds one certificate, whatever is
// put beside the signature.
func TestSigningCertificate(t *testing.T) {
	id := newIdentity(t, newEC(t, elliptic.P256()))
	again := identityWithSerialOf(t, id, id) // the same key, name and number, another certificate
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
		sd, _, err := cms.Parse(sign(t, id, h, false, content))
		if err != nil {
			t.Fatal(err)
		}
		s := sd.Signers[0]
		if err := s.CheckSigningCertificate(id.cert); err != nil {
			t.Error(err)
		}
		if err := s.VerifySignature(again.cert); err != nil {
			t.Fatalf("the same key must verify, or the test proves nothing: %v", err)
		}
		if err := s.CheckSigningCertificate(again.cert); !errors.Is(err, cms.ErrSigningCertificate) {
			t.Errorf("another certificate of the same key: %v", err)
		}
	}
}

// TestFinishRefuses: a value that is not the certificate's never becomes a
// signature.
func TestFinishRefuses(t *testing.T) {
	id, other := newIdentity(t, newRSA(t)), newIdentity(t, newRSA(t))
	for _, pss := range []bool{false, true} {
		u, err := cms.Prepare(cms.Content{Certificate: id.cert, PSS: pss, Digest: digest(crypto.SHA256, content)})
		if err != nil {
			t.Fatal(err)
		}
		value, _ := other.key.Sign(rand.Reader, u.Digest(), u.Opts())
		if _, err := u.Finish(value); !errors.Is(err, cms.ErrSignature) {
			t.Errorf("another key: %v", err)
		}
		value, _ = id.key.Sign(rand.Reader, digest(crypto.SHA256, nil), u.Opts())
		if _, err := u.Finish(value); !errors.Is(err, cms.ErrSignature) {
			t.Errorf("another digest: %v", err)
		}
		if _, err := u.Finish(nil); !errors.Is(err, cms.ErrSignature) {
			t.Errorf("no value: %v", err)
		}
	}
	if _, err := cms.Prepare(cms.Content{Certificate: id.cert, Hash: crypto.SHA1, Digest: digest(crypto.SHA1, content)}); err == nil {
		t.Error("signs with SHA-1")
	}
	if _, err := cms.Prepare(cms.Content{Certificate: id.cert, Digest: make([]byte, 31)}); err == nil {
		t.Error("signs a digest cut short")
	}
}

// TestProfile: the attributes are those of PAdES B-B and no other, and unsigned
// ones come back.
func TestProfile(t *testing.T) {
	id := newIdentity(t, newRSA(t))
	token := element(cbasn1.SEQUENCE, []byte{5, 0})
	sd, rest, err := cms.Parse(sign(t, id, crypto.SHA256, false, content, attr(cms.OIDTimestamp, token)))
	if err != nil || len(rest) != 0 {
		t.Fatal(rest, err)
	}
	s := sd.Signers[0]
	if len(s.SignedAttributes) != 3 || len(s.Timestamps()) != 1 || !bytes.Equal(s.Timestamps()[0], token) {
		t.Errorf("%d signed attributes, timestamps %x", len(s.SignedAttributes), s.Timestamps())
	}
	if _, ok := s.ClaimedTime(); ok || sd.Content != nil || sd.Version != 1 {
		t.Error("signing-time, content or another version inside")
	}
	v2, err := s.Attribute(cms.OIDSigningCertificateV2)
	if err != nil || bytes.Contains(v2, oidDER(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1})) {
		t.Errorf("the default digest is written out: %x, %v", v2, err)
	}
}

// TestBounds: nesting, size and counts are refused, not followed.
func TestBounds(t *testing.T) {
	deep := append(bytes.Repeat([]byte{0x30, 0x80}, 100), bytes.Repeat([]byte{0, 0}, 100)...)
	a := forge{id: newIdentity(t, newEC(t, elliptic.P256())), contentType: cms.OIDData, digestID: algorithm.DigestIdentifier(crypto.SHA256),
		signatureID: algorithm.Signature{Key: algorithm.ECDSA, Hash: crypto.SHA256}.Identifier(), sign: crypto.SHA256,
		attributes: []cms.Attribute{attr(cms.OIDContentType, oidDER(cms.OIDData))}, signers: 1025}
	for name, der := range map[string][]byte{
		"deep": deep, "empty": nil, "large": make([]byte, 33<<20), "many signers": a.build(t),
		"end of contents": {0, 0}, "huge length": {0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, "huge tag": {0x3f, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00},
		"indefinite primitive": {0x04, 0x80, 0, 0}, "no end": {0x30, 0x80},
	} {
		if _, _, err := cms.Parse(der); !errors.Is(err, cms.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: nothing panics, and what parses verifies or fails quietly.
func FuzzParse(f *testing.F) {
	id := newIdentity(f, newEC(f, elliptic.P256()))
	der := sign(f, id, crypto.SHA256, false, content, attr(cms.OIDTimestamp, []byte{5, 0}))
	f.Add(der)
	f.Add(sign(f, newIdentity(f, newRSA(f)), crypto.SHA512, true, content))
	u, err := cms.Prepare(cms.Content{Certificate: id.cert, Attached: content, Type: cms.OIDTSTInfo})
	if err != nil {
		f.Fatal(err)
	}
	value, err := id.key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		f.Fatal(err)
	}
	attached, err := u.Finish(value)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(attached)
	// Indefinite lengths outside, DER inside.
	f.Add(slices.Concat([]byte{0x30, 0x80}, attached[4:], []byte{0, 0}))
	f.Fuzz(func(t *testing.T, der []byte) {
		sd, rest, err := cms.Parse(der)
		if err != nil {
			if !errors.Is(err, cms.ErrMalformed) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		if len(rest) >= len(der) {
			t.Fatal("nothing was read")
		}
		for _, s := range sd.Signers {
			s.Evidence()
			s.Timestamps()
			s.ClaimedTime()
			sd.Certificate(s)
			s.CheckSigningCertificate(id.cert)
			s.VerifyDigest(sd.ContentType, digest(crypto.SHA256, content))
			s.VerifySignature(id.cert)
			s.VerifyContent(id.cert, digest(crypto.SHA256, content))
		}
	})
}
