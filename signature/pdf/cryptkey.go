package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
)

// passwordPad completes passwords of older encryption to 32 bytes (7.6.4.3.2).
var passwordPad = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// maxPassword is how much of a password counts in 256-bit encryption
// (7.6.4.3.3).
const maxPassword = 127

// unlock finds the file's key by password, the user's or the owner's.
func (c *crypt) unlock(password []byte) error {
	if c.revision >= 5 {
		return c.unlock256(password)
	}
	if c.key = c.userKey(pad(password)); c.key != nil {
		return nil
	}
	// Algorithm 7: the owner's password decrypts the user's.
	key := md5.Sum(pad(password))
	if c.revision >= 3 {
		for range 50 {
			key = md5.Sum(key[:])
		}
	}
	user := bytes.Clone(c.o)
	if c.revision == 2 {
		rc4XOR(user, key[:c.keyLength], 0)
	} else {
		for i := 19; i >= 0; i-- {
			rc4XOR(user, key[:c.keyLength], byte(i))
		}
	}
	if c.key = c.userKey(user); c.key != nil {
		return nil
	}
	return ErrPassword
}

// pad completes or cuts a password to 32 bytes.
func pad(password []byte) []byte {
	return append(bytes.Clone(password[:min(len(password), 32)]), passwordPad...)[:32]
}

// rc4XOR en- or decrypts b in place, each byte of the key XORed with x.
func rc4XOR(b, key []byte, x byte) {
	k := make([]byte, len(key))
	for i := range k {
		k[i] = key[i] ^ x
	}
	// The key's length is between 5 and 16, which cannot fail.
	s, _ := rc4.NewCipher(k)
	s.XORKeyStream(b, b)
}

// userKey is the file's key if padded is the user's password (algorithms 2 and
// 6), else nil.
func (c *crypt) userKey(padded []byte) []byte {
	h := md5.New()
	h.Write(padded)
	h.Write(c.o)
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(c.permissions)))
	h.Write(c.id)
	if c.revision >= 4 && c.clearMetadata {
		h.Write([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	}
	key := h.Sum(nil)[:c.keyLength]
	if c.revision >= 3 {
		for range 50 {
			sum := md5.Sum(key)
			key = sum[:c.keyLength]
		}
	}
	// Algorithms 4 and 5: what U must be.
	if c.revision == 2 {
		want := bytes.Clone(passwordPad)
		rc4XOR(want, key, 0)
		if subtle.ConstantTimeCompare(want, c.u) == 1 {
			return key
		}
		return nil
	}
	sum := md5.Sum(append(bytes.Clone(passwordPad), c.id...))
	for i := range 20 {
		rc4XOR(sum[:], key, byte(i))
	}
	if subtle.ConstantTimeCompare(sum[:], c.u[:16]) == 1 {
		return key
	}
	return nil
}

// unlock256 is algorithm 2.A.
func (c *crypt) unlock256(password []byte) error {
	password = password[:min(len(password), maxPassword)]
	wrapped := c.ue
	salt, owner := c.u[40:48], []byte(nil)
	if subtle.ConstantTimeCompare(c.hash(password, c.u[32:40], nil), c.u[:32]) != 1 {
		if subtle.ConstantTimeCompare(c.hash(password, c.o[32:40], c.u), c.o[:32]) != 1 {
			return ErrPassword
		}
		wrapped, salt, owner = c.oe, c.o[40:48], c.u
	}
	block, err := aes.NewCipher(c.hash(password, salt, owner))
	if err != nil {
		return err
	}
	c.key = make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(c.key, wrapped)
	return c.checkPerms()
}

// hash is algorithm 2.B; in revision 5, which preceded the standard, SHA-256
// alone. Its rounds end by themselves: at the latest when their number is 32
// more than the greatest byte.
func (c *crypt) hash(password, salt, user []byte) []byte {
	sum := sha256.Sum256(bytes.Join([][]byte{password, salt, user}, nil))
	k := sum[:]
	if c.revision == 5 {
		return k
	}
	for round := 0; ; round++ {
		e := bytes.Repeat(bytes.Join([][]byte{password, k, user}, nil), 64)
		// The key's length is right, which cannot fail.
		block, _ := aes.NewCipher(k[:16])
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		// The first 16 bytes as a number modulo 3: 256 is 1 modulo 3.
		rest := 0
		for _, b := range e[:16] {
			rest += int(b)
		}
		switch rest % 3 {
		case 0:
			sum := sha256.Sum256(e)
			k = sum[:]
		case 1:
			sum := sha512.Sum384(e)
			k = sum[:]
		default:
			sum := sha512.Sum512(e)
			k = sum[:]
		}
		if round >= 63 && int(e[len(e)-1]) <= round-31 {
			return k[:32]
		}
	}
}

// objectKey is the key of the object ref (algorithm 1); AESV3 uses the file's
// for all.
func (c *crypt) objectKey(ref Ref, m method) []byte {
	if m == aesV3 {
		return c.key
	}
	b := append(bytes.Clone(c.key), byte(ref.Number), byte(ref.Number>>8), byte(ref.Number>>16), byte(ref.Generation), byte(ref.Generation>>8))
	if m == aesV2 {
		b = append(b, "sAlT"...)
	}
	sum := md5.Sum(b)
	return sum[:min(len(c.key)+5, 16)]
}
