package token

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// The errors of managing a token that a caller branches on, besides those of
// using one.
var (
	// ErrNewPIN: the token does not take the new PIN. The old one still counts.
	ErrNewPIN = errors.New("new PIN is refused")
	// ErrNotPossible: the token or its library does not do this. Nothing was
	// changed.
	ErrNotPossible = errors.New("not possible on this token")
	// ErrNotRestored: something failed, and so did undoing what had been done
	// before it.
	ErrNotRestored = errors.New("token was left changed")
)

// Device is a token as its keeper sees it, read without login.
type Device struct {
	Module        string // the PKCS#11 library's path
	Label, Serial string
	Model         string
	Manufacturer  string
	Hardware      string // version, or ""
	Firmware      string

	LoginRequired bool
	PINPad        bool     // PINs are typed on the token itself
	PIN           PINState // of the user's PIN
	SOPIN         PINState // of the PIN that unlocks: SO PIN or PUK
	NoPIN         bool     // no PIN has been set yet
	StalePIN      bool     // the token wants its first PIN changed
	// MinPIN and MaxPIN are the bytes a PIN may have, 0 where the token does
	// not say.
	MinPIN, MaxPIN int
	ReadOnly       bool // write-protected

	// Identities are the certificates whose keys can sign, as Module.Identities
	// gives them, the one that ends last first.
	Identities []Identity
	Problems   []error // what could not be read

	slot       uint
	publicKeys []wirePublic
	module     *Module
}

// manageTimeout bounds one order. A token on a slow card writes a certificate in
// some seconds; the rest is for PINs typed on its own pad.
const manageTimeout = 2 * time.Minute

// Devices lists the tokens of the library, also those without a certificate.
// Without any the error is ErrNoToken.
func (m *Module) Devices(ctx context.Context) ([]Device, error) {
	timeout := m.ListTimeout
	if timeout == 0 {
		timeout = listTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := m.take(ctx); err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	defer m.release()
	answer, err := m.exchange(ctx, request{Op: opManage, Manage: &order{Do: orderDevices}}, nil)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	if answer.Managed == nil || len(answer.Managed.Devices) == 0 {
		m.endIfIdle() // see Module.list
		return nil, fmt.Errorf("list tokens: %w", ErrNoToken)
	}
	var list []Device
	for _, w := range answer.Managed.Devices {
		list = append(list, m.device(w))
	}
	return list, nil
}

func (m *Module) device(w wireDevice) Device {
	found, problems := identities(m.path, []wireToken{w.wireToken})
	d := Device{
		Module: m.path, Label: w.Label, Serial: w.Serial, Model: w.Model, Manufacturer: w.Manufacturer,
		Hardware: w.Hardware, Firmware: w.Firmware, LoginRequired: w.LoginRequired, PINPad: w.PINPad,
		PIN: w.PIN, SOPIN: w.SOPIN, NoPIN: w.NoPIN, StalePIN: w.StalePIN,
		MinPIN: int(w.MinPIN), MaxPIN: int(w.MaxPIN), ReadOnly: w.ReadOnly,
		Problems: problems, slot: w.Slot, publicKeys: w.PublicKey, module: m,
	}
	for _, f := range found {
		d.Identities = append(d.Identities, f.Identity)
	}
	slices.SortStableFunc(d.Identities, func(a, b Identity) int { return b.Certificate.NotAfter.Compare(a.Certificate.NotAfter) })
	return d
}

// Devices lists the tokens of all modules, one seen through two of them once:
// as the first shows it. What could not be looked at is among the problems; a
// library without a token is none.
func (c *Combined) Devices(ctx context.Context) ([]Device, []error) {
	type result struct {
		list []Device
		err  error
	}
	results := make([]result, len(c.sources))
	var wg sync.WaitGroup
	for i, s := range c.sources {
		if m, ok := s.(interface {
			Devices(context.Context) ([]Device, error)
		}); ok {
			wg.Go(func() { results[i].list, results[i].err = m.Devices(ctx) })
		}
	}
	wg.Wait()
	var all []Device
	var problems []error
	for _, r := range results {
		if r.err != nil && !errors.Is(r.err, ErrNoToken) {
			problems = append(problems, r.err)
		}
		for _, d := range r.list {
			if !shown(all, d) {
				all = append(all, d)
				problems = append(problems, d.Problems...)
			}
		}
	}
	return all, problems
}

// shown tells whether d is listed already. Libraries spell serial numbers and
// labels differently; a certificate tells a token's keys for certain.
func shown(all []Device, d Device) bool {
	for _, a := range all {
		if a.Module == d.Module {
			continue // a card with two PINs, or two cards
		}
		if d.Serial != "" && a.Serial == d.Serial && a.Label == d.Label {
			return true
		}
		for _, i := range a.Identities {
			for _, j := range d.Identities {
				if i.Certificate.Equal(j.Certificate) {
					return true
				}
			}
		}
	}
	return false
}

// manage carries out an order on the token d. The child ends afterwards if no
// key is open in it: it has seen a PIN.
func (d Device) manage(ctx context.Context, o order, allow OpenOptions, secret []byte) (*outcome, error) {
	defer clear(secret)
	m := d.module
	ctx, cancel := context.WithTimeout(ctx, manageTimeout)
	defer cancel()
	if err := m.take(ctx); err != nil {
		return nil, err
	}
	defer m.release()
	m.reap()
	if m.keys > 0 {
		// PKCS#11 logs a whole token in, and some libraries all of them.
		return nil, fmt.Errorf("%w: %s", ErrTokenBusy, d.Label)
	}
	r := request{Op: opManage, Manage: &o, Slot: d.slot, Serial: d.Serial, Label: d.Label, AllowFinalTry: allow.AllowFinalTry}
	answer, err := m.exchange(ctx, r, secret)
	m.endIfIdle()
	if err != nil {
		return nil, err
	}
	if answer.Managed == nil {
		return nil, fmt.Errorf("%w %s: an answer without content", ErrModule, m.path)
	}
	return answer.Managed, nil
}

// is tells whether the public key of the token is pub.
func (w wirePublic) is(pub crypto.PublicKey) bool {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return len(w.Modulus) > 0 && sameNumber(w.Modulus, pub.N.Bytes())
	case *ecdsa.PublicKey:
		return samePoint(w.Point, pub)
	}
	return false
}

