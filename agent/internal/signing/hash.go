package signing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"slices"
)

// PurposeHash is a digest that somebody else has made, of nobody knows what.
const PurposeHash Purpose = "hash"

// hashFunctions are those whose digests are signed, by the names of FIPS 180-4.
// SHA-1 is broken; SHA-224 is below what any token here takes.
var hashFunctions = map[string]crypto.Hash{"SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512}

// HashFunctions names the hash functions that SignHash knows, the shortest first.
func HashFunctions() []string { return []string{"SHA-256", "SHA-384", "SHA-512"} }

// HashLength is how many bytes a digest of the function has, 0 for one that
// SignHash does not know.
func HashLength(function string) int {
	if h := hashFunctions[function]; h != 0 {
		return h.Size()
	}
	return 0
}

// A HashRequest asks for a bare signature over a digest.
type HashRequest struct {
	// Origin is the web origin that asks, from the browser's own header.
	Origin string
	// Hash is the digest, Function what made it: one of HashFunctions.
	Hash     []byte
	Function string
	// CertificateID limits the choice to one Identity. Empty: the person chooses.
	CertificateID string
	Language      string // "vi" or "en"; empty is "vi"
}

// A HashResult is a bare signature.
type HashResult struct {
	// Signature is RSASSA-PKCS1-v1_5 (RFC 8017, 8.2), or of an EC key r and s side
	// by side, each as wide as the curve (IEEE P1363).
	Signature []byte
	// Algorithm is "RSA" or "ECC", Padding "PKCS1.5" or "NONE".
	Algorithm, Padding string
	Identity           Identity // who signed
}

var errHash = &DataError{"Giá trị băm phải do SHA-256, SHA-384 hoặc SHA-512 tạo ra và có đúng độ dài. Kyso không ký SHA-1.",
	"A digest must be of SHA-256, SHA-384 or SHA-512 and as long as theirs. Kyso signs no SHA-1."}

// SignHash signs a digest that somebody else has made. Neither the person nor
// Kyso can see what it is of: whoever gets the signature can put it under
// anything with this digest. So it is for sites alone that an administrator has
// named, which is the caller's to see to, and the person is warned.
func (s *Service) SignHash(ctx context.Context, r HashRequest) (HashResult, error) {
	if !s.one.TryLock() {
		return HashResult{}, ErrBusy
	}
	defer s.one.Unlock()
	h := hashFunctions[r.Function]
	if h == 0 || len(r.Hash) != h.Size() {
		return HashResult{}, errHash
	}
	if s.askData == nil {
		return HashResult{}, fmt.Errorf("%w: nothing is set up to ask about data", ErrConsent)
	}
	digest := bytes.Clone(r.Hash) // what was shown stays
	q := DataQuestion{Origin: r.Origin, Purpose: PurposeHash, Hash: digest, Function: r.Function, Size: int64(len(digest)), Language: r.Language}
	if h == crypto.SHA256 {
		q.SHA256 = [32]byte(digest)
	}
	if q.Language == "" {
		q.Language = "vi"
	}
	identities, err := s.usable(ctx, r.CertificateID)
	if err != nil {
		return HashResult{}, ended(ctx, err)
	}
	if q.Identities, q.Notices, err = s.standing(ctx, "B-B", identities); err != nil {
		return HashResult{}, ended(ctx, err)
	}
	log := s.auditOfData(q)
	log.entry.Kind = "hash"
	log.entry.Documents[0].Name = r.Function + " " + hex.EncodeToString(digest)
	shown := q
	shown.Hash = slices.Clone(digest)
	identity, key, err := s.answer(ctx, shown, log)
	if err != nil {
		return HashResult{}, ended(ctx, err)
	}
	defer key.Close()
	result := HashResult{Identity: identity}
	if err = ctx.Err(); err == nil {
		err = result.sign(key, h, digest)
	}
	if err != nil {
		log.failed(ctx, err)
		return HashResult{}, ended(ctx, fmt.Errorf("sign a digest: %w", err))
	}
	log.signed(ctx)
	return result, nil
}

// sign has the key sign, and checks what it made.
func (r *HashResult) sign(key Key, h crypto.Hash, digest []byte) error {
	value, err := key.Sign(rand.Reader, digest, h)
	if err != nil {
		return err
	}
	if err := checkValue(r.Identity, h, false, digest, value); err != nil {
		return err
	}
	switch pub := r.Identity.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		r.Signature, r.Algorithm, r.Padding = value, "RSA", "PKCS1.5"
	case *ecdsa.PublicKey:
		r.Algorithm, r.Padding = "ECC", "NONE"
		r.Signature, err = fixedWidth(value, (pub.Curve.Params().BitSize+7)/8)
	default:
		err = fmt.Errorf("%w: no bare signatures with a key of type %T", ErrNoCertificate, pub)
	}
	return err
}
