package fetch_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
)

// refusing is a server that answers and closes before it has read the document:
// the rest of it meets a reset, and only then the answer is read here.
type refusing struct {
	net.Conn
	answer io.Reader
	once   sync.Once
	reset  chan struct{}
}

func (c *refusing) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), "POST ") {
		return len(p), nil
	}
	c.once.Do(func() { time.AfterFunc(100*time.Millisecond, func() { close(c.reset) }) })
	return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
}

func (c *refusing) Read(p []byte) (int, error) {
	<-c.reset
	return c.answer.Read(p)
}

// TestRefusedUpload: what a server says counts, though it did not want the rest
// of the document; one that says nothing is an error at once.
func TestRefusedUpload(t *testing.T) {
	for answer, want := range map[string]int{
		"HTTP/1.1 413 Request Entity Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n": http.StatusRequestEntityTooLarge,
		"": 0,
	} {
		here, there := net.Pipe()
		defer here.Close()
		defer there.Close()
		transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
			return fetch.Patient(&refusing{Conn: here, answer: strings.NewReader(answer), reset: make(chan struct{})}, 20*time.Second), nil
		}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://site.example/up", io.LimitReader(zeros{}, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = 1 << 20
		response, err := transport.RoundTrip(r)
		switch {
		case want == 0 && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("without an answer: %v, %v", response, err)
		case want != 0 && (err != nil || response.StatusCode != want):
			t.Errorf("%v, %v, want status %d", response, err, want)
		}
	}
}
