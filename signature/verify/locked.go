package verify

import (
	"errors"

	"kyso/signature/pdf"
)

// lockedReason says why an encrypted document was not judged.
func lockedReason(err error) *Message {
	switch {
	case errors.Is(err, pdf.ErrPassword):
		return &msgEncrypted
	case errors.Is(err, pdf.ErrPublicKey):
		return &msgEncryptedTo
	}
	return with(&msgEncryption, err.Error())
}
