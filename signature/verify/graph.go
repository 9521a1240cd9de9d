package verify

import (
	"fmt"
	"strconv"
	"strings"

	"kyso/signature/pdf"
)

// maxGraph bounds the objects looked at in one revision. Text documents of
// 20 MB hold some 70,000. Each costs some 40 bytes.
const maxGraph = 1_000_000

// maxEdges bounds the references of one document, at four bytes each. Text
// documents hold some five an object.
const maxEdges = 16_000_000

// references is what every object of a document refers to, in the newest state
// it was brought to. One is kept for all revisions: a later one changes little.
type references struct {
	// dense gives the index of a number, and sparse that of a number too large
	// for dense. Index 0 is no object.
	dense  []uint32
	sparse map[int]uint32
	// By index: the object's number, where its references stand in edges,
	// whether it exists, and whether it could not be read.
	number []int
	span   [][2]uint32
	live   []bool
	failed []bool
	edges  []uint32
	// held is the object stream each stands in, 0 for none.
	held []uint32
	full bool // one of the bounds was met
	// looked counts the values looked at for paths.
	looked int
}

// newReferences looks through all objects of v.
func newReferences(v pdf.View) *references {
	size, _ := v.Trailer().Get("Size").(int64)
	size = max(0, min(size, maxGraph, v.End()/8)) // an object takes more bytes
	r := &references{
		dense:  make([]uint32, size),
		sparse: map[int]uint32{},
		number: make([]int, 1, 1+size),
		span:   make([][2]uint32, 1, 1+size),
		live:   make([]bool, 1, 1+size),
		failed: make([]bool, 1, 1+size),
		edges:  make([]uint32, 0, 4*size),
		held:   make([]uint32, 1, 1+size),
	}
	r.number[0] = -1
	r.update(v, nil)
	return r
}

// update brings the numbered objects, all when numbers is nil, to their state
// in v.
func (r *references) update(v pdf.View, numbers []int) {
	for _, n := range numbers {
		i := r.index(n)
		r.live[i], r.failed[i], r.span[i], r.held[i] = false, false, [2]uint32{}, 0
	}
	v.References(numbers, func(n, container int, refs []int, err error) {
		if len(r.number) >= maxGraph || len(r.edges)+len(refs) > maxEdges {
			r.full = true
			return
		}
		i := r.index(n)
		from := uint32(len(r.edges))
		for _, to := range refs {
			r.edges = append(r.edges, r.index(to))
		}
		r.live[i], r.failed[i], r.span[i] = true, err != nil, [2]uint32{from, uint32(len(r.edges))}
		if container != 0 {
			held := r.index(container) // which may move r.held
			r.held[i] = held
		}
	})
}

// index gives the index of object n, a new one where it has none.
func (r *references) index(n int) uint32 {
	if i := r.find(n); i != 0 {
		return i
	}
	i := uint32(len(r.number))
	r.number = append(r.number, n)
	r.span = append(r.span, [2]uint32{})
	r.live = append(r.live, false)
	r.failed = append(r.failed, false)
	r.held = append(r.held, 0)
	if n >= 0 && n < len(r.dense) {
		r.dense[n] = i
	} else {
		r.sparse[n] = i
	}
	return i
}

// find gives the index of object n, 0 where it has none.
//
//go:noinline
func (r *references) find(n int) uint32 {
	if n >= 0 && n < len(r.dense) {
		return r.dense[n]
	}
	return r.sparse[n]
}

// graph is what the trailer of one revision leads to.
type graph struct {
	r    *references
	view pdf.View
	// By index: how many references point at an object, dangling ones too, and
	// the first object that does, 0 for the trailer.
	counts []uint32
	from   []uint32
	// aside marks what is referred to from keys of the trailer that belong to
	// no standard. They lead to nothing shown, and office programs leave
	// dangling references there; but what they share is shared.
	aside []bool
	// holding marks the object streams that hold what is reached, and what
	// these refer to. Nothing refers to them, and yet they decide what is shown.
	holding []bool
	// unreadable is the first object that could not be read, -1 for none.
	unreadable int
	paths      int
}

