package localcert

import (
	"context"
	"crypto/x509"
	"errors"
	"time"
)

// ErrNoCertutil: the tool that changes browsers' databases on Linux is missing.
var ErrNoCertutil = errors.New("certutil is missing (package libnss3-tools)")

// A Place is where browsers look for CAs this person trusts.
type Place struct {
	// Name is what a person knows it by: a folder, or the system's store.
	Name string
	// Trusted are the common names of this package's CAs in it.
	Trusted []string
	// Err is why it could not be read or changed, or nil.
	Err error
}

// storeTime bounds a tool that reads or changes one store. A person may have to
// answer the system's question.
const storeTime = 2 * time.Minute

// Install has this person's browsers trust ca, and takes away earlier ones.
func Install(ctx context.Context, ca *x509.Certificate) []Place { return install(ctx, ca) }

// Remove takes away every CA of this package.
func Remove(ctx context.Context) []Place { return remove(ctx) }

// Places tells what is trusted where.
func Places(ctx context.Context) []Place { return places(ctx) }

// Installed tells whether any CA of this package is trusted anywhere.
func Installed(ctx context.Context) bool {
	for _, p := range Places(ctx) {
		if len(p.Trusted) > 0 {
			return true
		}
	}
	return false
}
