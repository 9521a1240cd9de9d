package token

import (
	"errors"
	"fmt"
)

// The operations of the token-host protocol. One request is answered by one
// response before the next is sent.
const (
	opTokens = "tokens" // -> Tokens
	opOpen   = "open"   // Slot, Serial, Label, ObjectID, KeyType, Modulus, AllowFinalTry, secret -> Key
	opSign   = "sign"   // Key, Scheme, Hash, Digest; Slot, Serial, Label for opPresent -> Signature
	opClose  = "close"  // Key
	opWatch  = "watch"  // Present, Poll -> Present, as soon as it differs or time is up
	// Slot, Serial, Label -> ErrTokenRemoved where no token is the one
	opPresent = "present"
)

type request struct {
	Op            string `json:"op"`
	Manage        *order `json:"manage,omitempty"`
	Slot          uint   `json:"slot,omitempty"`
	Serial        string `json:"serial,omitempty"`
	Label         string `json:"label,omitempty"` // of the token
	ObjectID      []byte `json:"objectId,omitempty"`
	KeyType       string `json:"keyType,omitempty"` // keyRSA or keyEC
	Modulus       []byte `json:"modulus,omitempty"` // of an RSA key, to recognise it by
	AllowFinalTry bool   `json:"allowFinalTry,omitempty"`
	Key           int    `json:"key,omitempty"`
	Scheme        string `json:"scheme,omitempty"`
	Hash          uint   `json:"hash,omitempty"` // crypto.Hash
	Digest        []byte `json:"digest,omitempty"`
	Present       string `json:"present,omitempty"` // what watch last told
	Poll          bool   `json:"poll,omitempty"`    // watch does not call C_WaitForSlotEvent
}

const (
	keyRSA = "rsa"
	keyEC  = "ec"
)

type response struct {
	Error     *wireError  `json:"error,omitempty"`
	Managed   *outcome    `json:"managed,omitempty"`
	Tokens    []wireToken `json:"tokens,omitempty"`
	Key       int         `json:"key,omitempty"`
	Signature []byte      `json:"signature,omitempty"`
	Present   string      `json:"present,omitempty"`
}

// wireToken is a token as the library shows it before login.
type wireToken struct {
	Slot          uint       `json:"slot"`
	Label         string     `json:"label"`
	Manufacturer  string     `json:"manufacturer"`
	Model         string     `json:"model"`
	Serial        string     `json:"serial"`
	LoginRequired bool       `json:"loginRequired"`
	PINPad        bool       `json:"pinPad"`
	PIN           PINState   `json:"pin"`
	Certificates  []wireCert `json:"certificates,omitempty"`
	KeyIDs        [][]byte   `json:"keyIds,omitempty"` // CKA_ID of the keys visible without login
	Problem       string     `json:"problem,omitempty"`
}

type wireCert struct {
	DER   []byte `json:"der"`
	ID    []byte `json:"id,omitempty"`
	Label string `json:"label,omitempty"`
}

type wireError struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// wireCodes are the errors that keep their identity across the pipe.
var wireCodes = []struct {
	code string
	err  error
}{
	{"PIN_REFUSED", ErrNewPIN},
	{"NOT_POSSIBLE", ErrNotPossible},
	{"NOT_RESTORED", ErrNotRestored},
	{"PIN_INCORRECT", ErrPINIncorrect},
	{"PIN_LOCKED", ErrPINLocked},
	{"PIN_FINAL_TRY", ErrPINFinalTry},
	{"PIN_CANCELED", ErrPINCanceled},
	{"NO_TOKEN", ErrNoToken},
	{"TOKEN_REMOVED", ErrTokenRemoved},
	{"TOKEN_BUSY", ErrTokenBusy},
	{"NO_KEY", ErrNoKey},
	{"UNSUPPORTED", ErrUnsupported},
	{"MODULE", ErrModule},
	{"MODULE_MISSING", ModuleMissing},
	{"MODULE_FOREIGN", ModuleForeign},
	{"MODULE_NOT_PKCS11", ModuleNotPKCS11},
	{"MODULE_DEPENDENCY", ModuleDependency},
}

// failure is a sentinel with its detail, on the child's side.
type failure struct {
	kind   error
	detail string
}

func (f failure) Error() string { return f.kind.Error() + ": " + f.detail }
func (f failure) Unwrap() error { return f.kind }

func fail(kind error, format string, args ...any) error {
	return failure{kind, fmt.Sprintf(format, args...)}
}

func toWire(err error) *wireError {
	f := failure{ErrModule, err.Error()}
	errors.As(err, &f)
	for _, c := range wireCodes {
		if f.kind == c.err {
			return &wireError{c.code, f.detail}
		}
	}
	return &wireError{"MODULE", f.detail}
}

func (w *wireError) err() error {
	for _, c := range wireCodes {
		if w.Code == c.code {
			return failure{c.err, w.Detail}
		}
	}
	return failure{ErrModule, fmt.Sprintf("answered with unknown error %q", w.Code)}
}
