//go:build cgo

package token

import (
	"crypto"

	"github.com/miekg/pkcs11"
)

// maxSignature is that of an RSA key of 16384 bits, longer than any in use.
const maxSignature = 2 << 10

// sign makes one signature. See PKCS #11 v2.40 mechanisms 2.1.6 (CKM_RSA_PKCS),
// 2.1.10 (CKM_RSA_PKCS_PSS) and 2.3.6 (CKM_ECDSA).
func (l *vendorLibrary) sign(r request) ([]byte, error) {
	key, ok := l.keys[r.Key]
	if !ok {
		return nil, fail(ErrNoKey, "key %d is not open", r.Key)
	}
	mechanism, data, err := mechanismFor(r)
	if err != nil {
		return nil, err
	}
	if err := l.supports(key, mechanism.Mechanism); err != nil {
		return nil, err
	}
	if key.spent {
		return nil, fail(ErrPINIncorrect, "the PIN was refused before; nothing was tried")
	}
	if key.always {
		if err := l.mayTry(key.slot); err != nil {
			return nil, err
		}
	}
	if err := l.ctx.SignInit(key.session, []*pkcs11.Mechanism{mechanism}, key.object); err != nil {
		return nil, refuse("C_SignInit", err)
	}
	if key.always {
		if err := l.ctx.Login(key.session, pkcs11.CKU_CONTEXT_SPECIFIC, borrow(key.pin)); err != nil {
			key.spent = true
			forget(key)
			return nil, refuse("C_Login", err)
		}
	}
	value, err := l.ctx.Sign(key.session, data)
	if err != nil {
		return nil, refuse("C_Sign", err)
	}
	if len(value) > maxSignature {
		return nil, fail(ErrModule, "C_Sign: a signature of %d bytes", len(value))
	}
	if r.Scheme == schemeECDSA {
		if value, err = ecdsaDER(value); err != nil {
			return nil, fail(ErrModule, "C_Sign: %v", err)
		}
	}
	return value, nil
}

// mayTry refuses a login which the person was not asked about when it could be
// the last: another program may have used up tries since the key was opened.
func (l *vendorLibrary) mayTry(slot uint) error {
	info, err := l.ctx.GetTokenInfo(slot)
	if err != nil {
		return refuse("C_GetTokenInfo", err)
	}
	switch pinState(info.Flags) {
	case PINLocked:
		return fail(ErrPINLocked, "token %s", info.Label)
	case PINFinalTry:
		return fail(ErrPINFinalTry, "token %s; nothing was tried", info.Label)
	}
	return nil
}

func mechanismFor(r request) (*pkcs11.Mechanism, []byte, error) {
	h := crypto.Hash(r.Hash)
	if !acceptedHash(h) || len(r.Digest) == 0 || len(r.Digest) > h.Size() {
		return nil, nil, fail(ErrUnsupported, "hash %d with a digest of %d bytes", r.Hash, len(r.Digest))
	}
	switch r.Scheme {
	case schemePKCS1:
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), digestInfo(h, r.Digest), nil
	case schemePSS:
		p := map[crypto.Hash][2]uint{
			crypto.SHA256: {pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
			crypto.SHA384: {pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
			crypto.SHA512: {pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
		}[h]
		params := pkcs11.NewPSSParams(p[0], p[1], uint(h.Size()))
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, params), r.Digest, nil
	case schemeECDSA:
		return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil), r.Digest, nil
	}
	return nil, nil, fail(ErrUnsupported, "scheme %q", r.Scheme)
}

// supports asks the token, because a library may have mechanisms of its own
// that the card behind it has not.
func (l *vendorLibrary) supports(key *vendorKey, mechanism uint) error {
	if key.mechanisms == nil {
		var err error
		if key.mechanisms, err = l.ctx.GetMechanismList(key.slot); err != nil {
			return refuse("C_GetMechanismList", err)
		}
	}
	for _, m := range key.mechanisms {
		if m.Mechanism == mechanism {
			return nil
		}
	}
	name := map[uint]string{
		pkcs11.CKM_RSA_PKCS:     "RSA PKCS #1 v1.5 (CKM_RSA_PKCS)",
		pkcs11.CKM_RSA_PKCS_PSS: "RSA-PSS (CKM_RSA_PKCS_PSS)",
		pkcs11.CKM_ECDSA:        "ECDSA (CKM_ECDSA)",
	}[mechanism]
	return fail(ErrUnsupported, "the token does not offer %s", name)
}
