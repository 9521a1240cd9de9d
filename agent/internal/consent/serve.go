package consent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The child's protocol: the parent writes one Question as a line of JSON and
// keeps the pipe open for updates, each a line. The child writes lines too:
// wishes to see a document, then one reply, and ends. Closing the pipe early
// withdraws the question, so that the window also goes when the parent dies.

// reply is an Answer on its way through the pipe, or why there is none.
type reply struct {
	Approved    bool   `json:"approved"`
	Certificate string `json:"certificate,omitempty"`
	PIN         []byte `json:"pin,omitempty"` // base64
	Remember    bool   `json:"remember,omitempty"`
	Error       string `json:"error,omitempty"`
	Code        string `json:"code,omitempty"` // of the errors callers tell apart
	// View makes it a wish, which is no reply.
	View json.RawMessage `json:"view,omitempty"`
}

// wish is a line of the child that is no reply.
type wish struct {
	View *int `json:"view,omitempty"` // index of the document to open
}

// update is a line of the parent after the question.
type update struct {
	Waiting []Waiting `json:"waiting"`
	Viewed  *viewed   `json:"viewed,omitempty"`
}

// viewed tells what became of a wish to see a document.
type viewed struct {
	Document int  `json:"document"`
	Failed   bool `json:"failed,omitempty"`
}

// maxUpdateBytes bounds an update: maxWaiting sites.
const maxUpdateBytes = 64 << 10

var replyCodes = map[string]error{
	"NOBODY_TO_ASK":         ErrNobodyToAsk,
	"NO_USABLE_CERTIFICATE": ErrNoUsableCertificate,
}

// desk is how a window reaches whoever asks.
type desk struct {
	view    func(document int) // nil when nobody opens documents
	updates <-chan update      // nil when there are none
}

// ServeAsk is the body of the child process (`kyso ask`): it reads one
// question from in, asks it, and writes one answer to out. The error is written
// to out as well; it is returned for the exit code.
func ServeAsk(in io.Reader, out io.Writer) error {
	guardProcess()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	input := bufio.NewReader(in)
	line, err := readLineOf(input, maxQuestionBytes)
	if err != nil {
		return sendError(out, fmt.Errorf("read the question: %w", err))
	}
	question, err := parseQuestion(line)
	if err != nil {
		return sendError(out, err)
	}
	updates := make(chan update)
	go func() {
		// The end of the pipe, or nonsense in it, withdraws the question.
		defer cancel()
		for {
			line, err := readLineOf(input, maxUpdateBytes)
			if err != nil {
				return
			}
			var u update
			if json.Unmarshal(line, &u) != nil {
				return
			}
			select {
			case updates <- u:
			case <-ctx.Done():
				return
			}
		}
	}()
	d := desk{updates: updates}
	if question.CanView {
		d.view = func(document int) { json.NewEncoder(out).Encode(wish{&document}) }
	}
	answer, err := askAt(ctx, question, d)
	if err != nil {
		return sendError(out, err)
	}
	return sendAnswer(out, answer)
}

// readLineOf reads a line of at most max bytes.
func readLineOf(input *bufio.Reader, max int) ([]byte, error) {
	var line []byte
	for {
		part, err := input.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > max {
			return nil, fmt.Errorf("longer than %d bytes", max)
		}
		if err == nil {
			return line, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

func parseQuestion(line []byte) (Question, error) {
	var q Question
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil {
		return Question{}, fmt.Errorf("read the question: %w", err)
	}
	return q, nil
}

// sendAnswer writes the reply by hand: encoding/json would keep a copy of the
// PIN in a buffer of its own, for the next caller. It zeroes the PIN.
func sendAnswer(out io.Writer, a Answer) error {
	defer clear(a.PIN)
	id, err := json.Marshal(a.Certificate)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	line := make([]byte, 0, maxAnswerBytes) // never grows: no copy is left behind
	defer func() { clear(line[:cap(line)]) }()
	line = fmt.Appendf(line, `{"approved":%t,"certificate":%s`, a.Approved, id)
	if len(a.PIN) > 0 {
		line = append(line, `,"pin":"`...)
		line = base64.StdEncoding.AppendEncode(line, a.PIN)
		line = append(line, '"')
	}
	if a.Remember {
		line = append(line, `,"remember":true`...)
	}
	line = append(line, "}\n"...)
	if _, err := out.Write(line); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

func sendError(out io.Writer, cause error) error {
	// Bounded: the reader of the reply refuses more than maxAnswerBytes.
	r := reply{Error: shown(cause.Error(), 500)}
	for code, known := range replyCodes {
		if errors.Is(cause, known) {
			r.Code = code
		}
	}
	if err := json.NewEncoder(out).Encode(r); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return cause
}

var errNonsense = errors.New("the answer is not one JSON object")

// parseReply reads what a child wrote. Anything but exactly one reply is an
// error. The PIN is a copy; the caller zeroes line.
func parseReply(line []byte) (Answer, error) {
	var r reply
	if err := json.Unmarshal(line, &r); err != nil || r.View != nil {
		// The text of the error could quote the line, and with it the PIN.
		clear(r.PIN)
		return Answer{}, errNonsense
	}
	if r.Error != "" || r.Code != "" {
		clear(r.PIN)
		if known := replyCodes[r.Code]; known != nil {
			return Answer{}, known
		}
		return Answer{}, errors.New(shown(r.Error, 500))
	}
	return Answer{Approved: r.Approved, Certificate: r.Certificate, PIN: r.PIN, Remember: r.Remember}, nil
}
