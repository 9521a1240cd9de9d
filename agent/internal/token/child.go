package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// stopGrace is how long a child may take to log out and finalise before it is
// killed.
const stopGrace = 3 * time.Second

// child is a running token-host process. One call at a time.
type child struct {
	cmd  *exec.Cmd
	in   *os.File      // requests
	out  *os.File      // responses
	done chan struct{} // closed when the process has ended
}

// startChild runs command with modulePath as its last argument. Nothing secret
// is in the arguments or the environment.
func startChild(command []string, modulePath string) (*child, error) {
	if len(command) == 0 {
		return nil, errors.New("no token-host command given")
	}
	args := append(append([]string(nil), command[1:]...), modulePath)
	cmd := exec.Command(command[0], args...)
	cmd.Env = childEnvironment()
	cmd.SysProcAttr = childAttributes()
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer childIn.Close()
	out, childOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	defer childOut.Close()
	// Standard error stays nil (the null device): a vendor library in debug
	// mode may print anything there, PINs too.
	cmd.Stdin, cmd.Stdout = childIn, childOut
	if err := cmd.Start(); err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	c := &child{cmd: cmd, in: in, out: out, done: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// call sends a request and waits for its response. When ctx ends first the
// child is killed: a PKCS#11 call cannot be interrupted in any other way.
// After an error the child is of no more use.
func (c *child) call(ctx context.Context, r request, secret []byte) (response, error) {
	frame, err := encodeFrame(r, secret)
	if err != nil {
		return response{}, err
	}
	var answer response
	finished := make(chan error, 1)
	go func() {
		_, err := c.in.Write(frame)
		clear(frame)
		if err == nil {
			_, err = readFrame(c.out, &answer)
		}
		finished <- err
	}()
	select {
	case err = <-finished:
	case <-ctx.Done():
		c.kill()
		<-finished // answer and frame belong to the goroutine until then
		return response{}, fmt.Errorf("%w: %w", ModuleHung, context.Cause(ctx))
	}
	if err != nil {
		return response{}, c.explain(err)
	}
	return answer, nil
}

// explain turns a broken pipe into what happened to the process.
func (c *child) explain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE) {
		select { // its pipes close a moment before it ends
		case <-c.done:
			return fmt.Errorf("%w (%v)", ModuleCrashed, c.cmd.ProcessState)
		case <-time.After(time.Second):
		}
	}
	return fmt.Errorf("%w (%w)", ModuleNonsense, err)
}

// ended tells whether the process is gone.
func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// stop lets the process end by itself, and kills it when it does not.
func (c *child) stop() {
	c.in.Close()
	select {
	case <-c.done:
	case <-time.After(stopGrace):
	}
	c.kill()
}

// kill ends the process at once.
func (c *child) kill() {
	c.cmd.Process.Kill()
	c.in.Close()
	// The library may have started processes that still hold the other end;
	// closing ours ends a read that would wait for them.
	c.out.Close()
	select {
	case <-c.done:
	case <-time.After(stopGrace):
	}
}
