package piv

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/subtle"
)

// managementKey is the key reference of the card's administrator.
const managementKey = 0x9B

// The fields of GENERAL AUTHENTICATE (SP 800-73-4, part 2, table 7).
const (
	tagAuthenticate = 0x7C
	tagWitness      = 0x80
	tagChallenge    = 0x81
	tagResponse     = 0x82
)

// generalAuthenticate is GENERAL AUTHENTICATE, part 2, 3.2.4.
func (c *Card) generalAuthenticate(cmd command) ([]byte, statusWord) {
	outer, err := parseTLV(cmd.data)
	if err != nil || len(outer) != 1 || outer[0].tag != tagAuthenticate {
		return nil, swWrongData
	}
	fields, err := parseTLV(outer[0].value)
	if err != nil {
		return nil, swWrongData
	}
	if cmd.p2 == managementKey {
		return c.authenticateAdmin(cmd.p1, fields)
	}
	return c.sign(cmd.p1, Slot(cmd.p2), fields)
}

// authenticateAdmin has the terminal prove the management key, by external or
// mutual authentication (part 2, appendix A.1 and A.2).
func (c *Card) authenticateAdmin(algorithm byte, fields []tlv) ([]byte, statusWord) {
	block, ok := c.managementCipher(algorithm)
	if !ok {
		return nil, swWrongParameters
	}
	expected, wasWitness := c.challenge, c.witness
	c.challenge, c.witness = nil, false
	witness, hasWitness := find(fields, tagWitness)
	challenge, hasChallenge := find(fields, tagChallenge)
	response, hasResponse := find(fields, tagResponse)
	size := block.BlockSize()
	switch {
	case hasChallenge && len(challenge) == 0 && !hasWitness: // external, first step
		c.challenge = random(size)
		return encodeTLV(tagAuthenticate, encodeTLV(tagChallenge, c.challenge)), swOK
	case hasResponse && len(response) == size && !hasWitness: // external, second step
		proof := make([]byte, size)
		if len(expected) != size || wasWitness {
			return nil, swConditions
		}
		block.Encrypt(proof, expected)
		c.admin = subtle.ConstantTimeCompare(proof, response) == 1
		if !c.admin {
			return nil, swSecurityStatus
		}
		return nil, swOK
	case hasWitness && len(witness) == 0: // mutual, first step
		c.challenge, c.witness = random(size), true
		sent := make([]byte, size)
		block.Encrypt(sent, c.challenge)
		return encodeTLV(tagAuthenticate, encodeTLV(tagWitness, sent)), swOK
	case hasWitness && len(witness) == size && len(challenge) == size: // mutual, second step
		if len(expected) != size || !wasWitness {
			return nil, swConditions
		}
		c.admin = subtle.ConstantTimeCompare(expected, witness) == 1
		if !c.admin {
			return nil, swSecurityStatus
		}
		proof := make([]byte, size)
		block.Encrypt(proof, challenge)
		return encodeTLV(tagAuthenticate, encodeTLV(tagResponse, proof)), swOK
	}
	return nil, swWrongData
}

// managementCipher is the management key under an algorithm of SP 800-78-4,
// table 6-2, and whether the key is one of that algorithm.
func (c *Card) managementCipher(algorithm byte) (cipher.Block, bool) {
	var block cipher.Block
	var err error
	switch algorithm {
	case 0x00, 0x03:
		block, err = des.NewTripleDESCipher(c.management)
	case 0x08, 0x0A, 0x0C:
		if len(c.management) != map[byte]int{0x08: 16, 0x0A: 24, 0x0C: 32}[algorithm] {
			return nil, false
		}
		block, err = aes.NewCipher(c.management)
	default:
		return nil, false
	}
	return block, err == nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
