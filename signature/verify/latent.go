package verify

import (
	"bytes"

	"kyso/signature/pdf"
)

const (
	// maxLatent bounds the unused objects that are looked into: editors leave
	// some hundred behind.
	maxLatent = 2000
	// maxLatentContent bounds how much of an unused stream is looked at: what
	// draws a page says so early.
	maxLatentContent = 64 << 10
)

// latentContent tells whether a document holds what could be shown and is not:
// pages, annotations, or content that nothing leads to. Whoever signs it does
// not see that, and a later update could bring it to light. What writers leave
// behind, such as fonts, information and their own structure, does not count.
func (g *graph) latentContent() (number int, found bool) {
	looked := 0
	for i, live := range g.r.live {
		if !live || i >= len(g.counts) || g.counts[i] > 0 || g.aside[i] || g.r.failed[i] {
			continue
		}
		if looked++; looked > maxLatent {
			return 0, false
		}
		n := g.r.number[i]
		at, _ := g.view.Locate(n)
		o, err := g.view.Object(pdf.Ref{Number: n, Generation: at.Generation})
		if err == nil && showable(g.view, o) {
			return n, true
		}
	}
	return 0, false
}

// showable tells whether o is part of what a document shows.
func showable(v pdf.View, o pdf.Object) bool {
	switch o := o.(type) {
	case *pdf.Dict:
		switch o.Get("Type") {
		case pdf.Name("Catalog"), pdf.Name("Pages"), pdf.Name("Page"), pdf.Name("Annot"):
			return true
		}
		return o.Get("Rect") != nil && o.Get("Subtype") != nil
	case *pdf.Stream:
		switch o.Get("Type") {
		case nil:
			if o.Get("Subtype") != nil && !o.Is("Subtype", "Form") {
				return false
			}
		case pdf.Name("XObject"):
			if !o.Is("Subtype", "Form") {
				return false
			}
		default:
			return false
		}
		return drawsText(v, o)
	}
	return false
}

// drawsText tells whether a stream begins as content does that shows text or
// calls for images.
func drawsText(v pdf.View, s *pdf.Stream) bool {
	b, err := v.Decode(s, maxLatentContent)
	if err != nil {
		return false // also for what is longer, as images and fonts are
	}
	draws := false
	_ = pdf.EachOperator(bytes.NewReader(b), int64(len(b)), func(op string, args []pdf.Object) bool {
		switch op {
		case "Tj", "TJ", "'", "\"", "Do":
			draws = draws || len(args) > 0
		}
		return !draws && len(op) <= 3
	})
	return draws
}
