//go:build cgo

package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"github.com/miekg/pkcs11"
)

// importCertificate puts a certificate beside its key: nothing is removed before
// the new one was read back and has verified a signature of the key, and what
// was written is removed again when that fails.
func (k *keeping) importCertificate(o order, pin []byte) (*outcome, error) {
	cert, err := x509.ParseCertificate(o.Certificate)
	if err != nil || len(o.Certificate) > maxCertificate {
		return nil, fail(ErrUnsupported, "certificate: %v", err)
	}
	if err := k.login(pkcs11.CKU_USER, pinState(k.flags), pin); err != nil {
		return nil, err
	}
	key, err := k.keyOf(cert, o.ObjectID, pin)
	if err != nil {
		return nil, err
	}
	there, err := k.certificates(k.session, o.Certificate)
	if err != nil {
		return nil, err
	}
	result := &outcome{Present: len(there) > 0}
	if !result.Present {
		written, err := k.write(cert, k.attribute(k.session, key, pkcs11.CKA_ID), o.Name)
		if err != nil {
			return nil, err
		}
		if err := k.prove(o.Certificate, key, pin); err != nil {
			return nil, k.undo(err, k.ctx.DestroyObject(k.session, written))
		}
	} else if err := k.prove(o.Certificate, key, pin); err != nil {
		return nil, err
	}
	for _, der := range o.Remove {
		if err := k.remove(der); err != nil && result.Left == "" {
			result.Left = err.Error()
		}
	}
	return result, nil
}

// maxCandidates bounds the keys that are tried for a certificate; tokens have
// one or two.
const maxCandidates = 8

// keyOf finds the private key of a certificate: by its modulus or point where
// the token shows it, else by a signature made with it.
func (k *keeping) keyOf(cert *x509.Certificate, id, pin []byte) (pkcs11.ObjectHandle, error) {
	kind := map[bool]uint{true: pkcs11.CKK_RSA, false: pkcs11.CKK_EC}[isRSAKey(cert.PublicKey)]
	var and []*pkcs11.Attribute
	if len(id) > 0 {
		and = append(and, pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	}
	found, err := k.find(k.session, pkcs11.CKO_PRIVATE_KEY, and...)
	if err != nil {
		return 0, err
	}
	var unsure []pkcs11.ObjectHandle
	for _, o := range found {
		if !k.equals(k.session, o, pkcs11.CKA_KEY_TYPE, kind) {
			continue
		}
		p := wirePublic{Modulus: k.attribute(k.session, o, pkcs11.CKA_MODULUS), Point: k.attribute(k.session, o, pkcs11.CKA_EC_POINT)}
		switch {
		case p.is(cert.PublicKey):
			return o, nil
		case len(p.Modulus) == 0 && len(p.Point) == 0:
			unsure = append(unsure, o)
		}
	}
	for _, o := range unsure[:min(len(unsure), maxCandidates)] {
		err := k.try(cert, o, pin)
		if err == nil {
			return o, nil
		}
		if !errors.Is(err, errOtherKey) {
			return 0, err
		}
	}
	return 0, fail(ErrNoKey, "no private key on token %s belongs to the certificate", k.label)
}

var errOtherKey = errors.New("the signature does not fit the certificate")

// try makes the test signature with a key and checks it with a certificate. One
// that does not fit is errOtherKey.
func (k *keeping) try(cert *x509.Certificate, object pkcs11.ObjectHandle, pin []byte) error {
	if k.pad() {
		pin = nil
	}
	s := scheme{Name: schemePKCS1, Hash: crypto.SHA256}
	digest := testDigest()
	r := request{Scheme: schemePKCS1, Hash: uint(s.Hash), Digest: digest}
	if ec, ok := cert.PublicKey.(*ecdsa.PublicKey); ok {
		s.Name, r.Scheme, r.Digest = schemeECDSA, schemeECDSA, truncateForCurve(ec, digest)
	}
	key := &vendorKey{slot: k.slot, session: k.session, object: object, pin: append([]byte(nil), pin...)}
	key.always = k.flag(k.session, object, pkcs11.CKA_ALWAYS_AUTHENTICATE)
	defer forget(key)
	k.last++
	r.Key = k.last
	k.keys[r.Key] = key
	defer delete(k.keys, r.Key)
	value, err := k.sign(r)
	if err != nil {
		return err
	}
	if err := s.verify(cert.PublicKey, digest, value); err != nil {
		return fmt.Errorf("%w: %w", errOtherKey, err)
	}
	return nil
}

// write makes the certificate's object (PKCS #11 v2.40, 4.6.3).
func (k *keeping) write(cert *x509.Certificate, id []byte, name string) (pkcs11.ObjectHandle, error) {
	serial, err := asn1.Marshal(cert.SerialNumber)
	if err != nil {
		return 0, fail(ErrUnsupported, "serial number: %v", err)
	}
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE),
		pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, false),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, name),
		pkcs11.NewAttribute(pkcs11.CKA_SUBJECT, cert.RawSubject),
		pkcs11.NewAttribute(pkcs11.CKA_ISSUER, cert.RawIssuer),
		pkcs11.NewAttribute(pkcs11.CKA_SERIAL_NUMBER, serial),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE, cert.Raw),
	}
	if len(id) > 0 {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	}
	written, err := k.ctx.CreateObject(k.session, template)
	return written, cannot("C_CreateObject", err)
}

