package trust_test

import (
	"bytes"
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"

	"kyso/signature/algorithm"
	"kyso/signature/certificate"
	"kyso/signature/trust"
)

// dsaCertificate is a CA with a DSA key, with or without its parameters.
func dsaCertificate(t *testing.T, name string, key *dsa.PublicKey, parameters bool, issuer *entity) *x509.Certificate {
	t.Helper()
	plain := issue(t, name, newKey(t), issuer, true, nil)
	y, err := asn1.Marshal(key.Y)
	if err != nil {
		t.Fatal(err)
	}
	type identifier struct {
		OID        asn1.ObjectIdentifier
		Parameters struct{ P, Q, G *big.Int } `asn1:"optional"`
	}
	id := identifier{OID: asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}}
	idDER, err := asn1.Marshal(struct{ OID asn1.ObjectIdentifier }{id.OID})
	if parameters {
		id.Parameters.P, id.Parameters.Q, id.Parameters.G = key.P, key.Q, key.G
		idDER, err = asn1.Marshal(id)
	}
	if err != nil {
		t.Fatal(err)
	}
	spki, err := asn1.Marshal(struct {
		ID  asn1.RawValue
		Key asn1.BitString
	}{asn1.RawValue{FullBytes: idDER}, asn1.BitString{Bytes: y, BitLength: 8 * len(y)}})
	if err != nil {
		t.Fatal(err)
	}
	return resign(t, plain.cert, spki, nil, issuer)
}

// resign puts another key, and another signature, into a certificate. With by
// it is signed by that DSA key, else by the issuer's.
func resign(t *testing.T, cert *x509.Certificate, spki []byte, by *dsa.PrivateKey, issuer *entity) *x509.Certificate {
	t.Helper()
	type tbs struct {
		Version                                      asn1.RawValue
		Serial, Algorithm, Issuer, Validity, Subject asn1.RawValue
		Key                                          asn1.RawValue
		Extensions                                   asn1.RawValue
	}
	var c tbs
	if _, err := asn1.Unmarshal(cert.RawTBSCertificate, &c); err != nil {
		t.Fatal(err)
	}
	if spki != nil {
		c.Key = asn1.RawValue{FullBytes: spki}
	}
	if by != nil {
		id, _ := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 2}})
		c.Algorithm = asn1.RawValue{FullBytes: id}
	}
	raw, err := asn1.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(raw)
	var value []byte
	if by != nil {
		r, s, err := dsa.Sign(rand.Reader, by, digest[:(by.Q.BitLen()+7)/8])
		if err != nil {
			t.Fatal(err)
		}
		value, _ = asn1.Marshal(struct{ R, S *big.Int }{r, s})
	} else if value, err = ecdsa.SignASN1(rand.Reader, issuer.key, digest[:]); err != nil {
		t.Fatal(err)
	}
	whole, err := asn1.Marshal(struct {
		TBS, Algorithm asn1.RawValue
		Value          asn1.BitString
	}{asn1.RawValue{FullBytes: raw}, c.Algorithm, asn1.BitString{Bytes: value, BitLength: 8 * len(value)}})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := certificate.Parse(whole)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestInheritedParameters: a DSA key without parameters verifies with those of
// its issuer and with no others, RFC 5280 6.1.4 (d) to (f).
func TestInheritedParameters(t *testing.T) {
	var upper, lower dsa.PrivateKey
	if err := dsa.GenerateParameters(&upper.Parameters, rand.Reader, dsa.L1024N160); err != nil {
		t.Fatal(err)
	}
	if err := dsa.GenerateKey(&upper, rand.Reader); err != nil {
		t.Fatal(err)
	}
	lower.Parameters = upper.Parameters
	if err := dsa.GenerateKey(&lower, rand.Reader); err != nil {
		t.Fatal(err)
	}
	root := issue(t, "Root", newKey(t), nil, true, nil)
	whole := dsaCertificate(t, "Over", &upper.PublicKey, true, root)
	// The lower CA: its key without parameters, signed by the upper one.
	short := dsaCertificate(t, "Lower", &lower.PublicKey, false, root)
	short = resign(t, retitled(t, short, whole), nil, &upper, nil)
	leafTemplate := issue(t, "Leaf", newKey(t), keyless(t, short), false, nil)
	leaf := resign(t, leafTemplate.cert, nil, &lower, nil)
	o := trust.Options{At: now, Intermediates: []*x509.Certificate{whole, short}, Algorithms: rules2010}
	path, err := trust.NewStore(root.cert).Build(leaf, o)
	if err != nil || len(path) != 4 {
		t.Fatalf("path of %d: %v", len(path), err)
	}
	if algorithm.NeedsParameters(path[1]) || !algorithm.NeedsParameters(short) {
		t.Error("the path does not carry the whole key, or the certificate handed in was changed")
	}
	forged := resign(t, leafTemplate.cert, nil, &upper, nil)
	if _, err := trust.NewStore(root.cert).Build(forged, o); reason(err) != trust.BadSignature {
		t.Errorf("signed by another key with the same parameters: %v", err)
	}
	o.Algorithms = nil
	if _, err := trust.NewStore(root.cert).Build(leaf, o); reason(err) != trust.Algorithm {
		t.Errorf("1024 bits today: %v", err)
	}
	// An issuer whose key is no DSA key passes on nothing.
	orphan := dsaCertificate(t, "Orphan", &lower.PublicKey, false, root)
	below := resign(t, issue(t, "Leaf", newKey(t), keyless(t, orphan), false, nil).cert, nil, &lower, nil)
	if _, err := trust.NewStore(root.cert).Build(below, trust.Options{At: now, Intermediates: []*x509.Certificate{orphan}, Algorithms: rules2010}); err == nil {
		t.Error("a key without parameters verifies")
	}
}

// keyless is an issuer for x509.CreateCertificate, whose signature is replaced
// afterwards.
func keyless(t *testing.T, cert *x509.Certificate) *entity {
	bare := *cert
	bare.PublicKey = nil
	return &entity{&bare, newKey(t)}
}

// retitled is cert with the subject of issuer, as long as its own issuer, in
// its place.
func retitled(t *testing.T, cert, issuer *x509.Certificate) *x509.Certificate {
	t.Helper()
	return certOf(t, bytes.Replace(cert.Raw, cert.RawIssuer, issuer.RawSubject, 1))
}

func certOf(t *testing.T, der []byte) *x509.Certificate {
	cert, err := certificate.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
