package consent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// How long a child may take to go by itself once it was told to, or once it
// has answered, before it is ended by force.
const childGrace = 2 * time.Second

// Child asks in a process of its own, one for each question: the toolkit's
// faults, and the copies of the PIN it leaves in memory, end with it.
type Child struct{ command []string }

// NewChild makes a Child that runs command, which must call ServeAsk; for the
// agent that is its own program with the argument "ask".
func NewChild(command []string) *Child { return &Child{command: command} }

// Live is what goes on while a question is open. Every field may be nil.
type Live struct {
	// View opens the document of that index for the person. It is called by one
	// goroutine at a time; its ctx ends with the question.
	View func(ctx context.Context, document int) error
	// Waiting tells which other requests wait, each time anew.
	Waiting <-chan []Waiting
}

// Waiting is a request that waits for its turn.
type Waiting struct {
	Site      string `json:"site"`      // as Question.Site
	Documents int    `json:"documents"` // 0: it asks for no signature of documents
}

// Ask is AskLive with nothing going on.
func (c *Child) Ask(ctx context.Context, q Question) (Answer, error) {
	return c.AskLive(ctx, q, Live{})
}

// AskLive starts the child, hands it the question and waits for the answer.
// When ctx ends the window is taken away and ctx.Err() is returned. A child
// that crashes, answers nonsense or names a certificate that was not offered
// is an error, never an approval. The caller zeroes Answer.PIN after its use.
func (c *Child) AskLive(ctx context.Context, q Question, live Live) (Answer, error) {
	q = q.bounded()
	q.CanView = live.View != nil && q.Kind == KindSign
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	question, err := json.Marshal(q)
	if err != nil {
		return Answer{}, fmt.Errorf("ask for consent: %w", err)
	}
	if len(question) >= maxQuestionBytes {
		return Answer{}, fmt.Errorf("ask for consent: the question is longer than %d bytes", maxQuestionBytes)
	}
	buffer := make([]byte, maxAnswerBytes)
	defer clear(buffer)
	n, err := c.run(ctx, append(question, '\n'), buffer, newTalk(q, live))
	if ctx.Err() != nil {
		return Answer{}, ctx.Err()
	}
	answer, parseErr := parseReply(buffer[:n])
	if err == nil || (parseErr != nil && !errors.Is(parseErr, errNonsense)) {
		err = parseErr // the child's own word explains more than its exit code
	}
	if err == nil {
		err = q.checkAnswer(answer)
	}
	if err != nil {
		clear(answer.PIN)
		return Answer{}, fmt.Errorf("ask for consent: %w", err)
	}
	return answer, nil
}

// run writes the question, goes on talking, fills buffer with the child's last
// line, and reports how long that is. Every process of the child is gone when
// it returns.
func (c *Child) run(ctx context.Context, question, buffer []byte, t *talk) (int, error) {
	if len(c.command) == 0 {
		return 0, errors.New("no command to ask with")
	}
	cmd := exec.Command(c.command[0], c.command[1:]...)
	cmd.WaitDelay = childGrace
	// In a language whose locale the system lacks, as Vietnamese often is,
	// zenity cannot read its own arguments. Our texts carry their language.
	cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8")
	var complaint tailBuffer
	cmd.Stderr = &complaint
	group(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer endGroup(cmd)
	talking, hush := context.WithCancel(ctx)
	defer t.wait()
	defer hush()
	t.start(talking, stdin, question)

	type read struct {
		n   int
		err error
	}
	said := make(chan read, 1)
	go func() {
		n, err := t.listen(stdout, buffer)
		said <- read{n, err}
	}()
	var r read
	select {
	case r = <-said:
	case <-ctx.Done():
		stdin.Close() // "withdrawn": the child closes its window and ends
		select {
		case <-said:
		case <-time.After(childGrace):
			endGroup(cmd)
			<-said
		}
		cmd.Wait()
		return 0, ctx.Err()
	}
	// The answer is complete, or the child is gone, or it says too much.
	timer := time.AfterFunc(childGrace, func() { endGroup(cmd) })
	defer timer.Stop()
	if r.err != nil {
		endGroup(cmd)
	}
	err = cmd.Wait() // also closes our end of its pipes
	switch {
	case r.err != nil:
		return 0, r.err
	case err != nil && complaint.text() != "":
		return r.n, fmt.Errorf("the asking process ended badly: %w: %s", err, complaint.text())
	case err != nil:
		return r.n, fmt.Errorf("the asking process ended badly: %w", err)
	}
	return r.n, nil
}

// tailBuffer keeps the last words of a process.
type tailBuffer struct{ kept []byte }

// maxComplaint is enough for an error line and the head of a stack trace.
const maxComplaint = 2 << 10

func (t *tailBuffer) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - maxComplaint; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(p), nil
}

func (t *tailBuffer) text() string {
	return shown(string(bytes.TrimSpace(t.kept)), 500)
}
