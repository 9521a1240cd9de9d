// Package tsp reads, checks and builds RFC 3161 timestamps, with the ESS rules
// of RFC 5816. It never validates the authority's certificate path, never
// fetches a timestamp, and never asks the clock.
package tsp

import (
	"crypto"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/small"
)

// What can be wrong with a timestamp, beside the errors of package cms.
var (
	// ErrMalformed: the bytes are no timestamp, request or response.
	ErrMalformed = errors.New("not an RFC 3161 timestamp")
	// ErrImprint: the timestamp is over other data.
	ErrImprint = errors.New("the timestamp is over other data")
	// ErrNotTimestamping: the signer's certificate is not for timestamping
	// alone (RFC 3161 2.3).
	ErrNotTimestamping = errors.New("the certificate is not one for timestamping alone")
)

// Accuracy is how far the true time may be from Token.Time, either way.
type Accuracy struct {
	// Stated is false when the authority says nothing.
	Stated bool
	// Margin is the sum of seconds, milliseconds and microseconds.
	Margin time.Duration
}

// Token is a parsed timestamp token, RFC 3161 2.4.2.
type Token struct {
	// CMS is the signature around it.
	CMS *cms.SignedData
	// Time is genTime, UTC.
	Time     time.Time
	Accuracy Accuracy
	// Ordering is the TSTInfo field of that name.
	Ordering bool
	// Hash is the digest of the imprint, Imprint its value.
	Hash    crypto.Hash
	Imprint []byte
	Serial  *big.Int
	Policy  asn1.ObjectIdentifier
	// Nonce is nil when there is none.
	Nonce *big.Int
}

var (
	tag0 = cbasn1.Tag(0).ContextSpecific()
	tag1 = cbasn1.Tag(1).ContextSpecific()
)

// Parse reads a timestamp token: a CMS SignedData with one signer around a
// TSTInfo. Zero bytes behind it are let pass, since PDF reserves more room
// than needed; anything else behind it is not. Nothing is verified.
func Parse(token []byte) (*Token, error) {
	sd, rest, err := cms.Parse(token)
	if err != nil {
		return nil, small.Errorf("%w: %w", ErrMalformed, err)
	}
	for _, b := range rest {
		if b != 0 {
			return nil, malformed("bytes behind the token")
		}
	}
	if !small.SameOID(sd.ContentType, cms.OIDTSTInfo) || sd.Content == nil {
		return nil, malformed("no TSTInfo inside")
	}
	if len(sd.Signers) != 1 {
		return nil, malformed("not exactly one signer") // RFC 3161 2.4.2
	}
	t := &Token{CMS: sd}
	if err := t.readInfo(sd.Content); err != nil {
		return nil, err
	}
	return t, nil
}

//go:noinline
func malformed(what string) error { return small.Errorf("%w: %s", ErrMalformed, what) }

// readInfo reads a TSTInfo, RFC 3161 2.4.2.
func (t *Token) readInfo(der []byte) error {
	in := cryptobyte.String(der)
	var info, stamp, v cryptobyte.String
	var version int
	var present bool
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !in.Empty() || !info.ReadASN1Integer(&version) || version != 1 ||
		!info.ReadASN1ObjectIdentifier(&t.Policy) {
		return malformed("TSTInfo")
	}
	var err error
	if t.Hash, t.Imprint, err = readImprint(&info); err != nil {
		return err
	}
	if t.Serial, err = readInteger(&info); err != nil {
		return err
	}
	if !info.ReadASN1(&stamp, cbasn1.GeneralizedTime) {
		return malformed("genTime")
	}
	if t.Time, err = parseTime(string(stamp)); err != nil {
		return err
	}
	if info.PeekASN1Tag(cbasn1.SEQUENCE) {
		if !info.ReadASN1(&v, cbasn1.SEQUENCE) || !t.Accuracy.read(v) {
			return malformed("accuracy")
		}
	}
	if info.PeekASN1Tag(cbasn1.BOOLEAN) && !info.ReadASN1Boolean(&t.Ordering) {
		return malformed("ordering")
	}
	if info.PeekASN1Tag(cbasn1.INTEGER) {
		if t.Nonce, err = readInteger(&info); err != nil {
			return err
		}
	}
	// The name in tsa is a hint; the certificate says who signed.
	if !info.SkipOptionalASN1(tag0.Constructed()) || !info.ReadOptionalASN1(&v, &present, tag1.Constructed()) || !info.Empty() {
		return malformed("TSTInfo")
	}
	if present {
		return checkExtensions(v)
	}
	return nil
}

