package token

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What PlanImport finds in a certificate file.
var (
	ErrCertificateNone    = errors.New("no holder's certificate in the file")
	ErrCertificateKey     = errors.New("the certificate belongs to no key of this token")
	ErrCertificateExpired = errors.New("the certificate has expired")
	ErrCertificateName    = errors.New("the certificate names another holder")
	ErrCertificateFaint   = errors.New("the token does not show whether it has the key")
)

// Import is a certificate found good to be put into a token.
type Import struct {
	Certificate *x509.Certificate
	// Old are the other certificates of the same key, the newest first.
	Old []Identity
	// Present: the token has it already; only the test and the removal are left.
	Present bool
	// Label is what its CKA_LABEL will be. It may be changed.
	Label string

	id []byte // CKA_ID of the key, where known
}

// ImportOptions are the choices of PlanImport. The zero value is the safe one.
type ImportOptions struct {
	// NameChanged lets a certificate in whose common name is not that of the
	// certificate it replaces: an agency may be renamed.
	NameChanged bool
}

// PlanImport looks for the one certificate of a .cer file that belongs to a key
// of the token, without PIN. now is for its validity. A token that shows neither
// certificate nor public key can only tell with the PIN; Import.Certificate is
// then the file's only one.
func (d Device) PlanImport(file []*x509.Certificate, now time.Time, o ImportOptions) (Import, error) {
	var holders []*x509.Certificate
	for _, c := range file {
		if !c.IsCA && len(c.Raw) <= maxImported && keyKind(c.PublicKey) != "" {
			holders = append(holders, c)
		}
	}
	if len(holders) == 0 {
		return Import{}, ErrCertificateNone
	}
	var plan Import
	for _, c := range holders {
		if p := d.planFor(c); p.Certificate != nil {
			if plan.Certificate == nil || c.NotAfter.After(plan.Certificate.NotAfter) {
				plan = p
			}
		}
	}
	if plan.Certificate == nil {
		if len(d.Identities) > 0 || len(d.publicKeys) > 0 {
			return Import{Certificate: holders[0]}, ErrCertificateKey
		}
		if len(holders) > 1 {
			return Import{}, ErrCertificateFaint
		}
		plan = Import{Certificate: holders[0]}
	}
	if !now.Before(plan.Certificate.NotAfter) {
		return plan, ErrCertificateExpired
	}
	if len(plan.Old) > 0 && !o.NameChanged {
		old := plan.Old[0].Certificate.Subject.CommonName
		if plan.Certificate.Subject.CommonName != old {
			return plan, fmt.Errorf("%w: %q, not %q", ErrCertificateName, plan.Certificate.Subject.CommonName, old)
		}
	}
	plan.Label = importLabel(plan)
	return plan, nil
}

// maxImported is the child's bound on a certificate; the largest seen have 3 KiB.
const maxImported = 16 << 10

// planFor finds what the token has of the certificate's key.
func (d Device) planFor(c *x509.Certificate) Import {
	var p Import
	for _, i := range d.Identities {
		if !samePublic(i.Certificate.PublicKey, c.PublicKey) {
			continue
		}
		p.Certificate = c
		if len(p.id) == 0 {
			p.id = i.ObjectID
		}
		if i.Certificate.Equal(c) {
			p.Present = true
		} else {
			p.Old = append(p.Old, i)
		}
	}
	slices.SortFunc(p.Old, func(a, b Identity) int { return b.Certificate.NotAfter.Compare(a.Certificate.NotAfter) })
	for _, k := range d.publicKeys {
		if k.is(c.PublicKey) {
			p.Certificate = c
			if len(p.id) == 0 {
				p.id = k.ID
			}
		}
	}
	return p
}

// Import writes the certificate beside its key, keeps the old one until the new
// one was read back and has verified a test signature, and then removes the
// certificates of remove, if any. It costs one PIN try and zeroes pin. When it
// fails nothing is changed, unless the error is ErrNotRestored or the token was
// lost meanwhile. left says why certificates of remove are still there.
func (d Device) Import(ctx context.Context, p Import, remove []Identity, pin []byte, o OpenOptions) (left string, err error) {
	defer clear(pin)
	if err := CheckLabel(p.Label); err != nil {
		return "", fmt.Errorf("import: %w", err)
	}
	order := order{Do: orderImport, Certificate: p.Certificate.Raw, ObjectID: p.id, Name: p.Label}
	for _, i := range remove {
		if i.Certificate.Equal(p.Certificate) || !samePublic(i.Certificate.PublicKey, p.Certificate.PublicKey) {
			return "", fmt.Errorf("import: %w: only certificates of the same key are replaced", ErrUnsupported)
		}
		order.Remove = append(order.Remove, i.Certificate.Raw)
	}
	done, err := d.manage(ctx, order, o, pin)
	if err != nil {
		return "", fmt.Errorf("import: %w", err)
	}
	return done.Left, nil
}

// maxLabel is what CKA_LABEL may have here: tokens keep 32 bytes and more.
const maxLabel = 64

// ErrLabel: a label that is empty, too long or not text.
var ErrLabel = errors.New("the label is empty, longer than 64 bytes, or not text")

// Rename changes the CKA_LABEL of a certificate and its keys. It costs one PIN
// try and zeroes pin. When it fails nothing is changed, unless the error is
// ErrNotRestored.
func (d Device) Rename(ctx context.Context, i Identity, label string, pin []byte, o OpenOptions) error {
	defer clear(pin)
	if err := CheckLabel(label); err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	_, err := d.manage(ctx, order{Do: orderRename, Certificate: i.Certificate.Raw, Name: label}, o, pin)
	if err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	return nil
}

// CheckLabel is ErrLabel for a label that no token should be given.
func CheckLabel(label string) error {
	if label == "" || len(label) > maxLabel || !utf8.ValidString(label) || strings.ContainsFunc(label, unicode.IsControl) {
		return ErrLabel
	}
	return nil
}

var dated = regexp.MustCompile(` \d{4}-\d{2}-\d{2}$`)

// importLabel is the old certificate's label with the day the new one ends: both
// are on the token for a while and must be told apart.
func importLabel(p Import) string {
	name := p.Certificate.Subject.CommonName
	if len(p.Old) > 0 && p.Old[0].Label != "" {
		name = dated.ReplaceAllString(p.Old[0].Label, "")
	}
	day := p.Certificate.NotAfter.Format(" 2006-01-02")
	for len(name)+len(day) > maxLabel {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + day
}

func keyKind(pub crypto.PublicKey) string {
	switch pub.(type) {
	case *rsa.PublicKey:
		return keyRSA
	case *ecdsa.PublicKey:
		return keyEC
	}
	return ""
}

func isRSAKey(pub crypto.PublicKey) bool { return keyKind(pub) == keyRSA }

func samePublic(a, b crypto.PublicKey) bool {
	x, err := x509.MarshalPKIXPublicKey(a)
	if err != nil {
		return false
	}
	y, err := x509.MarshalPKIXPublicKey(b)
	return err == nil && bytes.Equal(x, y)
}
