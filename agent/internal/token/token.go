// Package token turns PKI tokens and PKCS#12 files into crypto.Signer keys.
// It never loads a vendor PKCS#11 library into the agent's process, never tries
// a PIN more than once per call, and never keeps a token's PIN after Key.Close.
//
// A Module is one PKCS#11 library, run in a child process (see ServeHost for
// the child's body); a PKCS12 is one key file; Combine joins several sources.
package token

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
)

// The errors a caller branches on, always wrapped with detail: use errors.Is.
var (
	// ErrPINIncorrect: the token (or the PKCS#12 file) refused the PIN. One
	// try has been used up; list the identities again to learn the new state.
	// An empty PIN where one is needed gives this error without a try.
	ErrPINIncorrect = errors.New("PIN is incorrect")
	// ErrPINLocked: the token accepts no PIN any more. Nothing was tried.
	ErrPINLocked = errors.New("PIN is locked")
	// ErrPINFinalTry: one wrong PIN from here locks the token, and
	// OpenOptions.AllowFinalTry was not set. Nothing was tried.
	ErrPINFinalTry = errors.New("one PIN try is left")
	// ErrPINCanceled: the person pressed cancel on the token's own PIN pad.
	ErrPINCanceled = errors.New("PIN entry was canceled on the token")
	// ErrNoToken: no token is plugged in.
	ErrNoToken = errors.New("no token is present")
	// ErrTokenRemoved: the token was pulled out while it was in use.
	ErrTokenRemoved = errors.New("token was removed")
	// ErrTokenBusy: a key of this token is open already. PKCS#11 logs a whole
	// token in, so a second Open could not check its PIN.
	ErrTokenBusy = errors.New("token is in use")
	// ErrNoKey: no such identity, or its private key is not on the token.
	ErrNoKey = errors.New("key not found")
	// ErrUnsupported: the key or token cannot make this kind of signature.
	ErrUnsupported = errors.New("signature type is not supported")
	// ErrModule: the PKCS#11 library could not be loaded, crashed, did not
	// answer in time, or gave an answer that makes no sense.
	ErrModule = errors.New("PKCS#11 module")
)

// PINState is what a token says about its user PIN. The words are those of
// consent.Certificate.PINState.
type PINState string

const (
	PINOK       PINState = ""       // no warning
	PINLow      PINState = "low"    // a wrong PIN was entered since the last good one
	PINFinalTry PINState = "final"  // one wrong PIN locks the token
	PINLocked   PINState = "locked" // only the administrator can unlock it
)

// Identity is a certificate whose private key can sign.
type Identity struct {
	// ID names the identity in Open: 32 lower-case hex digits over the token's
	// serial number and the certificate. The same token gives the same ID on
	// every machine and through every module.
	ID          string
	Certificate *x509.Certificate
	// Chain holds the issuers found beside the certificate, nearest first. It
	// may be empty or incomplete, and nothing in it is verified.
	Chain []*x509.Certificate

	// Module is the PKCS#11 library's path, or the PKCS#12 file's name.
	Module            string
	TokenLabel        string
	TokenSerial       string
	TokenModel        string
	TokenManufacturer string
	Label             string // CKA_LABEL of the certificate object
	ObjectID          []byte // CKA_ID of the certificate object

	Software bool // a PKCS#12 file, not a token
	NeedsPIN bool // Open wants a PIN, unless PINPad
	PINPad   bool // the PIN is typed on the token itself: Open wants none
	PIN      PINState
}

// identityID computes Identity.ID.
func identityID(serial string, certificate []byte) string {
	h := sha256.New()
	h.Write([]byte(serial))
	h.Write([]byte{0}) // serial numbers are printable text
	h.Write(certificate)
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// Key is an open private key. Sign takes a digest made with SHA-256, SHA-384 or
// SHA-512; options are a crypto.Hash for RSA PKCS #1 v1.5 and ECDSA, or
// *rsa.PSSOptions with a salt as long as the hash. Every signature is checked
// against the certificate's public key before it is returned.
type Key interface {
	crypto.Signer
	// Close logs out and forgets the PIN. It is safe to call twice.
	Close() error
}

// OpenOptions are the choices of one Open. The zero value is the safe one.
type OpenOptions struct {
	// AllowFinalTry lets Open use up the last PIN try. Set it only after the
	// person was told that a wrong PIN now locks the token.
	AllowFinalTry bool
}

// Source is a place keys come from.
type Source interface {
	// Identities lists what can sign now. No PIN is needed or used. Without
	// any token the error is ErrNoToken; a token without certificates is an
	// empty list.
	Identities(ctx context.Context) ([]Identity, error)
	// Open logs in with exactly one PIN try and returns the key. It zeroes pin
	// before it returns, whatever happens.
	Open(ctx context.Context, id string, pin []byte, o OpenOptions) (Key, error)
	// Close ends what the source started. Keys still open stop working.
	Close() error
}

var (
	_ Source = (*Module)(nil)
	_ Source = (*PKCS12)(nil)
	_ Source = (*Combined)(nil)
)
