package verify

import "kyso/signature/pdf"

// pages allows the widgets of new signature fields among a page's annotations,
// judges other annotations, and allows nothing else.
func (d *difference) pages() {
	placed := map[int]bool{}
	known := map[int]bool{} // widgets of fields, which are the form's to judge
	for _, f := range d.fields {
		for _, w := range f.Widgets {
			known[w.Number] = true
		}
	}
	err := d.old.EachPage(func(p pdf.Page) bool {
		if len(d.changed) == 0 {
			return false // neither a page nor an annotation can have changed
		}
		n := p.Ref.Number
		annots := p.Dict.Get("Annots")
		was, now := d.dicts(p.Ref, p.Ref)
		if was == nil || now == nil {
			return true // noted where it was compared, or no page at all
		}
		if d.changed[n] {
			delete(d.changed, n)
			d.keys(was, now, func(key pdf.Name, a, b pdf.Object) {
				if key != "Annots" {
					d.note(n, forNothing, pageCode(key), "")
				}
			})
			if now.Duplicate != "" {
				d.note(n, forNothing, "PAGE", "")
			}
		}
		before, err1 := d.old.Array(annots)
		after, err2 := d.new.Array(now.Get("Annots"))
		if err1 != nil || err2 != nil {
			if !d.untouched(annots, now.Get("Annots")) {
				d.note(n, forUnknown, "UNREADABLE", "")
			}
			return true
		}
		if !d.explain(annots, now.Get("Annots")) {
			return true
		}
		if !pdf.Equal(annots, now.Get("Annots")) {
			d.explain(annots, annots)
		}
		d.annotations(n, before, after, known, placed)
		return true
	})
	if err != nil {
		d.note(0, forUnknown, "UNREADABLE", "")
	}
}

// pageCode names what a changed key of a page means.
func pageCode(key pdf.Name) string {
	switch key {
	case "Contents":
		return "PAGE_CONTENT"
	case "Resources":
		return "PAGE_RESOURCES"
	case "Parent", "Type":
		return "PAGE_TREE"
	case "AA":
		return "ACTION"
	}
	return "PAGE"
}