// checkExtensions refuses critical ones: none is known (RFC 3161 2.4.2).
func checkExtensions(list cryptobyte.String) error {
	for !list.Empty() {
		var one, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		critical := false
		if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) ||
			(one.PeekASN1Tag(cbasn1.BOOLEAN) && !one.ReadASN1Boolean(&critical)) ||
			!one.ReadASN1(&value, cbasn1.OCTET_STRING) || !one.Empty() {
			return malformed("extensions")
		}
		if critical {
			return malformed("unknown critical extension " + oid.String())
		}
	}
	return nil
}

// maxInteger bounds serial numbers and nonces in bytes; RFC 3161 2.4.2 asks
// for 160 bits at least.
const maxInteger = 64

func readInteger(in *cryptobyte.String) (*big.Int, error) {
	var element cryptobyte.String
	n := new(big.Int)
	if !in.ReadASN1Element(&element, cbasn1.INTEGER) || len(element) > maxInteger || !element.ReadASN1Integer(n) {
		return nil, malformed("integer")
	}
	return n, nil
}

// readImprint reads a MessageImprint. A digest this program does not know is
// an error, as nothing could be compared.
func readImprint(in *cryptobyte.String) (crypto.Hash, []byte, error) {
	var imprint, id, value cryptobyte.String
	if !in.ReadASN1(&imprint, cbasn1.SEQUENCE) || !imprint.ReadASN1Element(&id, cbasn1.SEQUENCE) ||
		!imprint.ReadASN1(&value, cbasn1.OCTET_STRING) || !imprint.Empty() {
		return 0, nil, malformed("messageImprint")
	}
	h, err := algorithm.ParseDigest(id)
	if err != nil {
		return 0, nil, small.Errorf("read messageImprint: %w", err)
	}
	if len(value) != h.Size() {
		return 0, nil, malformed("messageImprint of the wrong length")
	}
	return h, value, nil
}

func (a *Accuracy) read(in cryptobyte.String) bool {
	var seconds, millis, micros int64
	if in.PeekASN1Tag(cbasn1.INTEGER) && !in.ReadASN1Integer(&seconds) {
		return false
	}
	if in.PeekASN1Tag(tag0) && !in.ReadASN1Int64WithTag(&millis, tag0) {
		return false
	}
	if in.PeekASN1Tag(tag1) && !in.ReadASN1Int64WithTag(&micros, tag1) {
		return false
	}
	// A day is already no accuracy; the bound keeps the sum from overflowing.
	const maxSeconds = 24 * 60 * 60
	if !in.Empty() || seconds < 0 || seconds > maxSeconds || millis < 0 || millis > 999 || micros < 0 || micros > 999 {
		return false
	}
	a.Stated = true
	a.Margin = time.Duration(seconds)*time.Second + time.Duration(millis)*time.Millisecond + time.Duration(micros)*time.Microsecond
	return true
}

// parseTime reads a genTime, which unlike other ASN.1 times may have a
// fraction: YYYYMMDDhhmmss[.s...]Z.
func parseTime(s string) (time.Time, error) {
	// Nanoseconds are the finest this program keeps.
	if len(s) < 15 || len(s) > 25 || s[len(s)-1] != 'Z' {
		return time.Time{}, malformed("genTime")
	}
	// time.Parse takes a fraction behind the seconds without being asked, but
	// after a comma too.
	if len(s) > 15 && s[14] != '.' {
		return time.Time{}, malformed("genTime")
	}
	t, err := time.Parse("20060102150405Z", s)
	if err != nil {
		return time.Time{}, malformed("genTime")
	}
	return t, nil
}
