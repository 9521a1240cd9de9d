//go:build !windows

package consent

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Ask shows the question on this process's display, or on its terminal when
// there is none, and waits for the person. A refusal is an Answer, not an
// error. Errors: ErrNobodyToAsk, ErrNoUsableCertificate, a question that
// cannot be shown, or ctx.Err() after the window was withdrawn.
// The caller sets Answer.PIN to zero after its use.
func Ask(ctx context.Context, q Question) (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	v := newView(q, time.Now())
	answer, err := ask(ctx, v)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = q.checkAnswer(answer)
	}
	if err != nil {
		clear(answer.PIN)
		return Answer{}, err
	}
	return answer, nil
}

func ask(ctx context.Context, v view) (Answer, error) {
	if hasDisplay() {
		return askWindow(ctx, v)
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return Answer{}, fmt.Errorf("ask for consent: %w", ErrNobodyToAsk)
	}
	defer tty.Close()
	return askTerminal(ctx, tty, v)
}
