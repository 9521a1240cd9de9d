//go:build cgo

package token

import "github.com/miekg/pkcs11"

// rename gives a certificate and the keys of its CKA_ID another CKA_LABEL: all
// of them or none. Objects that carry other certificates of the key keep theirs.
func (k *keeping) rename(o order, pin []byte) (*outcome, error) {
	if err := k.login(pkcs11.CKU_USER, pinState(k.flags), pin); err != nil {
		return nil, err
	}
	objects, err := k.certificates(k.session, o.Certificate)
	if err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		return nil, fail(ErrNoKey, "the certificate is not on token %s any more", k.label)
	}
	if id := k.attribute(k.session, objects[0], pkcs11.CKA_ID); len(id) > 0 {
		for _, class := range []uint{pkcs11.CKO_PRIVATE_KEY, pkcs11.CKO_PUBLIC_KEY} {
			keys, err := k.find(k.session, class, pkcs11.NewAttribute(pkcs11.CKA_ID, id))
			if err != nil {
				return nil, err
			}
			objects = append(objects, keys...)
		}
	}
	before := make([][]byte, len(objects))
	for i, object := range objects {
		before[i] = k.attribute(k.session, object, pkcs11.CKA_LABEL)
		err := cannot("C_SetAttributeValue", k.setLabel(object, []byte(o.Name)))
		if err == nil && string(k.attribute(k.session, object, pkcs11.CKA_LABEL)) != o.Name {
			err = fail(ErrNotPossible, "C_SetAttributeValue: the label stayed as it was")
		}
		if err == nil {
			continue
		}
		var undone error
		for j := range i {
			if e := k.setLabel(objects[j], before[j]); e != nil {
				undone = e
			}
		}
		return nil, k.undo(err, undone)
	}
	return &outcome{}, nil
}

func (k *keeping) setLabel(object pkcs11.ObjectHandle, label []byte) error {
	return k.ctx.SetAttributeValue(k.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_LABEL, label)})
}