// walk follows the references from the trailer of v, to whose state r was
// brought.
func (r *references) walk(v pdf.View) *graph {
	g := &graph{r: r, view: v, unreadable: -1}
	if r.full {
		g.unreadable = 0
	}
	trailer := v.Trailer()
	var roots, others []uint32
	for _, e := range trailer.Entries {
		switch e.Key {
		case "Root", "Info", "Encrypt":
			r.collect(e.Value, &roots)
		case "Prev", "XRefStm":
		default:
			r.collect(e.Value, &others)
		}
	}
	g.counts = make([]uint32, len(r.number))
	g.from = make([]uint32, len(r.number))
	g.aside = make([]bool, len(r.number))
	g.holding = make([]bool, len(r.number))
	queue := make([]uint32, 0, len(r.number))
	reach := func(to, from uint32) {
		if g.counts[to]++; g.counts[to] == 1 {
			g.from[to] = from
			queue = append(queue, to)
		}
	}
	for _, to := range roots {
		reach(to, 0)
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		if r.failed[i] && g.unreadable < 0 {
			g.unreadable = r.number[i]
		}
		// Some readers do not ask for the generation: what stands under the
		// number counts, whichever generation the reference names.
		for _, to := range r.edges[r.span[i][0]:r.span[i][1]] {
			reach(to, i)
		}
		if h := r.held[i]; h != 0 && !g.holding[h] {
			g.holding[h] = true
			for _, to := range r.edges[r.span[h][0]:r.span[h][1]] {
				g.holding[to] = true
			}
		}
	}
	for len(others) > 0 {
		i := others[0]
		others = others[1:]
		if g.aside[i] {
			continue
		}
		g.aside[i] = true
		if g.counts[i] == 0 { // what is reached has been followed
			others = append(others, r.edges[r.span[i][0]:r.span[i][1]]...)
		}
	}
	return g
}

// collect adds the references inside a value of the trailer.
func (r *references) collect(o pdf.Object, to *[]uint32) {
	switch o := o.(type) {
	case pdf.Ref:
		*to = append(*to, r.index(o.Number))
	case pdf.Array:
		for _, e := range o {
			r.collect(e, to)
		}
	case *pdf.Dict:
		for _, e := range o.Entries {
			r.collect(e.Value, to)
		}
	}
}

// at gives the index of object n in this graph, 0 when it came later.
//
//go:noinline
func (g *graph) at(n int) uint32 {
	if i := g.r.find(n); int(i) < len(g.counts) {
		return i
	}
	return 0
}

// count is how many references lead to object n.
//
//go:noinline
func (g *graph) count(n int) int { return int(g.counts[g.at(n)]) }

// holds tells whether what is reached stands in object n, or is read by it.
func (g *graph) holds(n int) bool { return g.holding[g.at(n)] }

// shared tells whether object n is referred to from more than one place.
//
//go:noinline
func (g *graph) shared(n int) bool {
	i := g.at(n)
	return g.counts[i] > 1 || g.counts[i] == 1 && g.aside[i]
}

// reached tells whether anything leads to object n at all.
//
//go:noinline
func (g *graph) reached(n int) bool {
	i := g.at(n)
	return g.counts[i] > 0 || g.aside[i]
}

const (
	// maxPath bounds the text of a path.
	maxPath = 200
	// maxSteps bounds the objects on a path that are looked into for it.
	maxSteps = 64
	// maxLooked bounds the values that are looked at for all paths of a
	// document. Paths only tell a person where a change is.
	maxLooked = 1_000_000
)

// path says how the trailer leads to object n, "" when it does not. Only as
// many are made as a report lists.
func (g *graph) path(n int) string {
	i := g.at(n)
	if g.counts[i] == 0 || g.paths >= maxChanges {
		return ""
	}
	g.paths++
	path := ""
	for range maxSteps {
		from := g.from[i]
		if from == 0 {
			return g.r.key(g.view.Trailer(), g.r.number[i]) + path
		}
		at, _ := g.view.Locate(g.r.number[from])
		o, err := g.view.Object(pdf.Ref{Number: g.r.number[from], Generation: at.Generation})
		if err != nil {
			return fmt.Sprintf("(%d)%s", g.r.number[i], path)
		}
		path = g.r.key(o, g.r.number[i]) + path
		if len(path) > maxPath {
			return "…" + strings.ToValidUTF8(path[len(path)-maxPath:], "")
		}
		i = from
	}
	return "…" + path
}

// key says by which keys o refers to object n.
func (r *references) key(o pdf.Object, n int) string {
	if path, ok := r.keyTo(o, n); ok {
		return path
	}
	return "/?"
}

func (r *references) keyTo(o pdf.Object, n int) (path string, ok bool) {
	if r.looked++; r.looked > maxLooked {
		return "", false
	}
	switch o := o.(type) {
	case pdf.Ref:
		return "", o.Number == n
	case pdf.Array:
		for i, e := range o {
			if path, ok := r.keyTo(e, n); ok {
				return "/" + strconv.Itoa(i) + path, true
			}
		}
	case *pdf.Dict:
		for _, e := range o.Entries {
			if path, ok := r.keyTo(e.Value, n); ok {
				return "/" + string(e.Key) + path, true
			}
		}
	case *pdf.Stream:
		return r.keyTo(o.Dict, n)
	}
	return "", false
}
