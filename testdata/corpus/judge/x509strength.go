package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"

	"kyso/signature/algorithm"
)

// strengths are the bits of security an authentication level demands.
func strengths(level int) int {
	bits := []int{0, 80, 112, 128, 192, 256}
	return bits[max(0, min(level, len(bits)-1))]
}

func digestStrength(s algorithm.Signature) int {
	switch {
	case s.Key == algorithm.Ed25519:
		return 128
	case s.Hash == crypto.MD5:
		return 39
	case s.Hash == crypto.SHA1:
		return 63
	case s.Hash == 0:
		return 0
	}
	return s.Hash.Size() * 4
}

func keyStrength(key crypto.PublicKey) int {
	switch k := key.(type) {
	case *rsa.PublicKey:
		switch n := k.N.BitLen(); {
		case n >= 15360:
			return 256
		case n >= 7680:
			return 192
		case n >= 3072:
			return 128
		case n >= 2048:
			return 112
		case n >= 1024:
			return 80
		}
		return 0
	case *algorithm.ECPublicKey:
		return k.Bits() / 2
	case ed25519.PublicKey:
		return 128
	}
	return 256 // a kind without a measure here is not weak for it
}
