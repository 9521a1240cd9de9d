package piv_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"fmt"
	"testing"

	"kyso/testdata/virtualtoken/piv"
)

// TestManagementKey: SP 800-73-4, part 2, appendix A.1 and A.2.
func TestManagementKey(t *testing.T) {
	aesKey := make([]byte, 32)
	tripleDES, err := des.NewTripleDESCipher(piv.DefaultManagementKey())
	if err != nil {
		t.Fatal(err)
	}
	aes256, err := aes.NewCipher(aesKey)
	if err != nil {
		t.Fatal(err)
	}
	const put, get = "00 DB 3F FF 09 5C 03 5FC10D 53 02 AABB", "00 CB 3F FF 05 5C 03 5FC10D 00"
	for name, c := range map[string]struct {
		options   piv.Options
		algorithm string
		block     cipher.Block
	}{
		"3DES": {piv.Options{}, "03", tripleDES}, "AES-256": {piv.Options{ManagementKey: aesKey}, "0C", aes256},
	} {
		t.Run(name, func(t *testing.T) {
			size := c.block.BlockSize()
			card, _ := newCard(t, c.options)
			challenge := func() []byte {
				raw, _ := hex.DecodeString(expect(t, card, "00 87 "+c.algorithm+" 9B 04 7C 02 81 00 00", "9000"))
				return raw[4 : 4+size]
			}
			respond := func(proof []byte) string {
				return fmt.Sprintf("00 87 %s 9B %02X 7C %02X 82 %02X %X", c.algorithm, size+4, size+2, size, proof)
			}
			expect(t, card, respond(make([]byte, size)), "6985") // nothing was asked
			proof := make([]byte, size)
			c.block.Encrypt(proof, challenge())
			proof[0] ^= 1
			expect(t, card, respond(proof), "6982")
			expect(t, card, put, "6982")
			proof[0] ^= 1
			expect(t, card, respond(proof), "6985") // each challenge has one answer
			c.block.Encrypt(proof, challenge())
			expect(t, card, respond(proof), "9000")
			expect(t, card, put, "9000")
			if have := send(t, card, get); have != "5302AABB9000" {
				t.Errorf("read back %s", have)
			}
			expect(t, card, "00 DB 3F FF 05 5C 01 7E 53 00", "6A80") // not the discovery object
			expect(t, card, "00 DB 3F FF 07 5C 03 5FC10D 53 00", "9000")
			expect(t, card, get, "6A82")
			card.Reset()
			expect(t, card, put, "6982")

			// Mutual: the card's witness comes back in the clear, ours encrypted.
			raw, _ := hex.DecodeString(expect(t, card, "00 87 "+c.algorithm+" 9B 04 7C 02 80 00 00", "9000"))
			witness := make([]byte, size)
			c.block.Decrypt(witness, raw[4:4+size])
			ours := make([]byte, size)
			answer := expect(t, card, fmt.Sprintf("00 87 %s 9B %02X 7C %02X 80 %02X %X 81 %02X %X 00", c.algorithm, 2*size+6, 2*size+4, size, witness, size, ours), "9000")
			c.block.Encrypt(proof, ours)
			if want := fmt.Sprintf("7C%02X82%02X%X9000", size+2, size, proof); answer != want {
				t.Errorf("%s, want %s", answer, want)
			}
			expect(t, card, put, "9000")
		})
	}
	card, _ := newCard(t, piv.Options{})
	expect(t, card, "00 87 08 9B 04 7C 02 81 00 00", "6A86") // a key of 24 bytes is no AES-128 key
}
