//go:build cgo && (amd64 || arm64)

package consent

import (
	"time"

	"github.com/ebitengine/purego"
)

// calls are the Go functions that the C library calls back, by number: a
// callback can never be freed, so there are only two for all of them.
type calls struct {
	list   []func() bool
	signal uintptr // void f(object, data)
	source uintptr // gboolean f(data)
}

func newCalls() *calls {
	c := new(calls)
	c.signal = purego.NewCallback(func(_, number uintptr) uintptr {
		c.list[number]()
		return 0
	})
	c.source = purego.NewCallback(func(number uintptr) uintptr {
		if c.list[number]() {
			return 1
		}
		return 0
	})
	return c
}

// again gives the number of a function that is called until it returns false.
func (c *calls) again(f func() bool) uintptr {
	c.list = append(c.list, f)
	return uintptr(len(c.list) - 1)
}

// once gives the number of a function for one call, or one for each signal.
func (c *calls) once(f func()) uintptr {
	return c.again(func() bool {
		f()
		return false
	})
}

// on calls f at every such signal, which must have no arguments beyond its
// object.
func (w *window) on(object widget, signal string, f func()) {
	w.Connect(object, signal, w.calls.signal, w.calls.once(f), 0, 0)
}

// idly calls f whenever there is nothing else to do, until it returns false.
func (w *window) idly(f func() bool) { w.Idle(w.calls.source, w.calls.again(f)) }

// after calls f once, no sooner than after d.
func (w *window) after(d time.Duration, f func()) {
	w.Timeout(uint32(d.Milliseconds())+1, w.calls.source, w.calls.once(f))
}
