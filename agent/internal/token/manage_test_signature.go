package token

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"
)

// testText is what a test signature is over. It is always the same and says what
// it is; no document, no CMS attributes (which begin with the DER tag 0x31) and
// no login challenge begins like this.
const testText = "Kyso: chữ ký thử thiết bị, không phải văn bản, không có giá trị / token test signature: no document, no login, no effect\x00v1"

func testDigest() []byte {
	sum := sha256.Sum256([]byte(testText))
	return sum[:]
}

// Tested is what a test signature took.
type Tested struct {
	Open time.Duration // logging in and finding the key
	Sign time.Duration // one signature, checked
	Hash crypto.Hash
	// Algorithm is "RSA PKCS #1 v1.5" or "ECDSA".
	Algorithm string
}

// Test makes one signature that can be nothing but a test, with the key of one of
// the device's identities, and has it verified with the certificate. It costs
// one PIN try, as Source.Open does, and zeroes pin.
func (d Device) Test(ctx context.Context, i Identity, pin []byte, o OpenOptions) (Tested, error) {
	t := Tested{Hash: crypto.SHA256, Algorithm: "RSA PKCS #1 v1.5"}
	if !isRSAKey(i.Certificate.PublicKey) {
		t.Algorithm = "ECDSA"
	}
	begin := time.Now()
	key, err := d.module.Open(ctx, i.ID, pin, o)
	if err != nil {
		return t, fmt.Errorf("test: %w", err)
	}
	defer key.Close()
	t.Open = time.Since(begin)
	begin = time.Now()
	// Sign verifies what the token gives.
	if _, err := key.Sign(rand.Reader, testDigest(), t.Hash); err != nil {
		return t, fmt.Errorf("test: %w", err)
	}
	t.Sign = time.Since(begin)
	return t, nil
}
