package verify_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/verify"
	"kyso/testdata/corpus"
)

// TestCorpusModifications compares what later revisions did with what
// pyHanko's own tests assert.
func TestCorpusModifications(t *testing.T) {
	dir := corpus.Path(t, "pyhanko")
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	if err := json.Unmarshal(b, &records); err != nil {
		t.Fatal(err)
	}
	agree, differ := 0, 0
	for _, r := range records {
		ok := r.Expected.DocMDPOK
		if !strings.HasSuffix(r.File, ".pdf") || r.Field == nil || ok == nil || r.SkipDiff == "True" {
			continue
		}
		got, why := judgeRecord(t, dir, r)
		if got == nil {
			if *ok {
				differ++
				t.Logf("NOTFOUND %s %s (%s) %s", r.File, *r.Field, r.Test, why)
			}
			continue
		}
		fine := got.Modification == verify.ModificationNone || got.Modification == verify.ModificationAllowed
		if fine == *ok {
			agree++
			continue
		}
		differ++
		s := ""
		for _, c := range got.Changes {
			s += fmt.Sprintf(" [r%d o%d %s %s %s]", c.Revision, c.Object, c.Path, c.Effect, c.Code)
		}
		t.Logf("MODIFICATION %s %s (%s): %s, theirs %v %s:%s", r.File, *r.Field, r.Test, got.Modification, *ok, r.Expected.ModificationLevel, s)
	}
	t.Logf("%d agree, %d differ", agree, differ)
}
