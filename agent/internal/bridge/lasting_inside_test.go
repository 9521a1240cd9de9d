package bridge

import "testing"

// TestDisown: a request that another connection has taken over leaves the one
// alone that has its id by now.
func TestDisown(t *testing.T) {
	old, newer := &call{id: "s"}, &call{id: "s"}
	c := &session{requests: map[string]*call{"s": newer}, kept: map[string]*call{"s": old}}
	c.disown(old)
	if c.requests["s"] != newer || c.kept["s"] != nil {
		t.Error("the wrong one was forgotten")
	}
}