// prove reads the certificate back through another session, as the next program
// will, and has the key make a signature that what was read verifies.
func (k *keeping) prove(der []byte, key pkcs11.ObjectHandle, pin []byte) error {
	other, err := k.ctx.OpenSession(k.slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return refuse("C_OpenSession", err)
	}
	defer k.ctx.CloseSession(other)
	found, err := k.certificates(other, der)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fail(ErrModule, "the certificate read back differs from what was written")
	}
	if !bytes.Equal(k.attribute(other, found[0], pkcs11.CKA_ID), k.attribute(k.session, key, pkcs11.CKA_ID)) {
		return fail(ErrModule, "the certificate read back has another CKA_ID than its key")
	}
	cert, err := x509.ParseCertificate(k.attribute(other, found[0], pkcs11.CKA_VALUE))
	if err != nil {
		return fail(ErrModule, "the certificate read back: %v", err)
	}
	if err := k.try(cert, key, pin); errors.Is(err, errOtherKey) {
		return fail(ErrNoKey, "%v", err)
	} else if err != nil {
		return err
	}
	return nil
}

// undo joins why something failed with whether it could be undone.
func (k *keeping) undo(why, undone error) error {
	if undone == nil {
		return why
	}
	return fail(ErrNotRestored, "%v; undoing it: %v", why, undone)
}

// certificates lists the objects that hold exactly this certificate.
func (k *keeping) certificates(session pkcs11.SessionHandle, der []byte) ([]pkcs11.ObjectHandle, error) {
	all, err := k.find(session, pkcs11.CKO_CERTIFICATE)
	if err != nil {
		return nil, err
	}
	var found []pkcs11.ObjectHandle
	for _, o := range all {
		if bytes.Equal(k.attribute(session, o, pkcs11.CKA_VALUE), der) {
			found = append(found, o)
		}
	}
	return found, nil
}

// remove removes a certificate that has been replaced.
func (k *keeping) remove(der []byte) error {
	old, err := k.certificates(k.session, der)
	if err != nil {
		return err
	}
	for _, o := range old {
		if err := k.ctx.DestroyObject(k.session, o); err != nil {
			return cannot("C_DestroyObject", err)
		}
	}
	if left, err := k.certificates(k.session, der); err != nil || len(left) > 0 {
		return fail(ErrModule, "C_DestroyObject: the certificate is still there")
	}
	return nil
}
