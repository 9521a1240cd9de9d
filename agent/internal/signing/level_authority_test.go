package signing_test

import (
	"slices"
	"testing"

	"kyso/signature/trust"
)

// TestUnknownAuthority: a token of an authority that nobody here trusts makes no
// proof of the time, and that is told; one of a trusted authority is not.
func TestUnknownAuthority(t *testing.T) {
	for _, level := range []string{"B-B", "B-T"} {
		b := at2020(t)
		if _, err := b.sign(t, letter(t), b.worlds[0].Persons[0], level); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(b.warned, "UNKNOWN_AUTHORITY") {
			t.Errorf("%s: %v", level, b.warned)
		}
		nobody := trust.NewStore()
		b.levels.Anchors = func() *trust.Store { return nobody }
		if _, err := b.sign(t, letter(t), b.worlds[0].Persons[0], level); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(b.warned, "UNKNOWN_AUTHORITY") != (level == "B-T") {
			t.Errorf("%s: %v", level, b.warned)
		}
	}
}
