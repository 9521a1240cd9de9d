package origin

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
)

const (
	// MaxListBytes bounds a signed list: the 5,000 origins below, as long as
	// they may be, and their punctuation.
	MaxListBytes = 2 << 20
	// MaxListSignatureBytes bounds its signature, which holds a certificate or
	// two.
	MaxListSignatureBytes = 64 << 10
	// MaxListOrigins bounds the origins: every agency of a province has a few.
	MaxListOrigins = 5000
	listVersion    = 1
)

// Why a signed list, or its signature, is not taken.
var (
	ErrListFormat    = errors.New("the signed list of origins cannot be read")
	ErrListSignature = errors.New("the signature of the list of origins is not good")
	ErrListSigner    = errors.New("the list of origins is not signed by a certificate that the policy names")
	ErrListAge       = errors.New("the list of origins is not valid now")
	ErrListSerial    = errors.New("the list of origins is older than one that was in force here")
)

// SignedList is a list of allowed origins as it is signed.
type SignedList struct {
	Version int       `json:"version"`
	Serial  int64     `json:"serial"` // grows with every list
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Origins []string  `json:"origins"`
}

// ParseSignedList reads a list strictly: no unknown key, no origin that a
// browser would write otherwise, none twice. Errors are ErrListFormat.
func ParseSignedList(data []byte) (SignedList, error) {
	bad := func(err error) (SignedList, error) { return SignedList{}, fmt.Errorf("%w: %w", ErrListFormat, err) }
	if len(data) > MaxListBytes {
		return bad(fmt.Errorf("it is larger than %d bytes", MaxListBytes))
	}
	var l SignedList
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return bad(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return bad(errors.New("something follows the object"))
	}
	if l.Version != listVersion {
		return bad(fmt.Errorf("version %d is not %d", l.Version, listVersion))
	}
	if err := l.Check(); err != nil {
		return bad(err)
	}
	return l, nil
}

// Check tells what of l breaks the rules, but for its version.
func (l SignedList) Check() error {
	switch {
	case l.Serial < 1:
		return fmt.Errorf("serial %d is not above 0", l.Serial)
	case l.Issued.IsZero() || !l.Issued.Before(l.Expires):
		return errors.New("issued is not before expires")
	case len(l.Origins) > MaxListOrigins:
		return fmt.Errorf("%d origins, at most %d", len(l.Origins), MaxListOrigins)
	}
	seen := make(map[string]bool, len(l.Origins))
	for _, o := range l.Origins {
		if _, err := Parse(o); err != nil {
			return err
		}
		if seen[o] {
			return fmt.Errorf("origin %q is listed twice", o)
		}
		seen[o] = true
	}
	return nil
}

// ValidAt tells whether the list is in force at the time: issued by then and
// not expired. A clock that was set back shows as a list of the future. The
// error is ErrListAge.
func (l SignedList) ValidAt(now time.Time) error {
	switch {
	case now.Before(l.Issued):
		return fmt.Errorf("%w: issued %s, and it is %s", ErrListAge, l.Issued.Format(time.RFC3339), now.Format(time.RFC3339))
	case !now.Before(l.Expires):
		return fmt.Errorf("%w: expired %s", ErrListAge, l.Expires.Format(time.RFC3339))
	}
	return nil
}

// list gives the origins as List compares them.
func (l SignedList) list() (List, error) { return NewList(l.Origins...) }

// CheckListSignature checks the detached CMS signature over the bytes of a list
// and gives the signer's certificate. The certificate is one of signers, by the
// SHA-256 of its DER; no path is built, and its dates are not asked: the
// administrator who named it answers for it. Errors are ErrListSignature or
// ErrListSigner.
func CheckListSignature(data, signature []byte, signers [][sha256.Size]byte, now time.Time) (*x509.Certificate, error) {
	bad := func(err error) (*x509.Certificate, error) { return nil, fmt.Errorf("%w: %w", ErrListSignature, err) }
	if len(signature) > MaxListSignatureBytes {
		return bad(fmt.Errorf("it is larger than %d bytes", MaxListSignatureBytes))
	}
	sd, rest, err := cms.Parse(signature)
	switch {
	case err != nil:
		return bad(err)
	case len(rest) != 0:
		return bad(errors.New("something follows it"))
	case sd.Content != nil:
		return bad(errors.New("it is not detached"))
	case len(sd.Signers) != 1:
		return bad(fmt.Errorf("%d signers instead of one", len(sd.Signers)))
	}
	s := sd.Signers[0]
	cert, err := sd.Certificate(s)
	if err != nil {
		return bad(err)
	}
	if !slices.Contains(signers, sha256.Sum256(cert.Raw)) {
		return nil, &ListSignerError{cert}
	}
	var digest []byte
	if s.Digest != 0 && s.Digest.Available() {
		h := s.Digest.New()
		h.Write(data)
		digest = h.Sum(nil)
	}
	key, err := algorithm.PublicKey(cert)
	if err != nil {
		return bad(err)
	}
	for _, check := range []func() error{
		func() error { return s.VerifyDigest(cms.OIDData, digest) },
		func() error { return s.VerifySignature(cert) },
		func() error { return ignore(s.CheckSigningCertificate(cert), cms.ErrNoSigningCertificate) },
		func() error { return asked(s) },
		func() error { return s.Algorithm.Check(key, floor(now)) },
	} {
		if err := check(); err != nil {
			return bad(err)
		}
	}
	return cert, nil
}

// asked refuses what says of itself that it was made over something else: a page
// may have a person sign a message, and that message may read like a list.
func asked(s *cms.Signer) error {
	if _, err := s.Attribute(cms.OIDContentHints); !errors.Is(err, cms.ErrNoAttribute) {
		return errors.New("it was made over a message and not over a list")
	}
	return nil
}

// ListSignerError is a list by a certificate that is not pinned. Its signature
// has not been checked.
type ListSignerError struct{ Certificate *x509.Certificate }

func (e *ListSignerError) Error() string {
	return fmt.Sprintf("%s: it is by %x", ErrListSigner, sha256.Sum256(e.Certificate.Raw))
}

func (e *ListSignerError) Unwrap() error { return ErrListSigner }

// floor is the time algorithms are judged for: never before this was written,
// however wrong the clock is. SHA-1 and RSA below 2048 bits are refused then.
func floor(now time.Time) time.Time {
	written := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if now.Before(written) {
		return written
	}
	return now
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

// SignList makes the bytes of l and, with a key that signs digests of its kind,
// their detached signature.
func SignList(l SignedList, cert *x509.Certificate, key crypto.Signer) (data, signature []byte, err error) {
	l.Version = listVersion
	l.Issued, l.Expires = l.Issued.UTC().Truncate(time.Second), l.Expires.UTC().Truncate(time.Second)
	if err := l.Check(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrListFormat, err)
	}
	if data, err = json.MarshalIndent(l, "", "  "); err != nil {
		return nil, nil, fmt.Errorf("write the list of origins: %w", err)
	}
	data = append(data, '\n')
	digest := sha256.Sum256(data)
	unsigned, err := cms.Prepare(cms.Content{Certificate: cert, Hash: crypto.SHA256, Digest: digest[:]})
	if err != nil {
		return nil, nil, fmt.Errorf("sign the list of origins: %w", err)
	}
	value, err := key.Sign(rand.Reader, unsigned.Digest(), unsigned.Opts())
	if err != nil {
		return nil, nil, fmt.Errorf("sign the list of origins: %w", err)
	}
	if signature, err = unsigned.Finish(value); err != nil {
		return nil, nil, fmt.Errorf("sign the list of origins: %w", err)
	}
	return data, signature, nil
}
