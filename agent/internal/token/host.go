package token

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"
)

// library is a loaded PKCS#11 module, used from one thread.
type library interface {
	tokens() ([]wireToken, error)
	manage(request, []byte) (*outcome, error)
	open(request, []byte) (key int, err error)
	sign(request) ([]byte, error)
	close(key int) error
	watch(request) (string, error)
	stillThere(request) error
	finish()
}

// finishTimeout is how long the child waits for C_Logout and C_Finalize when
// its parent has gone or is done. It is shorter than stopGrace.
const finishTimeout = 2 * time.Second

// ServeHost is the body of `kyso token-host PATH`: it loads the PKCS#11 library
// at modulePath (absolute) and answers a Module's requests from in on out until
// in ends. It is meant to be the only work of its process: it sends the standard
// output of the library to nowhere, switches core dumps off, and returns even if
// the library hangs, so the process must exit after it.
//
// A PIN is cleared as soon as the library has it. Only for a key with
// CKA_ALWAYS_AUTHENTICATE is it held, in memory locked against swapping, until
// the key is closed. What the library and the C heap keep of it goes away with
// the process, which Module ends when the last key is closed.
func ServeHost(modulePath string, in io.Reader, out io.Writer) error {
	out, err := hardenProcess(modulePath, out)
	if err != nil {
		return fmt.Errorf("token host: %w", err)
	}
	work := make(chan job, 1)
	done := make(chan error, 1)
	go func() { done <- serve(modulePath, work, out) }()
	for {
		var j job
		j.secret, err = readFrame(in, &j.request)
		if err != nil {
			break
		}
		select {
		case work <- j:
		case err := <-done:
			clear(j.secret)
			return err
		}
	}
	close(work)
	select {
	case workErr := <-done:
		if errors.Is(err, io.EOF) {
			return workErr
		}
	case <-time.After(finishTimeout):
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("token host: %w", err)
}

type job struct {
	request request
	secret  []byte
}

// serve answers jobs. Vendor libraries may keep per-thread state, so all calls
// come from one thread, the one that initialised the library.
func serve(modulePath string, work <-chan job, out io.Writer) error {
	runtime.LockOSThread()
	lib, loadErr := load(modulePath)
	if loadErr == nil {
		defer lib.finish()
	}
	for j := range work {
		var answer response
		err := loadErr
		if err == nil {
			err = perform(lib, j, &answer)
		}
		clear(j.secret)
		if err != nil {
			answer = response{Error: toWire(err)}
		}
		frame, err := encodeFrame(answer, nil)
		if err != nil { // more than any token holds
			frame, err = encodeFrame(response{Error: toWire(fail(ErrModule, "answer: %v", err))}, nil)
		}
		if err != nil {
			return fmt.Errorf("token host: answer: %w", err)
		}
		if _, err := out.Write(frame); err != nil {
			return fmt.Errorf("token host: answer: %w", err)
		}
	}
	return nil
}

func load(modulePath string) (library, error) {
	// A bare name would be searched for in places others may write to.
	if !filepath.IsAbs(modulePath) {
		return nil, fail(ErrModule, "path %q is not absolute", modulePath)
	}
	return loadLibrary(modulePath)
}

func perform(lib library, j job, answer *response) (err error) {
	switch j.request.Op {
	case opTokens:
		answer.Tokens, err = lib.tokens()
	case opManage:
		answer.Managed, err = lib.manage(j.request, j.secret)
	case opOpen:
		answer.Key, err = lib.open(j.request, j.secret)
	case opSign:
		answer.Signature, err = lib.sign(j.request)
	case opClose:
		err = lib.close(j.request.Key)
	case opWatch:
		answer.Present, err = lib.watch(j.request)
	case opPresent:
		err = lib.stillThere(j.request)
	default:
		err = fail(ErrModule, "unknown operation %q", j.request.Op)
	}
	return err
}
