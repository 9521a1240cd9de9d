package origin

import (
	"crypto/sha256"
	"crypto/subtle"
)

// PairingCodeBytes is how much of a pairing the two sides show as words: 6
// words of a byte, 48 bits. Because the page commits to its secret before it
// sees the agent's challenge, who sits between them has one guess a pairing.
const PairingCodeBytes = 6

// Commitment is what a page sends before it knows the agent's challenge.
func Commitment(t Transcript, secret []byte) []byte {
	return hashLines("kyso v1 pairing commitment", t, secret)
}

// CheckCommitment tells whether secret is what the page committed to.
func CheckCommitment(t Transcript, commitment, secret []byte) bool {
	return len(secret) == NonceBytes && subtle.ConstantTimeCompare(Commitment(t, secret), commitment) == 1
}

// PairingCode is what page and agent both show, a word for each byte.
func PairingCode(t Transcript, secret, challenge []byte) [PairingCodeBytes]byte {
	return [PairingCodeBytes]byte(hashLines("kyso v1 pairing words", t, secret, challenge))
}

func hashLines(purpose string, t Transcript, secrets ...[]byte) []byte {
	h := sha256.New()
	h.Write([]byte(purpose + "\n"))
	for _, s := range secrets {
		h.Write([]byte(Encode(s) + "\n"))
	}
	h.Write(t.Bytes())
	return h.Sum(nil)
}
