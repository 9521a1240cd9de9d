package localcert

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// storeName is this person's store of roots, which Edge and Chrome go by, and
// Firefox where it is set to. Windows itself asks before something is added or
// taken away.
const storeName = "CurrentUser Root"

// withStore calls use with the person's store of roots.
func withStore(use func(store windows.Handle) error) error {
	name, err := windows.UTF16PtrFromString("Root")
	if err != nil {
		return err
	}
	store, err := windows.CertOpenStore(windows.CERT_STORE_PROV_SYSTEM, 0, 0, windows.CERT_SYSTEM_STORE_CURRENT_USER, uintptr(unsafe.Pointer(name)))
	if err != nil {
		return fmt.Errorf("open the store of roots: %w", err)
	}
	defer windows.CertCloseStore(store, 0)
	return use(store)
}

// ours calls each with our CAs in the store, as copies that each frees or uses up.
func ours(store windows.Handle, each func(context *windows.CertContext, c *x509.Certificate) error) error {
	var last *windows.CertContext
	for {
		next, err := windows.CertEnumCertificatesInStore(store, last) // frees last
		if err != nil {
			if errors.Is(err, windows.Errno(windows.CRYPT_E_NOT_FOUND)) {
				return nil
			}
			return fmt.Errorf("list the store of roots: %w", err)
		}
		last = next
		c, err := x509.ParseCertificate(unsafe.Slice(next.EncodedCert, next.Length))
		if err != nil || !isOurs(c) {
			continue
		}
		if err := each(windows.CertDuplicateCertificateContext(next), c); err != nil {
			windows.CertFreeCertificateContext(last)
			return err
		}
	}
}

func places(context.Context) []Place {
	p := Place{Name: storeName}
	p.Err = withStore(func(store windows.Handle) error {
		return ours(store, func(context *windows.CertContext, c *x509.Certificate) error {
			p.Trusted = append(p.Trusted, c.Subject.CommonName)
			return windows.CertFreeCertificateContext(context)
		})
	})
	return []Place{p}
}

func install(ctx context.Context, ca *x509.Certificate) []Place {
	err := withStore(func(store windows.Handle) error {
		added, err := windows.CertCreateCertificateContext(windows.X509_ASN_ENCODING, &ca.Raw[0], uint32(len(ca.Raw)))
		if err != nil {
			return fmt.Errorf("read the CA: %w", err)
		}
		defer windows.CertFreeCertificateContext(added)
		if err := windows.CertAddCertificateContextToStore(store, added, windows.CERT_STORE_ADD_USE_EXISTING, nil); err != nil {
			return fmt.Errorf("trust the CA: %w", err)
		}
		return drop(store, ca)
	})
	return after(ctx, err)
}

func remove(ctx context.Context) []Place {
	return after(ctx, withStore(func(store windows.Handle) error { return drop(store, nil) }))
}

// drop deletes our CAs from the store, but for keep. The store is not changed
// while it is gone through.
func drop(store windows.Handle, keep *x509.Certificate) error {
	var old []*windows.CertContext
	err := ours(store, func(context *windows.CertContext, c *x509.Certificate) error {
		if keep != nil && c.Equal(keep) {
			return windows.CertFreeCertificateContext(context)
		}
		old = append(old, context)
		return nil
	})
	for _, context := range old {
		if deleted := windows.CertDeleteCertificateFromStore(context); deleted != nil && err == nil { // frees context
			err = fmt.Errorf("delete a CA: %w", deleted)
		}
	}
	return err
}

func after(ctx context.Context, err error) []Place {
	out := places(ctx)
	if err != nil {
		out[0].Err = err
	}
	return out
}
