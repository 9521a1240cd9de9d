package consent

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"
)

// Ask shows the question in a window of this process and waits for the person.
// A refusal is an Answer, not an error. Errors: ErrNobodyToAsk (no desktop, as
// in a service's session 0), ErrNoUsableCertificate, a question that cannot be
// shown, or ctx.Err() after the window was withdrawn.
// The caller sets Answer.PIN to zero after its use. The program needs the
// manifest kyso.exe.manifest: without it Windows has no such controls.
func Ask(ctx context.Context, q Question) (Answer, error) { return askAt(ctx, q, desk{}) }

func askAt(ctx context.Context, q Question, desk desk) (Answer, error) {
	q = q.bounded()
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	// A window belongs to the thread that made it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	d := &dialog{view: newView(q, time.Now()), desk: desk, usable: q.usable(), gate: gate{settle: settling}}
	err := d.run(ctx)
	if ctx.Err() != nil {
		err = ctx.Err()
	} else if err != nil {
		// walk's errors carry a stack trace below their first line.
		cause, _, _ := strings.Cut(err.Error(), "\n")
		err = fmt.Errorf("show the question: %s: %w", cause, ErrNobodyToAsk)
	} else {
		err = q.checkAnswer(d.answer)
	}
	if err != nil {
		clear(d.answer.PIN)
		return Answer{}, err
	}
	return d.answer, nil
}
