package token

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// ErrPINInURI: a key address carried a PIN, or told where one lies.
var ErrPINInURI = errors.New("PIN không được đặt trong địa chỉ khóa / a PIN must not be in the key address")

// maxURI: the longest useful address is a few hundred bytes.
const maxURI = 4 << 10

// URI is a parsed key address. Empty fields match anything.
type URI struct {
	// File is the path of a PKCS#12 file ("p12:FILE"). The other fields are
	// then empty.
	File string

	// Attributes of RFC 7512, percent-decoded.
	Token, Serial, Model, Manufacturer string
	Object                             string // CKA_LABEL
	ID                                 []byte // CKA_ID
	ModulePath                         string // absolute path of the library
	ModuleName                         string // its file name without "lib" and extension
}

// ParseURI reads a key address: "p12:FILE", where FILE is taken as it stands, or
// a PKCS #11 URI (RFC 7512) with the attributes token, serial, model,
// manufacturer, object, id, type, module-path and module-name. Others are
// refused rather than ignored: an address must never mean more keys than it
// says. pin-value and pin-source are refused with ErrPINInURI.
func ParseURI(s string) (URI, error) {
	if len(s) > maxURI {
		return URI{}, fmt.Errorf("key address: %d bytes, at most %d", len(s), maxURI)
	}
	if file, ok := strings.CutPrefix(s, "p12:"); ok {
		if file == "" {
			return URI{}, errors.New("key address: p12: without a file name")
		}
		return URI{File: file}, nil
	}
	// RFC 3986 3.1: schemes are case-insensitive.
	if len(s) < 7 || !strings.EqualFold(s[:7], "pkcs11:") {
		return URI{}, errors.New(`key address: want "pkcs11:..." or "p12:FILE"`)
	}
	path, query, _ := strings.Cut(s[7:], "?")
	var u URI
	seen := map[string]bool{}
	// The query first: that is where a PIN would be.
	if err := u.set(query, "&", seen); err != nil {
		return URI{}, fmt.Errorf("key address: %w", err)
	}
	if err := u.set(path, ";", seen); err != nil {
		return URI{}, fmt.Errorf("key address: %w", err)
	}
	return u, nil
}

// set reads the attributes of one component, separated by ";" in the path and
// "&" in the query (RFC 7512 2.3).
func (u *URI) set(attributes, separator string, seen map[string]bool) error {
	if attributes == "" {
		return nil
	}
	for _, a := range strings.Split(attributes, separator) {
		name, text, ok := strings.Cut(a, "=")
		// The value is never part of a message from here on: it may be a PIN.
		if name == "pin-value" || name == "pin-source" {
			return ErrPINInURI
		}
		if !ok {
			return errors.New("an attribute without a value")
		}
		value, err := percentDecode(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if seen[name] {
			return fmt.Errorf("%s is given twice", name)
		}
		seen[name] = true
		if err := u.assign(separator+name, value); err != nil {
			return err
		}
	}
	return nil
}

func (u *URI) assign(name string, value []byte) error {
	text := string(value)
	if name != ";id" && !utf8.ValidString(text) {
		return fmt.Errorf("%s is not UTF-8", name[1:])
	}
	switch name {
	case ";token":
		u.Token = text
	case ";serial":
		u.Serial = text
	case ";model":
		u.Model = text
	case ";manufacturer":
		u.Manufacturer = text
	case ";object":
		u.Object = text
	case ";id":
		u.ID = value
	case ";type":
		// A key, its certificate and its public key are one identity here.
		if text != "private" && text != "cert" && text != "public" {
			return fmt.Errorf("type %q does not sign", text)
		}
	case "&module-path":
		// A bare name would be searched for in places others may write to.
		if !filepath.IsAbs(text) {
			return errors.New("module-path must be absolute")
		}
		u.ModulePath = text
	case "&module-name":
		u.ModuleName = text
	default:
		return fmt.Errorf("attribute %q is not supported here", name[1:])
	}
	return nil
}

// percentDecode decodes %XX (RFC 3986 2.1). "+" stays itself.
func percentDecode(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return nil, errors.New("incomplete percent-encoding")
		}
		b, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return nil, errors.New("bad percent-encoding")
		}
		out = append(out, b[0])
		i += 2
	}
	return out, nil
}

// String writes the address in a form ParseURI reads back.
func (u URI) String() string {
	if u.File != "" {
		return "p12:" + u.File
	}
	var path, query []string
	add := func(list *[]string, name, value string) {
		if value != "" {
			*list = append(*list, name+"="+percentEncode(value))
		}
	}
	add(&path, "model", u.Model)
	add(&path, "manufacturer", u.Manufacturer)
	add(&path, "serial", u.Serial)
	add(&path, "token", u.Token)
	add(&path, "id", string(u.ID))
	add(&path, "object", u.Object)
	add(&query, "module-name", u.ModuleName)
	add(&query, "module-path", u.ModulePath)
	s := "pkcs11:" + strings.Join(path, ";")
	if len(query) > 0 {
		s += "?" + strings.Join(query, "&")
	}
	return s
}

// percentEncode leaves only RFC 3986's unreserved characters and "/".
func percentEncode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
