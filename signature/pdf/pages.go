package pdf

// maxPages bounds the page tree: the thickest documents of state bodies hold a
// few thousand pages.
const maxPages = 200_000

// Page is one page of the document.
type Page struct {
	Ref  Ref
	Dict *Dict
}

// EachPage calls visit for each page in order until it returns false. A page
// tree that loops, is too deep or too large is a *FormatError.
func (v View) EachPage(visit func(Page) bool) error {
	root, err := v.Catalog()
	if err != nil {
		return err
	}
	w := pageWalk{v: v, visit: visit, seen: map[int]bool{}}
	_, err = w.node(root.Get("Pages"), 0)
	return err
}

type pageWalk struct {
	v     View
	visit func(Page) bool
	seen  map[int]bool
}

func (w *pageWalk) node(o Object, depth int) (more bool, err error) {
	ref, ok := o.(Ref)
	if !ok {
		return false, &FormatError{-1, "the page tree holds something other than a reference"}
	}
	if depth > maxDepth || w.seen[ref.Number] || len(w.seen) >= maxPages {
		return false, &FormatError{-1, "the page tree loops or is too large"}
	}
	w.seen[ref.Number] = true
	d, err := w.v.Dict(ref)
	if err != nil {
		return false, err
	}
	if d == nil {
		return false, &FormatError{-1, "the page tree points at nothing"}
	}
	kids, err := w.v.Array(d.Get("Kids"))
	if err != nil {
		return false, err
	}
	if kids == nil || d.Is("Type", "Page") {
		return w.visit(Page{ref, d}), nil
	}
	for _, k := range kids {
		if more, err := w.node(k, depth+1); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// Pages counts the pages.
func (v View) Pages() (int, error) {
	n := 0
	err := v.EachPage(func(Page) bool { n++; return true })
	return n, err
}
