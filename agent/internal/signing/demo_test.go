package signing

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"reflect"
	"testing"
	"time"
)

func selfSigned(t *testing.T, key crypto.Signer, pub crypto.PublicKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Thử"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestDemoApproverReachesNoOtherKey: the approver that asks nobody can be had
// with a demo key of this process alone.
func TestDemoApproverReachesNoOtherKey(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// A demo key cannot be made of another person's certificate.
	_, err = GenerateDemoKey(func(crypto.PublicKey) (*x509.Certificate, []*x509.Certificate, error) {
		return selfSigned(t, other, other.Public()), nil, nil
	})
	if err == nil {
		t.Error("a certificate of another key was accepted")
	}
	demo, err := GenerateDemoKey(func(pub crypto.PublicKey) (*x509.Certificate, []*x509.Certificate, error) {
		return selfSigned(t, other, pub), nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewDemoService(demo, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ids, err := s.Identities(context.Background()); err != nil || len(ids) != 1 || ids[0].ID != "demo" {
		t.Errorf("the demo service has the keys %+v, %v", ids, err)
	}
	// Nothing of the service or the key can be reached or exchanged from outside.
	for _, typ := range []reflect.Type{reflect.TypeFor[Service](), reflect.TypeFor[DemoKey]()} {
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() {
				t.Errorf("%s.%s is exported", typ, f.Name)
			}
		}
	}
	if n := reflect.TypeOf(demo).NumMethod(); n != 0 {
		t.Errorf("DemoKey has %d exported methods", n)
	}
	// Even inside the package the approver answers for its key alone.
	approver := demoApprover{demo}
	yes, err := approver.Approve(context.Background(), Question{Identities: []Identity{demo.identity}})
	if err != nil || !yes.Approved {
		t.Errorf("its own key: %+v, %v", yes, err)
	}
	stranger := Identity{ID: demo.identity.ID, Certificate: selfSigned(t, other, other.Public())}
	for name, ids := range map[string][]Identity{"none": nil, "stranger": {stranger}, "stranger beside": {demo.identity, stranger}} {
		if answer, err := approver.Approve(context.Background(), Question{Identities: ids}); err == nil || answer.Approved {
			t.Errorf("%s: approved", name)
		}
	}
	if _, err := NewDemoService(nil, time.Now, nil); err == nil {
		t.Error("a demo service without a key")
	}
	// The key it lends cannot decrypt or be taken out.
	key, err := demoKeys{demo}.Open(context.Background(), "demo", nil, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := key.(crypto.Decrypter); ok {
		t.Error("the demo key decrypts")
	}
}
