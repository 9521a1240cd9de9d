package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/verify"
)

// signTeller tells what becomes of each document: what is signed on standard
// output as it is done, what is not on standard error.
type signTeller struct {
	e     *env
	json  bool
	quiet bool
	many  bool // a batch: each line names its file

	mu         sync.Mutex
	look, sign *progress
	wait       *waiting
	done, left int  // signed, not signed
	asked      bool // or the PIN came with the command
}

func (c *signCmd) teller(e *env) *signTeller {
	return &signTeller{e: e, json: c.JSON, quiet: c.Quiet, many: c.To != "", wait: newWaiting(e, c.Quiet)}
}

// expect says how many documents there are.
func (t *signTeller) expect(n int) {
	t.look = newProgress(t.e.err, t.e.language, n, t.quiet || !t.many)
	t.sign = newProgress(t.e.err, t.e.language, n, t.quiet || !t.many)
	if t.look != nil {
		t.look.format, t.sign.format = "Đang xem tệp %d trong %d", "Đang ký tệp %d trong %d"
		if t.e.language == "en" {
			t.look.format, t.sign.format = "Looking at file %d of %d", "Signing file %d of %d"
		}
	}
}

// event shows how far the request is.
func (t *signTeller) event(e signing.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case e.Stage == signing.StageChecking && e.Done == e.Total:
		t.look.next()
	case e.Stage == signing.StageWaiting:
		t.asked = true
		t.look.clear() // the terminal may be needed for the question
	case e.Stage == signing.StageDone && t.asked:
		t.sign.next()
	case e.Stage == signing.StageDone:
		t.sign.skip() // left out; nothing is being signed yet
	}
}

// outcome is the JSON line of one document.
type outcome struct {
	File   string `json:"file"`
	Signed bool   `json:"signed"`
	Output string `json:"output,omitempty"`
	Size   int64  `json:"size,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Field  string `json:"field,omitempty"`
	Level  string `json:"level,omitempty"`
	// Stamp says where the visible signature stands, Terms what the signature
	// says and does besides, Notices what to know.
	Stamp   *verify.Message  `json:"stamp,omitempty"`
	Terms   []verify.Message `json:"terms,omitempty"`
	Notices []verify.Message `json:"notices,omitempty"`
	Code    string           `json:"code,omitempty"`
	Reason  *i18n.Text       `json:"reason,omitempty"`
}

// signed tells of a document that is at its place.
func (t *signTeller) signed(at *target, r signing.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if t.json {
		o := outcome{File: at.in, Signed: true, Output: at.out, Size: r.Size, SHA256: hex.EncodeToString(r.SHA256[:]), Field: r.Field, Level: r.Level, Terms: r.Terms, Notices: r.Notices}
		if r.Stamp.Code != "" {
			o.Stamp = &r.Stamp
		}
		t.line(o)
		return
	}
	t.sign.clear()
	t.wait.clear()
	fmt.Fprintf(t.e.out, "%s\n", visible(at.out))
	about := "" // standard error may be a log of its own
	if t.many {
		about = at.in
	}
	if r.Stamp.Code != "" && !t.quiet {
		t.e.tell(about, i18n.Text{VI: "Hình chữ ký: " + r.Stamp.VI + ".", EN: "Stamp: " + r.Stamp.EN + "."})
	}
	for _, m := range r.Terms {
		if !t.quiet {
			t.e.say(visible(m.VI), visible(m.EN))
		}
	}
	for _, n := range r.Notices {
		t.e.tellNote(about, n)
	}
}

// failed tells of a document that is not signed.
func (t *signTeller) failed(at *target, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left++
	if t.json {
		vi, en := *t.e, *t.e
		vi.language, en.language = "vi", "en"
		t.line(outcome{File: at.in, Code: signing.Code(err), Reason: &i18n.Text{VI: vi.explain(err), EN: en.explain(err)}})
		return
	}
	t.sign.clear()
	t.look.clear()
	fmt.Fprintf(t.e.err, "kyso: %s: %s\n", visible(at.in), t.e.explain(err))
}

func (t *signTeller) line(o outcome) {
	b, err := json.Marshal(o)
	if err == nil {
		fmt.Fprintf(t.e.out, "%s\n", b)
	}
}

// results tells what was not signed and why, and sums up. err is what
// signing.Service said.
func (t *signTeller) results(targets []*target, results []signing.Result, err error) error {
	t.sign.clear()
	t.look.clear()
	if !t.many && !t.json || results == nil {
		// One document, or none came as far as to be signed.
		var one *signing.DocumentError
		if errors.As(err, &one) {
			err = &inputFault{targets[one.Document].in, one.Err}
		}
		return err
	}
	for _, r := range results {
		switch {
		case r.Err != nil && !t.json && t.e.ctx.Err() != nil && signing.Code(r.Err) == i18n.Cancelled:
			t.left++ // told once, for all of them
		case r.Err != nil:
			t.failed(targets[r.Document], r.Err)
		}
	}
	return t.end()
}

// end sums up and gives the exit code.
func (t *signTeller) end() error {
	if t.e.ctx.Err() != nil {
		t.e.tell("", i18n.Text{VI: "Đã dừng theo yêu cầu. Để ký tiếp, chạy lại lệnh này với --on-error continue: tệp đã có kết quả được bỏ qua.",
			EN: "Stopped as asked. To go on, give the command again with --on-error continue: files that have a result are left out."})
	}
	if t.many && !t.quiet {
		t.e.tell("", i18n.Text{VI: fmt.Sprintf("Đã ký %d tệp, không ký %d tệp.", t.done, t.left), EN: fmt.Sprintf("%d signed, %d not.", t.done, t.left)})
	}
	switch {
	case t.left == 0:
		return nil
	case t.done > 0:
		return exitError(exitSomeSigned)
	}
	return exitError(exitNoneSigned)
}
