package placement_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostile: small files that ask for much work end soon, and without a
// place.
func TestHostile(t *testing.T) {
	// Ten times what they take on a slow machine; unbounded they take hours.
	const soon = 20 * time.Second
	form := "/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</X 10 0 R>>/Font<</F 5 0 R>>>>"
	for _, c := range []struct {
		name string
		make func(h *handmade)
	}{
		{"a form in itself", func(h *handmade) {
			h.content.WriteString("/X Do")
			h.resources, h.objects = "/XObject<</X 10 0 R>>", []string{stream(form, strings.Repeat("/X Do ", 1000))}
		}},
		{"a long comment, often", func(h *handmade) {
			h.content.WriteString(strings.Repeat("/X Do ", 100_000))
			h.resources, h.objects = "/XObject<</X 10 0 R>>", []string{stream(form, "%"+strings.Repeat("a", 1<<20))}
		}},
		{"widths over and over", func(h *handmade) {
			h.signed()
			h.font = func(*handmade) string {
				return "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[<</W[" + strings.Repeat("0 65534 500 ", 50_000) + "]>>]>>"
			}
		}},
		{"characters over and over", func(h *handmade) {
			h.signed()
			h.objects = []string{stream("", "1 beginbfrange "+strings.Repeat("<0000> <00fe> <0041> ", 50_000)+"endbfrange")}
			h.font = func(*handmade) string {
				return "<</Type/Font/Subtype/Type1/BaseFont/A/Widths 6 0 R/FirstChar 0/ToUnicode 10 0 R>>"
			}
		}},
		{"names and offices everywhere", func(h *handmade) {
			h.content.WriteString("BT /F 1 Tf 0.1 TL 10 790 Td ")
			for range 20_000 {
				fmt.Fprintf(&h.content, "%s ' %s ' ", h.hex("GIÁM ĐỐC"), h.hex("Lê Văn Mẫu"))
			}
			h.content.WriteString("ET")
		}},
		{"one place, a hundred thousand words", func(h *handmade) {
			for i := range 60_000 {
				fmt.Fprintf(&h.content, "BT /F 10 Tf %d 100 Td %s Tj ET ", 100+i%7, h.hex(string(rune('A'+i%50))))
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := new(handmade)
			c.make(h)
			v := h.view(t)
			start := time.Now()
			r := find(t, v, "")
			if took := time.Since(start); took > soon {
				t.Errorf("took %v", took)
			}
			if r.Personal.Page != 0 {
				t.Errorf("found %v", r.Personal)
			}
		})
	}
}
