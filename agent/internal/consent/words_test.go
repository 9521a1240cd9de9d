package consent

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func TestWordListIsSound(t *testing.T) {
	if len(words) != 256 {
		t.Fatalf("%d words; want 256, one for each value of a byte", len(words))
	}
	plain := map[string]string{}
	for _, w := range words {
		if w != norm.NFC.String(w) {
			t.Errorf("%q is not NFC", w)
		}
		if n := len([]rune(w)); n < 2 || n > 6 {
			t.Errorf("%q has %d letters; want 2 to 6", w, n)
		}
		for _, r := range w {
			if !unicode.Is(unicode.Latin, r) || unicode.IsUpper(r) {
				t.Errorf("%q is not lower-case Latin", w)
			}
		}
		bare := withoutMarks(w)
		if other, ok := plain[bare]; ok {
			t.Errorf("%q and %q are the same without marks", other, w)
		}
		plain[bare] = w
	}
}

func withoutMarks(w string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'đ':
			return 'd'
		}
		return r
	}, norm.NFD.String(w))
}

func TestWords(t *testing.T) {
	sum := sha256.Sum256([]byte("abc")) // ba 78 16 bf 8f …
	got := Words(sum[:])
	want := strings.Join([]string{words[0xba], words[0x78], words[0x16], words[0xbf], words[0x8f]}, "-")
	if got != want {
		t.Errorf("Words = %q, want %q", got, want)
	}
	// The words are a promise to other programs: this one must not change.
	if got != "sao-màn-cam-sóc-ngày" {
		t.Errorf("Words(SHA-256 of abc) = %q", got)
	}
	if got := Words(bytes.Repeat([]byte{1}, 31)); got != "" {
		t.Errorf("Words of 31 bytes = %q, want nothing", got)
	}
}
