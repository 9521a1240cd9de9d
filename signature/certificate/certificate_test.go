package certificate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kyso/signature/algorithm"
	"kyso/signature/certificate"
	"kyso/testdata/corpus"
)

// compared are the fields that must be those of crypto/x509.
var compared = []string{"Raw", "RawTBSCertificate", "RawSubjectPublicKeyInfo", "RawSubject", "RawIssuer", "Signature",
	"PublicKeyAlgorithm", "PublicKey", "Version", "SerialNumber", "Issuer", "Subject", "NotBefore", "NotAfter", "KeyUsage",
	"Extensions", "ExtKeyUsage", "UnknownExtKeyUsage", "BasicConstraintsValid", "IsCA", "MaxPathLen", "MaxPathLenZero",
	"SubjectKeyId", "AuthorityKeyId", "OCSPServer", "IssuingCertificateURL", "EmailAddresses", "CRLDistributionPoints", "Policies",
	"PolicyMappings", "InhibitAnyPolicy", "InhibitAnyPolicyZero", "InhibitPolicyMapping", "InhibitPolicyMappingZero",
	"RequireExplicitPolicy", "RequireExplicitPolicyZero"}

// differences are the fields in which two readings of one certificate differ.
func differences(ours, theirs *x509.Certificate) (names []string) {
	a, b := reflect.ValueOf(ours).Elem(), reflect.ValueOf(theirs).Elem()
	for _, name := range compared {
		x, y := a.FieldByName(name), b.FieldByName(name)
		if x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
			continue // nil and empty
		}
		if name == "PublicKey" && theirs.PublicKeyAlgorithm == x509.UnknownPublicKeyAlgorithm {
			continue // a key crypto/x509 does not know
		}
		if name == "PublicKey" && samePoint(ours.PublicKey, theirs.PublicKey) {
			continue
		}
		if !reflect.DeepEqual(x.Interface(), y.Interface()) {
			names = append(names, name)
		}
	}
	return names
}

// samePoint tells whether two readings of an elliptic key are one point.
func samePoint(ours, theirs any) bool {
	a, ok1 := ours.(*algorithm.ECPublicKey)
	b, ok2 := theirs.(*ecdsa.PublicKey)
	if !ok1 || !ok2 {
		// P-224, which the engine does not know.
		return ok2 && ours == nil && b.Curve == elliptic.P224()
	}
	whole, err := b.Bytes()
	if err != nil || a.Bits() != b.Curve.Params().BitSize {
		return false
	}
	return bytes.Equal(a.Bytes(), whole) || bytes.Equal(a.Bytes(), elliptic.MarshalCompressed(b.Curve, b.X, b.Y))
}

// refused are the recorded certificates that crypto/x509 reads and Parse does
// not: those whose signature is not whole bytes.
var refused = []string{"BadSignedCACert.crt", "InvalidDSASignatureTest6EE.crt"}

// found calls f with every certificate of the recorded cases, and returns how
// many there are.
func found(t testing.TB, f func(name string, der []byte)) (n int) {
	root := corpus.Path(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > 4<<20 {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if bytes.HasPrefix(data, []byte{0x30, 0x82}) {
			n++
			f(name, data)
		}
		for rest := data; bytes.Contains(rest, []byte("-----BEGIN")); {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if strings.HasSuffix(block.Type, "CERTIFICATE") {
				n++
				f(name, block.Bytes)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDifferential: what crypto/x509 reads, Parse reads, with the same fields.
func TestDifferential(t *testing.T) {
	both, more, fewer := 0, 0, 0
	n := found(t, func(name string, der []byte) {
		theirs, theirErr := x509.ParseCertificate(der)
		ours, err := certificate.Parse(der)
		switch {
		case theirErr == nil && err == nil:
			both++
			if d := differences(ours, theirs); len(d) > 0 {
				t.Errorf("%s: %v differ", name, d)
			}
			if ours.SignatureAlgorithm != theirs.SignatureAlgorithm && theirs.SignatureAlgorithm != 0 {
				t.Errorf("%s: signed with %v, not %v", name, ours.SignatureAlgorithm, theirs.SignatureAlgorithm)
			}
			if _, err := algorithm.PublicKey(ours); (err == nil) != (theirs.PublicKey != nil) && theirs.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm {
				t.Errorf("%s: key: %v", name, err)
			}
		case theirErr == nil:
			if fewer++; !slices.Contains(refused, filepath.Base(name)) {
				t.Errorf("refused: %s: %v", name, err)
			}
		case err == nil:
			more++
			t.Logf("read: %s: %v", name, theirErr)
		}
	})
	t.Logf("%d files and blocks: %d read by both alike, %d by Parse alone, %d by crypto/x509 alone", n, both, more, fewer)
}
