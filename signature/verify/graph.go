package verify

import (
	"fmt"
	"strconv"
	"strings"

	"kyso/signature/pdf"
)

// maxGraph bounds the objects walked in one revision. Text documents of 20 MB
// hold some 70,000.
const maxGraph = 1_000_000

// graph is what refers to what in one revision.
type graph struct {
	// count is how many references point at an object, dangling ones too.
	count map[int]int
	// from is an object that refers to it, and by which key.
	from map[int]edge
	// unreadable is the first object that could not be read, 0 for none.
	unreadable int
}

// edge is where a reference stands: in which object, 0 for the trailer, and by
// which keys.
type edge struct {
	object int
	at     *link
}

// link is one step of a path, a key or an index. Paths share their beginnings;
// strings are made only for what is reported.
type link struct {
	up    *link
	key   pdf.Name
	index int
}

// references walks the document that the trailer of v leads to.
func references(v pdf.View) *graph {
	g := &graph{count: map[int]int{}, from: map[int]edge{}}
	var queue []int
	// collect notes the references inside o, which belongs to owner.
	var collect func(o pdf.Object, owner int, at *link)
	collect = func(o pdf.Object, owner int, at *link) {
		switch o := o.(type) {
		case pdf.Ref:
			if g.count[o.Number]++; g.count[o.Number] == 1 {
				g.from[o.Number] = edge{owner, at}
				queue = append(queue, o.Number)
			}
		case pdf.Array:
			for i, e := range o {
				collect(e, owner, &link{at, "", i})
			}
		case *pdf.Dict:
			for _, e := range o.Entries {
				collect(e.Value, owner, &link{at, e.Key, 0})
			}
		case *pdf.Stream:
			collect(o.Dict, owner, at)
		}
	}
	// Other keys of the trailer are of no standard and lead to nothing shown;
	// office programs leave dangling references there.
	for _, key := range []pdf.Name{"Root", "Info", "Encrypt"} {
		collect(v.Trailer().Get(key), 0, &link{nil, key, 0})
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if len(g.count) > maxGraph {
			g.unreadable = n
			break
		}
		// Some readers do not ask for the generation: what stands under the
		// number counts, whichever generation the first reference names.
		at, _ := v.Locate(n)
		o, err := v.Object(pdf.Ref{Number: n, Generation: at.Generation})
		if err != nil {
			if g.unreadable == 0 {
				g.unreadable = n
			}
			continue
		}
		collect(o, n, nil)
	}
	return g
}

// maxPath bounds the text of a path.
const maxPath = 200

// path says how the trailer leads to object n, as far as it does.
func (g *graph) path(n int) string {
	path := ""
	for range 64 {
		e, ok := g.from[n]
		if !ok {
			return fmt.Sprintf("(%d)%s", n, path)
		}
		for l := e.at; l != nil; l = l.up {
			if l.key != "" {
				path = "/" + string(l.key) + path
			} else {
				path = "/" + strconv.Itoa(l.index) + path
			}
			if len(path) > maxPath {
				return "…" + strings.ToValidUTF8(path[len(path)-maxPath:], "")
			}
		}
		if e.object == 0 {
			return path
		}
		n = e.object
	}
	return "…" + path
}
