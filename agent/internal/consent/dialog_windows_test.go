package consent

import (
	"slices"
	"testing"
	"time"

	. "github.com/lxn/walk/declarative"
)

// TestHeadTellsEverything: what goes into the signature is told whoever asks, a
// page or the command line.
func TestHeadTellsEverything(t *testing.T) {
	for _, site := range []string{"", "https://eoffice.example"} {
		q := testQuestion()
		q.Site, q.Reason, q.Location, q.Field, q.Level = site, "Duyệt chi", "Hà Nội", "S1", "B-T"
		d := &dialog{view: newView(q, time.Now())}
		var told []string
		for _, w := range d.head() {
			if label, ok := w.(TextLabel); ok {
				told = append(told, label.Text.(string))
			}
		}
		for _, want := range d.signedTexts() {
			if !slices.Contains(told, want) {
				t.Errorf("asked by %q: %q is not told", site, want)
			}
		}
		if len(d.signedTexts()) != 4 {
			t.Error(d.signedTexts())
		}
	}
}
