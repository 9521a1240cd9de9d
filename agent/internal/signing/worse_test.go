package signing

import (
	"testing"

	"kyso/signature/verify"
)

// TestWorse goes through all that adding a signature can do to an earlier one.
func TestWorse(t *testing.T) {
	none, allowed, undetermined, notAllowed := verify.ModificationNone, verify.ModificationAllowed, verify.ModificationUndetermined, verify.ModificationNotAllowed
	for _, c := range []struct {
		old, now verify.Modification
		want     bool
	}{
		{none, none, false}, {none, allowed, false}, {none, undetermined, true}, {none, notAllowed, true},
		{allowed, none, false}, {allowed, allowed, false}, {allowed, undetermined, true}, {allowed, notAllowed, true},
		{undetermined, undetermined, false}, {undetermined, notAllowed, true}, {undetermined, allowed, false},
		{notAllowed, notAllowed, false}, {notAllowed, undetermined, false},
	} {
		if got := worse(c.old, c.now); got != c.want {
			t.Errorf("%s, then %s: %v", c.old, c.now, got)
		}
		before := &verify.Report{Signatures: []verify.Signature{{Field: "a", Intact: true, Valid: true, Modification: c.old}}}
		after := &verify.Report{Signatures: []verify.Signature{{Field: "a", Intact: true, Valid: true, Modification: c.now}, {Field: "b", Intact: true, Valid: true, Coverage: verify.CoverageWholeFile}}}
		if _, err := compare(before, after); (err != nil) != c.want {
			t.Errorf("%s, then %s: %v", c.old, c.now, err)
		}
		after.Signatures[1].Kind, after.Signatures[1].Revision = "timestamp", 1
		if err := keeps(before, after); (err != nil) != c.want {
			t.Errorf("%s, then %s, with a timestamp: %v", c.old, c.now, err)
		}
	}
}
