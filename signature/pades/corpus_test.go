//go:build !js

package pades_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/testdata/corpus"
)

// TestCorpusSecondSignature signs each document of the corpora, which are not
// part of this project and may be absent, once more: no signature that pdfsig
// called valid may become invalid.
func TestCorpusSecondSignature(t *testing.T) {
	files, earlier, lost := 0, 0, 0
	refused := map[string]int{}
	for _, name := range []string{"pyhanko", "dss"} {
		err := filepath.WalkDir(corpus.Path(t, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".pdf" {
				return err
			}
			before, _ := tool(t, "pdfsig", "-nocert", path)
			valid := statuses(before)
			if len(valid) == 0 {
				return nil
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			signed, err := trySign(b, rsaSigner(), pades.Options{})
			if err != nil {
				refused[cause(err)]++
				return nil
			}
			after := statuses(first(tool(t, "pdfsig", "-nocert", write(t, signed))))
			for field := range valid {
				earlier++
				if !after[field] {
					lost++
					t.Errorf("%s: the signature in %q was valid and is not any more", path, field)
				}
			}
			if len(after) != len(valid)+1 {
				t.Errorf("%s: %d valid signatures became %d", path, len(valid), len(after))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files with valid signatures; %d earlier signatures stayed valid, %d were lost; refused: %v", files, earlier-lost, lost, refused)
	if earlier == 0 {
		t.Error("nothing was signed")
	}
}

func first(out string, _ error) string { return out }

// statuses reads which fields pdfsig calls valid.
func statuses(out string) map[string]bool {
	valid := map[string]bool{}
	field := ""
	for _, line := range strings.Split(out, "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "- Signature Field Name: "); ok {
			field = name
		}
		if strings.HasPrefix(line, "Signature #") {
			field = line // pdfsig gives no name where a field has none
		}
		if line == "- Signature Validation: Signature is Valid." {
			valid[field] = true
		}
	}
	return valid
}

func cause(err error) string {
	var format *pdf.FormatError
	switch {
	case errors.Is(err, pades.ErrEncrypted):
		return "encrypted"
	case errors.Is(err, pades.ErrLocked):
		return "locked by an earlier signature"
	case errors.As(err, &format):
		return "damaged: " + format.What
	}
	return err.Error()
}
