package signing_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/signing"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/corpus"
)

// TestExtendCorpus tries to extend every PDF of the shared corpus, with a real
// authority and no network for evidence. Each is extended, with nothing lost,
// or refused with a reason a person understands; a signature proven bad never
// passes.
func TestExtendCorpus(t *testing.T) {
	root := corpus.Path(t)
	w := firstWorld()
	at := date(2020, 11, 1, 9) // when most of their certificates are valid
	b := newBench(t, at, []string{w.TSAURL()}, w)
	stamps, err := fetch.NewTimestamper(fetch.TimestampOptions{URLs: []string{w.TSAURL()}, Now: b.levels.Clock, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	levels := &signing.Levels{Timestamps: stamps, Clock: b.levels.Clock, Anchors: func() *trust.Store { return trust.NewStore(w.Root.Certificate) }}
	count := make(map[string]int)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.EqualFold(filepath.Ext(path), ".pdf") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		x, err := levels.Extend(t.Context(), signing.Document{Name: d.Name(), Data: f, Size: info.Size()}, verify.Evidence{}, "B-T", nil)
		code := "extended"
		if err != nil {
			code = signing.Code(err)
		}
		count[code]++
		if code == "INTERNAL" || code == "SELF_CHECK_FAILED" {
			t.Errorf("%s: %s %v", path, code, err)
		}
		if x != nil {
			for _, s := range x.After.Signatures {
				if s.Verdict == verify.TotalFailed {
					t.Errorf("%s: extended with a bad signature: %s", path, s.SubIndication)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v", count)
	if count["extended"] < 50 || count["SIGNATURE_BAD"] < 20 {
		t.Errorf("hardly anything was extended, or refused: %v", count)
	}
}
