package pdf

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"errors"
)

// Why an encrypted file cannot be opened, beside a *FormatError for one whose
// encryption is malformed or differs between revisions.
var (
	// ErrPassword says that the password, or the lack of one, is wrong.
	ErrPassword = errors.New("pdf: the file opens with another password")
	// ErrPublicKey says that the file is encrypted to the certificates of its
	// readers (ISO 32000-2, 7.6.5), whose keys this package never asks for.
	ErrPublicKey = errors.New("pdf: the file is encrypted to certificates")
	// ErrHandler says that a security handler of no standard, or one nobody
	// has published, encrypted the file.
	ErrHandler = errors.New("pdf: the file's security handler is not known")
)

// Encrypted tells whether any revision of the file is encrypted, be it open or
// locked.
//
//go:noinline
func (f *File) Encrypted() bool {
	for _, rev := range f.revisions {
		if rev.trailer.Get("Encrypt") != nil {
			return true
		}
	}
	return false
}

// Locked says why an encrypted file's strings and streams cannot be read:
// ErrPassword, ErrPublicKey, ErrHandler, or a *FormatError. It is nil for a
// file that is not encrypted, that Unlock opened, or that the empty password
// opens, which Open tries. Strings and streams of a locked file are read as
// they stand.
func (f *File) Locked() error { return f.locked }