// samePoint compares CKA_EC_POINT, which is a DER OCTET STRING (PKCS #11 v2.40,
// 2.3.3) and in some libraries the point as it is.
func samePoint(point []byte, pub *ecdsa.PublicKey) bool {
	want, err := pub.Bytes()
	if err != nil || len(point) == 0 {
		return false
	}
	var inner []byte
	if rest, err := asn1.Unmarshal(point, &inner); err == nil && len(rest) == 0 {
		point = inner
	}
	return bytes.Equal(point, want)
}

// sameNumber compares big-endian numbers whatever their leading zeros: some
// tokens give a modulus with a sign byte.
func sameNumber(a, b []byte) bool {
	return bytes.Equal(bytes.TrimLeft(a, "\x00"), bytes.TrimLeft(b, "\x00"))
}

// Again looks at the token once more, without a PIN.
func (d Device) Again(ctx context.Context) (Device, error) {
	list, err := d.module.Devices(ctx)
	if err != nil {
		return Device{}, err
	}
	for _, other := range list {
		if other.Serial == d.Serial && other.Label == d.Label {
			return other, nil
		}
	}
	return Device{}, fmt.Errorf("%w: %s", ErrTokenRemoved, d.Label)
}

// VendorTool is the name of the vendor's own program for PINs and certificates,
// "" where Kyso does not know it.
func (d Device) VendorTool() string {
	for _, k := range KnownModules() {
		for _, names := range [][]string{k.Linux, k.Windows, k.Darwin} {
			for _, name := range names {
				if moduleName(strings.ReplaceAll(name, `\`, "/")) == moduleName(d.Module) {
					return k.Tool
				}
			}
		}
	}
	return ""
}
