//go:build linux && cgo

package token_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miekg/pkcs11"

	"kyso/agent/internal/token"
)

// BenchmarkSign compares signatures through the token host, each checked against
// the certificate, with a bare loop over the library in this process.
func BenchmarkSign(b *testing.B) {
	for _, name := range []string{"rsa", "ec"} {
		b.Run(name+"/token-host", func(b *testing.B) { benchHost(b, name, 1) })
		b.Run(name+"/token-host, two callers", func(b *testing.B) { benchHost(b, name, 2) })
		b.Run(name+"/direct", func(b *testing.B) { benchDirect(b, name) })
	}
}

func benchHost(b *testing.B, name string, callers int) {
	f := newFixture(b)
	m := f.module(softHSM)
	k, err := m.Open(context.Background(), find(b, m, name).ID, []byte(pin), token.OpenOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	perSecond(b, callers, func() error {
		_, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
		return err
	})
}

func benchDirect(b *testing.B, name string) {
	newFixture(b)
	ctx := pkcs11.New(softHSM)
	if err := ctx.Initialize(); err != nil {
		b.Fatal(err)
	}
	defer ctx.Destroy()
	defer ctx.Finalize()
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		b.Fatal(err)
	}
	session, err := ctx.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		b.Fatal(err)
	}
	if err := ctx.Login(session, pkcs11.CKU_USER, pin); err != nil {
		b.Fatal(err)
	}
	if err := ctx.FindObjectsInit(session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), pkcs11.NewAttribute(pkcs11.CKA_LABEL, name)}); err != nil {
		b.Fatal(err)
	}
	keys, _, err := ctx.FindObjects(session, 1)
	if err != nil || len(keys) != 1 {
		b.Fatal(len(keys), err)
	}
	ctx.FindObjectsFinal(session)
	mechanism, data := uint(pkcs11.CKM_ECDSA), digest()
	if name == "rsa" {
		mechanism = pkcs11.CKM_RSA_PKCS
		data = append([]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, data...)
	}
	perSecond(b, 1, func() error {
		if err := ctx.SignInit(session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, keys[0]); err != nil {
			return err
		}
		_, err := ctx.Sign(session, data)
		return err
	})
}

func perSecond(b *testing.B, callers int, sign func() error) {
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := sign(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
}