// Unlock opens an encrypted file with its user or its owner password, of the
// standard security handler (ISO 32000-2, 7.6.4): RC4 of 40 to 128 bits, AES of
// 128 and of 256. It returns what Locked returns from then on. The password of
// 256-bit encryption is UTF-8, taken as it is: SASLprep (RFC 4013) is left to
// the caller, and changes neither ASCII nor composed Vietnamese letters. Older
// encryption has passwords of bytes, in PDFDocEncoding. Objects read before are not opened by it, and no
// other call may run at the same time.
func (f *File) Unlock(password []byte) error {
	if !f.Encrypted() {
		return nil
	}
	c, err := f.sameEncryption()
	if err == nil {
		err = c.unlock(password)
	}
	if f.locked = err; err != nil {
		c = nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crypt = c
	f.decoded = 0
	clear(f.objects)
	clear(f.streams)
	return err
}

// sameEncryption reads the encryption dictionary, and proves that it is one
// and the same in all revisions: a later one could change what the earlier
// ones say.
func (f *File) sameEncryption() (*crypt, error) {
	first := f.revisions[0].trailer
	e := first.Get("Encrypt")
	c := &crypt{}
	ref, indirect := e.(Ref)
	var at Location
	if indirect {
		var ok bool
		if at, ok = f.Revision(1).Locate(ref.Number); !ok || at.Compressed {
			return nil, &FormatError{-1, "the encryption dictionary is no object of its own"}
		}
		c.ref = ref
	}
	for n, rev := range f.revisions {
		if !Equal(rev.trailer.Get("Encrypt"), e) {
			return nil, &FormatError{rev.xrefAt, "revisions are encrypted differently"}
		}
		if here, _ := f.Revision(n + 1).Locate(ref.Number); indirect && here != at {
			return nil, &FormatError{rev.xrefAt, "a later revision replaces the encryption dictionary"}
		}
	}
	d := e
	if indirect {
		// As it stands, whatever key an earlier call left.
		f.crypt = nil
		clear(f.objects)
		var err error
		if d, err = f.Object(ref); err != nil {
			return nil, err
		}
	}
	dict, ok := d.(*Dict)
	if !ok || dict.Duplicate != "" {
		return nil, &FormatError{-1, "malformed encryption dictionary"}
	}
	if err := c.read(dict); err != nil || c.revision >= 5 {
		return c, err
	}
	// The first half of the file's identifier is part of older keys.
	for n, rev := range f.revisions {
		id, _ := rev.trailer.Get("ID").(Array)
		half := String("") // what readers take where there is none
		if len(id) > 0 {
			var ok bool
			if half, ok = id[0].(String); !ok {
				return nil, &FormatError{rev.xrefAt, "malformed /ID in the trailer"}
			}
		}
		if n > 0 && string(half) != string(c.id) {
			return nil, &FormatError{rev.xrefAt, "revisions have different identifiers"}
		}
		c.id = []byte(half)
	}
	return c, nil
}

// method is how bytes are encrypted.
type method int

const (
	plain method = iota
	rc4V2        // RC4 with a key for each object
	aesV2        // AES-128-CBC with a key for each object
	aesV3        // AES-256-CBC with the file's key
)

// crypt is an open file's encryption.
type crypt struct {
	ref Ref // of the encryption dictionary, zero when it is direct
	id  []byte

	version, revision, permissions int64
	keyLength                      int // bytes
	o, u, oe, ue, perms            []byte
	clearMetadata                  bool

	strings, streams, files method
	filters                 map[Name]method

	key []byte
}

// read reads the encryption dictionary (tables 20 and 21). Its entries must be
// direct: elsewhere later revisions could change them.
func (c *crypt) read(d *Dict) error {
	switch d.Get("Filter") {
	case Name("Standard"):
	case Name("Adobe.PubSec"):
		return ErrPublicKey
	default:
		return ErrHandler
	}
	bad := &FormatError{-1, "malformed encryption dictionary"}
	c.version, c.revision = number(d, "V", 0), number(d, "R", 0)
	permissions, ok := d.Get("P").(int64)
	// P is 32 bits; some writers take it as unsigned.
	if !ok || permissions < -1<<31 || permissions >= 1<<32 {
		return bad
	}
	c.permissions = int64(int32(uint32(permissions)))
	switch e := d.Get("EncryptMetadata").(type) {
	case nil:
	case bool:
		c.clearMetadata = !e
	default:
		return bad
	}
	for _, s := range []struct {
		key      Name
		value    *[]byte
		length   int
		required bool
	}{
		{"O", &c.o, 32, c.revision <= 4}, {"U", &c.u, 32, c.revision <= 4},
		{"O", &c.o, 48, c.revision >= 5}, {"U", &c.u, 48, c.revision >= 5},
		{"OE", &c.oe, 32, c.revision >= 5}, {"UE", &c.ue, 32, c.revision >= 5}, {"Perms", &c.perms, 16, c.revision >= 5},
	} {
		if !s.required {
			continue
		}
		// Some writers pad them to 127 bytes.
		text, ok := d.Get(s.key).(String)
		if !ok || len(text) < s.length || len(text) > 127 {
			return bad
		}
		*s.value = []byte(text[:s.length])
	}
	switch v, r := c.version, c.revision; {
	case v == 1 && (r == 2 || r == 3):
		c.keyLength = 5
	case v == 2 && (r == 2 || r == 3):
		bits := number(d, "Length", 40)
		if bits < 40 || bits > 128 || bits%8 != 0 {
			return bad
		}
		c.keyLength = int(bits / 8)
	case v == 4 && r == 4:
		c.keyLength = 16
		return c.readFilters(d)
	case v == 5 && (r == 5 || r == 6):
		c.keyLength = 32
		return c.readFilters(d)
	default:
		return ErrHandler
	}
	c.strings, c.streams, c.files = rc4V2, rc4V2, rc4V2
	// Only the newer handlers leave metadata in the clear.
	c.clearMetadata = false
	return nil
}

// readFilters reads the crypt filters (7.6.6).
func (c *crypt) readFilters(d *Dict) error {
	bad := &FormatError{-1, "malformed crypt filters"}
	c.filters = map[Name]method{"Identity": plain}
	filters, ok := d.Get("CF").(*Dict)
	if !ok && d.Get("CF") != nil || ok && filters.Duplicate != "" {
		return bad
	}
	if ok {
		for _, e := range filters.Entries {
			filter, ok := e.Value.(*Dict)
			if !ok || e.Key == "Identity" {
				return bad
			}
			m := method(-1)
			switch filter.Get("CFM") {
			case Name("V2"):
				m = rc4V2
			case Name("AESV2"):
				m = aesV2
			case Name("AESV3"):
				m = aesV3
			}
			// A 256-bit key is for AESV3 alone, and the other way round.
			if m < 0 || (m == aesV3) != (c.version == 5) {
				return ErrHandler
			}
			c.filters[e.Key] = m
		}
	}
	c.streams, c.strings = plain, plain
	for _, f := range []struct {
		key   Name
		value *method
	}{{"StmF", &c.streams}, {"StrF", &c.strings}, {"EFF", &c.files}} {
		switch name := d.Get(f.key).(type) {
		case nil:
			if f.key == "EFF" {
				c.files = c.streams
			}
		case Name:
			m, known := c.filters[name]
			if !known {
				return bad
			}
			*f.value = m
		default:
			return bad
		}
	}
	return nil
}

// checkPerms holds the permissions of 256-bit encryption against their
// encrypted copy (algorithm 13).
func (c *crypt) checkPerms() error {
	block, err := aes.NewCipher(c.key)
	if err != nil {
		return err
	}
	var b [16]byte
	block.Decrypt(b[:], c.perms)
	metadata := byte('T')
	if c.clearMetadata {
		metadata = 'F'
	}
	if !bytes.Equal(b[9:12], []byte("adb")) || b[8] != metadata || int32(binary.LittleEndian.Uint32(b[:])) != int32(c.permissions) {
		return &FormatError{-1, "the encryption dictionary was tampered with"}
	}
	return nil
}
