package consent

import (
	_ "embed"
	"strings"
)

// wordList holds 256 short Vietnamese words, one a line: one word for each
// value of a byte. They stay different when their tone marks are left out, so
// they can be read over a telephone or typed on a plain keyboard. Changing or
// reordering them changes what everybody sees: other programs use this list.
//
//go:embed words.txt
var wordList string

var words = strings.Fields(wordList)

// comparedBytes is how much of the digest the words tell: 5 words, 40 bits.
// Enough to notice another document by eye; the digest itself, not the words,
// is what gets signed, so nobody gains a signature by finding a collision here.
const comparedBytes = 5

// Words turns a SHA-256 into five short Vietnamese words that two people, or a
// person and a page, can compare: "mây-cầu-lúa-tre-sen". It returns "" when
// the digest is not 32 bytes long.
func Words(sha256 []byte) string {
	if len(sha256) != 32 {
		return ""
	}
	return SayWords(sha256[:comparedBytes])
}

// SayWords turns bytes into as many words, joined by hyphens.
func SayWords(code []byte) string {
	chosen := make([]string, len(code))
	for i := range chosen {
		chosen[i] = words[code[i]]
	}
	return strings.Join(chosen, "-")
}
