// Command wasm is the engine of package signature for JavaScript: it judges a
// PDF that a Worker hands it and answers with the report as JSON.
// It never fetches, stores or logs anything, and never holds a whole document.
//
// It sets one global, kysoEngine, with two functions:
//
//	verify(source, options, progress) → Promise of a report (JSON text)
//	inspect(bytes)                    → Promise of what a file of evidence holds (JSON text)
//
// A promise rejects with an Error that has a code (see faults_js.go). This is
// the only file that imports syscall/js; wasm/npm/src/worker.ts is its only
// caller.
package main

import (
	"errors"
	"fmt"
	"math"
	"syscall/js"
	"time"
)

func main() {
	js.Global().Set("kysoEngine", map[string]any{
		"verify":  js.FuncOf(verifyCall),
		"inspect": js.FuncOf(inspectCall),
	})
	select {} // the functions above stay callable as long as main runs
}

// verifyCall is kysoEngine.verify. options is {at, trust, certificates, crls,
// ocsps}, at in milliseconds since 1970 and the others arrays of Uint8Array;
// progress is called with (done, total) in bytes, or undefined.
func verifyCall(_ js.Value, args []js.Value) any {
	return promise(func() (string, error) {
		if len(args) != 3 {
			return "", &fault{BadRequest, errors.New("verify takes a source, options and a progress function")}
		}
		fetch, size, err := source(args[0])
		if err != nil {
			return "", err
		}
		r, err := readRequest(args[1])
		if err != nil {
			return "", err
		}
		r.document, r.size = newCachedReader(fetch, size), size
		if progress := args[2]; progress.Type() == js.TypeFunction {
			r.progress = func(done, total int64) { progress.Invoke(float64(done), float64(total)) }
		}
		return judge(r)
	})
}

// inspectCall is kysoEngine.inspect.
func inspectCall(_ js.Value, args []js.Value) any {
	return promise(func() (string, error) {
		if len(args) != 1 {
			return "", &fault{BadRequest, errors.New("inspect takes bytes")}
		}
		data, err := copyBytes(args[0], maxEvidenceBytes)
		if err != nil {
			return "", err
		}
		return inspect(data)
	})
}

// promise runs work in a goroutine of its own, since a callback that blocks
// would stop JavaScript's event loop. A panic becomes a rejection.
func promise(work func() (string, error)) js.Value {
	executor := js.FuncOf(func(_ js.Value, settle []js.Value) any {
		go func() {
			text, err := safely(work)
			if err == nil {
				settle[0].Invoke(text)
				return
			}
			failure := js.Global().Get("Error").New(err.Error())
			failure.Set("code", code(err))
			settle[1].Invoke(failure)
		}()
		return nil
	})
	defer executor.Release()
	return js.Global().Get("Promise").New(executor)
}

func safely(work func() (string, error)) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			text, err = "", &fault{Internal, fmt.Errorf("panic: %v", p)}
		}
	}()
	return work()
}

// source makes the function that reads a document, and its size in bytes.
//
// v is {size, window, read}: read(offset, length) puts that part of the
// document at the start of window, a Uint8Array of at least aheadSize bytes,
// and throws when it cannot. Go keeps what JavaScript hands it until its own
// garbage collector runs, which a small heap seldom needs; with a new array for
// each part the whole document would pile up. So there is one window.
func source(v js.Value) (fetch func(p []byte, off int64) (int, error), size int64, err error) {
	if v.Type() != js.TypeObject || v.Get("size").Type() != js.TypeNumber || v.Get("read").Type() != js.TypeFunction {
		return nil, 0, &fault{BadRequest, errors.New("the source must be {size, window, read}")}
	}
	window := v.Get("window")
	if !window.InstanceOf(js.Global().Get("Uint8Array")) || window.Get("byteLength").Int() < aheadSize {
		return nil, 0, &fault{BadRequest, fmt.Errorf("the window must be a Uint8Array of at least %d bytes", aheadSize)}
	}
	return func(p []byte, off int64) (n int, err error) {
		// What read throws arrives here as a panic: the file may have been
		// changed or taken away since it was picked.
		defer func() {
			if e := recover(); e != nil {
				n, err = 0, fmt.Errorf("read the document from the browser: %v", e)
			}
		}()
		v.Call("read", float64(off), float64(len(p)))
		return js.CopyBytesToGo(p, window), nil
	}, int64(v.Get("size").Float()), nil
}

// readRequest reads the options of verify.
func readRequest(v js.Value) (request, error) {
	var r request
	if v.Type() != js.TypeObject {
		return r, &fault{BadRequest, errors.New("options must be an object")}
	}
	at := v.Get("at")
	if at.Type() != js.TypeNumber || math.IsNaN(at.Float()) || math.Abs(at.Float()) > maxMilliseconds {
		return r, &fault{BadRequest, errors.New("options.at must be the time to judge for, in milliseconds since 1970")}
	}
	r.at = time.UnixMilli(int64(at.Float())).UTC()
	left := maxEvidenceBytes
	for name, to := range map[string]*[][]byte{"trust": &r.trust, "certificates": &r.certificates, "crls": &r.crls, "ocsps": &r.ocsps} {
		list := v.Get(name)
		if list.IsUndefined() {
			continue
		}
		if !list.InstanceOf(js.Global().Get("Array")) {
			return r, &fault{BadRequest, fmt.Errorf("options.%s must be an array of Uint8Array", name)}
		}
		for i := range list.Length() {
			data, err := copyBytes(list.Index(i), left)
			if err != nil {
				return r, fmt.Errorf("options.%s: %w", name, err)
			}
			left -= len(data)
			*to = append(*to, data)
		}
	}
	return r, nil
}

// copyBytes copies a Uint8Array of at most limit bytes.
func copyBytes(v js.Value, limit int) ([]byte, error) {
	if !v.InstanceOf(js.Global().Get("Uint8Array")) {
		return nil, &fault{BadRequest, errors.New("not a Uint8Array")}
	}
	n := v.Get("byteLength").Int()
	if n > limit {
		return nil, &fault{TooLarge, fmt.Errorf("evidence of more than %d bytes", maxEvidenceBytes)}
	}
	data := make([]byte, n)
	js.CopyBytesToGo(data, v)
	return data, nil
}
