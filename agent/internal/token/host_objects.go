//go:build cgo

package token

import (
	"bytes"

	"github.com/miekg/pkcs11"
)

const (
	// maxTokens: a desk has one or two tokens; a card reader wall is not our case.
	maxTokens = 16
	// maxSlots is more than any library shows; above it, the list is a lie.
	maxSlots = 1024
	// maxObjects per kind and token: real ones carry under ten certificates.
	maxObjects = 64
	// maxCertificate: the largest seen on tokens are 3 KiB.
	maxCertificate = 16 << 10
)

// readObjects reads what the token shows without login: its certificates, and
// the CKA_IDs of its keys. Private keys are mostly invisible then, and public
// keys often absent, so a missing ID proves nothing.
func (l *vendorLibrary) readObjects(t *wireToken) error {
	session, err := l.ctx.OpenSession(t.Slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return refuse("C_OpenSession", err)
	}
	defer l.ctx.CloseSession(session)
	certificates, err := l.find(session, pkcs11.CKO_CERTIFICATE)
	if err != nil {
		return err
	}
	for _, o := range certificates {
		der := l.attribute(session, o, pkcs11.CKA_VALUE)
		if len(der) == 0 { // not X.509, or kept elsewhere (CKA_URL)
			continue
		}
		if len(der) > maxCertificate {
			return fail(ErrModule, "a certificate of %d bytes, at most %d", len(der), maxCertificate)
		}
		t.Certificates = append(t.Certificates, wireCert{
			DER:   der,
			ID:    l.attribute(session, o, pkcs11.CKA_ID),
			Label: text(string(l.attribute(session, o, pkcs11.CKA_LABEL))),
		})
	}
	for _, class := range []uint{pkcs11.CKO_PUBLIC_KEY, pkcs11.CKO_PRIVATE_KEY} {
		keys, err := l.find(session, class)
		if err != nil {
			continue // some libraries refuse to search before login
		}
		for _, o := range keys {
			if id := l.attribute(session, o, pkcs11.CKA_ID); len(id) > 0 {
				t.KeyIDs = append(t.KeyIDs, id)
			}
		}
	}
	return nil
}

// findKey finds the private key of a certificate: by CKA_ID, else among all
// keys of its type. An RSA key must also have the certificate's modulus, if it
// shows one. Should a wrong EC key be chosen, its first signature is refused.
func (l *vendorLibrary) findKey(session pkcs11.SessionHandle, r request) (pkcs11.ObjectHandle, error) {
	var found []pkcs11.ObjectHandle
	var err error
	if len(r.ObjectID) > 0 {
		found, err = l.find(session, pkcs11.CKO_PRIVATE_KEY, pkcs11.NewAttribute(pkcs11.CKA_ID, r.ObjectID))
	}
	if err == nil && len(found) == 0 {
		found, err = l.find(session, pkcs11.CKO_PRIVATE_KEY)
	}
	if err != nil {
		return 0, err
	}
	want := map[string]uint{keyRSA: pkcs11.CKK_RSA, keyEC: pkcs11.CKK_EC}
	var matching []pkcs11.ObjectHandle
	for _, o := range found {
		if kind, ok := want[r.KeyType]; !ok || !l.equals(session, o, pkcs11.CKA_KEY_TYPE, kind) {
			continue
		}
		if r.KeyType == keyRSA {
			if m := l.attribute(session, o, pkcs11.CKA_MODULUS); len(m) > 0 && !sameNumber(m, r.Modulus) {
				continue
			}
		}
		matching = append(matching, o)
	}
	if len(matching) != 1 {
		return 0, fail(ErrNoKey, "%d private keys on the token fit the certificate", len(matching))
	}
	return matching[0], nil
}

// find lists the objects of a class with the given attributes.
func (l *vendorLibrary) find(session pkcs11.SessionHandle, class uint, and ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	template := append([]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}, and...)
	if err := l.ctx.FindObjectsInit(session, template); err != nil {
		return nil, refuse("C_FindObjectsInit", err)
	}
	defer l.ctx.FindObjectsFinal(session)
	var all []pkcs11.ObjectHandle
	for {
		some, _, err := l.ctx.FindObjects(session, maxObjects)
		if err != nil {
			return nil, refuse("C_FindObjects", err)
		}
		all = append(all, some...)
		if len(some) == 0 {
			return all, nil
		}
		if len(all) > maxObjects {
			return nil, fail(ErrModule, "more than %d objects of a kind", maxObjects)
		}
	}
}

// attribute reads one attribute, nil where the token has or shows none. One at a
// time, because libraries differ in what they do when one of several is missing.
func (l *vendorLibrary) attribute(session pkcs11.SessionHandle, o pkcs11.ObjectHandle, kind uint) []byte {
	a, err := l.ctx.GetAttributeValue(session, o, []*pkcs11.Attribute{pkcs11.NewAttribute(kind, nil)})
	if err != nil || len(a) != 1 {
		return nil
	}
	return a[0].Value
}

func (l *vendorLibrary) flag(session pkcs11.SessionHandle, o pkcs11.ObjectHandle, kind uint) bool {
	v := l.attribute(session, o, kind)
	return len(v) == 1 && v[0] != 0
}

// equals compares a CK_ULONG attribute. The number's width is the library's, so
// the wanted value is encoded by the wrapper the same way.
func (l *vendorLibrary) equals(session pkcs11.SessionHandle, o pkcs11.ObjectHandle, kind, want uint) bool {
	return bytes.Equal(l.attribute(session, o, kind), pkcs11.NewAttribute(kind, want).Value)
}
