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

// otherPolicy are tests whose caller asked for another policy than the product
// has, with the file alone being no different.
var otherPolicy = map[string]string{
	"test_no_changes_policy": "the caller allows no changes at all; the same file passes by the usual rules",
	"test_orphan[False]":     "the caller refuses left-over data; test_orphan[True] accepts the same",
}

// TestCorpusModifications compares what later revisions did with what pyHanko's
// own tests assert: what they refuse is never allowed here.
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
	agree, alarms := 0, 0
	for _, r := range records {
		ok := r.Expected.DocMDPOK
		if !strings.HasSuffix(r.File, ".pdf") || r.Field == nil || ok == nil || r.SkipDiff == "True" {
			continue
		}
		_, test, _ := strings.Cut(r.Test, "::")
		got, why := judgeRecord(t, dir, r)
		if got == nil {
			t.Logf("NOT JUDGED %s %s (%s): %s", r.File, *r.Field, test, why)
			continue
		}
		fine := got.Modification == verify.ModificationNone || got.Modification == verify.ModificationAllowed
		text := fmt.Sprintf("%s %s (%s): %s, theirs %v %s", r.File, *r.Field, test, got.Modification, *ok, r.Expected.ModificationLevel)
		for _, c := range got.Changes {
			text += fmt.Sprintf(" [%d: %d %s %s %s]", c.Revision, c.Object, c.Path, c.Effect, c.Code)
		}
		switch {
		case fine == *ok:
			agree++
		case otherPolicy[test] != "":
			t.Logf("OTHER POLICY %s: %s", test, otherPolicy[test])
		case fine:
			t.Errorf("MISS %s", text)
		default:
			alarms++
			t.Logf("ALARM %s", text)
		}
	}
	t.Logf("%d agree, %d false alarms", agree, alarms)
}
