package verify

import (
	"fmt"
	"strconv"

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

type edge struct {
	object int // 0 is the trailer
	key    string
}

// references walks the document that the trailer of v leads to.
func references(v pdf.View) *graph {
	g := &graph{count: map[int]int{}, from: map[int]edge{}}
	var queue []int
	generation := map[int]int{}
	// collect notes the references inside o, which belongs to owner.
	var collect func(o pdf.Object, owner int, key string, depth int)
	collect = func(o pdf.Object, owner int, key string, depth int) {
		switch o := o.(type) {
		case pdf.Ref:
			if g.count[o.Number]++; g.count[o.Number] == 1 {
				g.from[o.Number] = edge{owner, key}
				generation[o.Number] = o.Generation
				queue = append(queue, o.Number)
			}
		case pdf.Array:
			for i, e := range o {
				collect(e, owner, key+"/"+strconv.Itoa(i), depth+1)
			}
		case *pdf.Dict:
			for _, e := range o.Entries {
				collect(e.Value, owner, key+"/"+string(e.Key), depth+1)
			}
		case *pdf.Stream:
			collect(o.Dict, owner, key, depth+1)
		}
	}
	// Other keys of the trailer are of no standard and lead to nothing shown;
	// office programs leave dangling references there.
	for _, key := range []pdf.Name{"Root", "Info", "Encrypt"} {
		collect(v.Trailer().Get(key), 0, "/"+string(key), 0)
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if len(g.count) > maxGraph {
			g.unreadable = n
			break
		}
		o, err := v.Object(pdf.Ref{Number: n, Generation: generation[n]})
		if err != nil {
			if g.unreadable == 0 {
				g.unreadable = n
			}
			continue
		}
		collect(o, n, "", 0)
	}
	return g
}

// path says how the trailer leads to object n, as far as it does.
func (g *graph) path(n int) string {
	path := ""
	for range 64 {
		e, ok := g.from[n]
		if !ok {
			return fmt.Sprintf("(%d)%s", n, path)
		}
		path = e.key + path
		if e.object == 0 {
			return path
		}
		n = e.object
	}
	return "…" + path
}
