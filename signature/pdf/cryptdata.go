package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rc4"
	"io"
)

// open decrypts the strings of o, which was read as the object ref, in place,
// and marks a stream for Decode. Cross-reference streams and the encryption
// dictionary are never encrypted (7.5.8.2, 7.6.2).
func (c *crypt) open(ref Ref, o Object) (Object, error) {
	if ref == c.ref {
		return o, nil
	}
	if s, ok := o.(*Stream); ok {
		if s.Is("Type", "XRef") {
			return o, nil
		}
		s.ref, s.sealed = ref, true
		_, err := c.openStrings(ref, s.Dict)
		return s, err
	}
	return c.openStrings(ref, o)
}

func (c *crypt) openStrings(ref Ref, o Object) (_ Object, err error) {
	if c.strings == plain {
		return o, nil
	}
	switch o := o.(type) {
	case String:
		b, err := c.decrypt([]byte(o), ref)
		return String(b), err
	case Array:
		for i := range o {
			if o[i], err = c.openStrings(ref, o[i]); err != nil {
				return nil, err
			}
		}
	case *Dict:
		// A signature cannot be encrypted after it was made (7.6.2).
		signature := o.Entry("ByteRange") != nil
		for i := range o.Entries {
			e := &o.Entries[i]
			if signature && e.Key == "Contents" {
				continue
			}
			if e.Value, err = c.openStrings(ref, e.Value); err != nil {
				return nil, err
			}
		}
	}
	return o, nil
}

// decrypt decrypts the bytes of a string in place.
func (c *crypt) decrypt(b []byte, ref Ref) ([]byte, error) {
	if len(b) == 0 {
		return b, nil // see reader
	}
	key := c.objectKey(ref, c.strings)
	if c.strings == rc4V2 {
		rc4XOR(b, key, 0)
		return b, nil
	}
	if len(b)%aes.BlockSize != 0 || len(b) < 2*aes.BlockSize {
		return nil, errBlocks
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	iv, b := b[:aes.BlockSize], b[aes.BlockSize:]
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(b, b)
	return unpad(b)
}

var (
	errBlocks  = &FormatError{-1, "encrypted data are no whole blocks"}
	errPadding = &FormatError{-1, "malformed padding of encrypted data"}
)

// unpad drops the padding at the end of decrypted whole blocks (7.6.3.1).
func unpad(b []byte) ([]byte, error) {
	n := int(b[len(b)-1])
	if n == 0 || n > aes.BlockSize || !bytes.Equal(b[len(b)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errPadding
	}
	return b[:len(b)-n], nil
}

// stream decrypts the data of s, which r reads, and returns the filters that
// remain.
func (c *crypt) stream(s *Stream, r io.Reader, filters, params []Object) (io.Reader, []Object, []Object, error) {
	m := c.streams
	switch {
	case len(filters) > 0 && filters[0] == Object(Name("Crypt")):
		// A filter of its own stands for the usual one (7.4.10).
		if c.filters == nil {
			return nil, nil, nil, &FormatError{s.Offset, "a crypt filter in a file without any"}
		}
		name := Name("Identity")
		if len(params) > 0 {
			d, _ := params[0].(*Dict)
			if n := d.Get("Name"); n != nil {
				name, _ = n.(Name)
			}
			params = params[1:]
		}
		var known bool
		if m, known = c.filters[name]; !known {
			return nil, nil, nil, &FormatError{s.Offset, "an unknown crypt filter"}
		}
		filters = filters[1:]
	case s.Is("Type", "Metadata") && c.clearMetadata:
		m = plain
	case s.Is("Type", "EmbeddedFile"):
		m = c.files
	}
	r, err := c.reader(r, s.Length, s.ref, m)
	return r, filters, params, err
}

// reader decrypts the size bytes that r reads.
func (c *crypt) reader(r io.Reader, size int64, ref Ref, m method) (io.Reader, error) {
	// Writers leave what is empty so, instead of padding it.
	if m == plain || size == 0 {
		return r, nil
	}
	key := c.objectKey(ref, m)
	if m == rc4V2 {
		s, err := rc4.NewCipher(key)
		return &cipher.StreamReader{S: s, R: r}, err
	}
	if size%aes.BlockSize != 0 || size < 2*aes.BlockSize {
		return nil, errBlocks
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, aes.BlockSize)
	if _, err := io.ReadFull(r, iv); err != nil {
		return nil, err
	}
	return &unpadder{r: r, mode: cipher.NewCBCDecrypter(block, iv), left: size - aes.BlockSize}, nil
}

// cryptBlock is how much is decrypted at a time.
const cryptBlock = 4 << 10

// unpadder decrypts the left bytes of whole blocks that r reads, and drops the
// padding at their end.
type unpadder struct {
	r     io.Reader
	mode  cipher.BlockMode
	left  int64
	block [cryptBlock]byte
	ready []byte
}

func (u *unpadder) Read(p []byte) (int, error) {
	for len(u.ready) == 0 {
		if u.left == 0 {
			return 0, io.EOF
		}
		b := u.block[:min(u.left, cryptBlock)]
		if _, err := io.ReadFull(u.r, b); err != nil {
			return 0, err
		}
		u.left -= int64(len(b))
		u.mode.CryptBlocks(b, b)
		if u.left == 0 {
			var err error
			if b, err = unpad(b); err != nil {
				return 0, err
			}
		}
		u.ready = b
	}
	n := copy(p, u.ready)
	u.ready = u.ready[n:]
	return n, nil
}
