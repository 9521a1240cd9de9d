package token

// opManage carries out one order on one token, or describes all of them:
// Manage, Slot, Serial, Label, AllowFinalTry, secret -> Managed.
const opManage = "manage"

// What an order may be.
const (
	orderDevices   = "devices"    // -> Devices
	orderChangePIN = "change-pin" // secret: the old and the new PIN
	orderUnlock    = "unlock"     // secret: the SO PIN or PUK, and the new PIN
	orderImport    = "import"     // Certificate, ObjectID, Name, Remove; secret: the PIN -> Present, Left
	orderRename    = "rename"     // Certificate, Name; secret: the PIN
)

type order struct {
	Do          string   `json:"do"`
	Certificate []byte   `json:"certificate,omitempty"` // DER
	ObjectID    []byte   `json:"objectId,omitempty"`    // CKA_ID of its key, where known
	Name        string   `json:"name,omitempty"`        // CKA_LABEL to be
	Remove      [][]byte `json:"remove,omitempty"`      // DER of certificates to remove in the end
}

// outcome is what an order led to, where it did not fail.
type outcome struct {
	Devices []wireDevice `json:"devices,omitempty"`
	Present bool         `json:"present,omitempty"` // the certificate was there already
	// Left says why certificates of Remove are still there.
	Left string `json:"left,omitempty"`
}

// wireDevice is a token with what only its keeper wants to know.
type wireDevice struct {
	wireToken
	Hardware  string       `json:"hardware,omitempty"`
	Firmware  string       `json:"firmware,omitempty"`
	MinPIN    uint         `json:"minPin,omitempty"` // bytes; 0 where not told
	MaxPIN    uint         `json:"maxPin,omitempty"`
	SOPIN     PINState     `json:"soPin,omitempty"`
	NoPIN     bool         `json:"noPin,omitempty"`
	StalePIN  bool         `json:"stalePin,omitempty"`
	ReadOnly  bool         `json:"readOnly,omitempty"`
	PublicKey []wirePublic `json:"publicKeys,omitempty"`
}

// wirePublic is a public key the token shows without login.
type wirePublic struct {
	ID      []byte `json:"id,omitempty"`
	Modulus []byte `json:"modulus,omitempty"` // RSA
	Point   []byte `json:"point,omitempty"`   // EC: CKA_EC_POINT as it is
}

// maxPair is how long each of two PINs may be that travel in one secret: real
// ones have at most 64 bytes.
const maxPair = (maxPIN - 1) / 2

// joinPair puts two PINs into one secret, which the caller must clear.
func joinPair(first, second []byte) []byte {
	pair := make([]byte, 0, 1+len(first)+len(second))
	pair = append(pair, byte(len(first)))
	pair = append(pair, first...)
	return append(pair, second...)
}

// splitPair finds the two PINs in a secret. They share its memory.
func splitPair(secret []byte) (first, second []byte, ok bool) {
	if len(secret) == 0 || int(secret[0]) > len(secret)-1 {
		return nil, nil, false
	}
	n := 1 + int(secret[0])
	return secret[1:n:n], secret[n:], true
}
