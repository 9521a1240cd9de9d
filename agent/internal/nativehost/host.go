package nativehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"kyso/agent/internal/i18n"
)

// HostOptions are what the host is made of.
type HostOptions struct {
	// In and Out are the browser's. Nothing but messages is ever written to Out.
	In  io.Reader
	Out io.Writer
	// Extension is what Asking gave, Extensions the ids that the administrator
	// allows beside the built-in ones.
	Extension  string
	Extensions []string
	Version    string
	// Start starts the agent, which goes on when the host has ended. What comes out
	// of ended says that it did not begin.
	Start func() (ended <-chan error, err error)
}

const (
	// startTime is how long the agent may take to begin listening, startPause
	// how long the host waits between two tries.
	startTime  = 10 * time.Second
	startPause = 50 * time.Millisecond
)

// errForeign: what listens in the agent's place is not this user's.
var errForeign = errors.New("what listens is not the agent")

// Host connects a browser's extension with the agent of this session, and starts
// the agent where none runs. It returns when either has gone, or ctx ends; the
// caller then ends the process, since reading the browser's end cannot be
// stopped. Why there was no connection is told to the extension too.
func Host(ctx context.Context, o HostOptions) error {
	h := &host{o: o}
	id, err := parseAsking(o.Extension)
	if err != nil || !mayConnect(id, o.Extensions) {
		return h.give(i18n.ExtensionRefused, fmt.Errorf("extension %.100q may not connect", o.Extension))
	}
	conn, err := h.connect(ctx)
	if err != nil {
		return h.give(i18n.AgentUnavailable, err)
	}
	defer conn.Close()
	hello, err := json.Marshal(greeting{&hostGreeting{o.Version, o.Extension}})
	if err != nil {
		return err
	}
	// An agent that does not want this host may have ended the connection by now;
	// what it said is read below.
	writeFrame(conn, hello, MaxFromExtension)
	if err := h.write(hello); err != nil {
		return err
	}
	return h.copy(ctx, conn)
}

type host struct {
	o  HostOptions
	mu sync.Mutex // of Out
}

// write sends a message to the extension.
func (h *host) write(data []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return writeFrame(h.o.Out, data, MaxToExtension)
}

// give tells the extension why it ends.
func (h *host) give(code string, err error) error {
	return errors.Join(err, h.write(errorMessage(code)))
}

// copy hands on what either side sends.
func (h *host) copy(ctx context.Context, conn net.Conn) error {
	type end struct {
		err  error
		code string // what the extension is told
	}
	ended := make(chan end, 2)
	go func() {
		for {
			data, err := readFrame(h.o.In, MaxFromExtension)
			switch {
			case errors.Is(err, errFrame):
				ended <- end{err, i18n.BadRequest}
			case err != nil:
				ended <- end{} // the browser has closed it
			default:
				if err = writeFrame(conn, data, MaxFromExtension); err == nil {
					continue
				}
				// Why is in what the agent has still said.
			}
			return
		}
	}()
	go func() {
		for heard := false; ; heard = true {
			data, err := readFrame(conn, MaxToExtension)
			if err == nil {
				err = h.write(data)
			}
			if err != nil {
				e := end{} // one of them has gone
				if !heard {
					e = end{err, i18n.AgentUnavailable}
				}
				ended <- e
				return
			}
		}
	}()
	select {
	case e := <-ended:
		if e.code != "" {
			return h.give(e.code, e.err)
		}
		return e.err
	case <-ctx.Done():
		return nil
	}
}

// connect connects to the agent, and starts it where it does not run.
func (h *host) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	conn, err := dial(ctx)
	if err == nil || !notRunning(err) || h.o.Start == nil {
		return conn, err
	}
	ended, err := h.o.Start()
	if err != nil {
		return nil, fmt.Errorf("start the agent: %w", err)
	}
	for {
		conn, err = dial(ctx)
		if err == nil || !notRunning(err) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the agent does not begin to listen: %w", err)
		case failed := <-ended:
			if failed != nil {
				return nil, fmt.Errorf("start the agent: %w", failed)
			}
			ended = nil // another one runs already, and is about to listen
		case <-time.After(startPause):
		}
	}
}
