package consent

import (
	"strings"
	"testing"
	"time"
)

// hashQuestion asks about a digest that was made with function, of size bytes.
func hashQuestion(function string, size int) Question {
	d := &Data{Purpose: PurposeHash, Function: function, Hash: strings.Repeat("5e6f7081", size/4), Size: int64(size)}
	if function == "SHA-256" {
		d.SHA256 = d.Hash
	}
	return Question{Kind: KindData, Site: "https://eoffice.example", Certificates: testQuestion().Certificates, AskPIN: true, Data: d}
}

// TestHashIsChecked: what is shown of a digest is all of it, and of its function.
func TestHashIsChecked(t *testing.T) {
	for function, size := range map[string]int{"SHA-256": 32, "SHA-384": 48, "SHA-512": 64} {
		if err := hashQuestion(function, size).check(); err != nil {
			t.Errorf("%s: %v", function, err)
		}
	}
	for what, change := range map[string]func(*Data){
		"SHA-1":                    func(d *Data) { d.Function, d.Hash, d.Size, d.SHA256 = "SHA-1", strings.Repeat("00", 20), 20, "" },
		"a digest cut short":       func(d *Data) { d.Hash = d.Hash[:62] },
		"no digits":                func(d *Data) { d.Hash = strings.Repeat("x", 64) },
		"another size":             func(d *Data) { d.Size = 33 },
		"another function":         func(d *Data) { d.Function = "SHA-384" },
		"a text beside it":         func(d *Data) { d.Text = "Tôi đồng ý." },
		"the words of another":     func(d *Data) { d.SHA256 = strings.Repeat("00", 32) },
		"a hash under a message":   func(d *Data) { d.Purpose = PurposeMessage },
		"nothing":                  func(d *Data) { *d = Data{Purpose: PurposeHash} },
		"a function with no bytes": func(d *Data) { d.Hash, d.Size, d.SHA256 = "", 0, "" },
	} {
		q := hashQuestion("SHA-256", 32)
		change(q.Data)
		if q.check() == nil {
			t.Errorf("accepted with %s", what)
		}
	}
}

// TestHashLooksDifferent: in both languages nothing that a person reads first is
// what he reads over a message, and the warning is there, with the whole digest.
func TestHashLooksDifferent(t *testing.T) {
	for language, words := range map[string]texts{"vi": vietnamese, "en": english} {
		q, message := hashQuestion("SHA-512", 64), kindQuestions()[KindData]
		q.Language, message.Language = language, language
		v, other := newView(q, time.Now()), newView(message, time.Now())
		if v.title == other.title || v.fromSite == other.fromSite || v.fromCommand == other.fromCommand || v.dataWarning == other.dataWarning || v.dataPurpose() == other.dataPurpose() {
			t.Errorf("%s: a digest is asked about as a message is", language)
		}
		text := strings.Join(v.lines(q.Certificates[0], maxInline), "\n")
		for _, want := range []string{words.hashFromSite, words.dataHash, words.hashWarning, "    SHA-512:", "    " + strings.TrimSuffix(strings.Repeat("5e6f7081 ", 8), " ") + "\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not told in\n%s", language, want, text)
			}
		}
		if n := strings.Count(text, "5e6f7081"); n != 16 {
			t.Errorf("%s: %d of the digest's 16 groups", language, n)
		}
		// The words to compare are those of a SHA-256, and of nothing else.
		if strings.Contains(text, strings.TrimSuffix(words.compare, "%s")) {
			t.Errorf("%s: words of a SHA-512", language)
		}
	}
	q := hashQuestion("SHA-256", 32)
	if text := strings.Join(newView(q, time.Now()).dataFacts(), ""); !strings.Contains(text, "32 byte · Từ đối chiếu: ") {
		t.Error(text)
	}
}
