//go:build !windows

package consent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ncruces/zenity"
)

// errNoToolkit means that this system has nothing to draw one window with.
var errNoToolkit = errors.New("no toolkit to draw with")

// Ask shows the question on this process's display, or on its terminal when
// there is none, and waits for the person. A refusal is an Answer, not an
// error. Errors: ErrNobodyToAsk, ErrNoUsableCertificate, a question that
// cannot be shown, or ctx.Err() after the window was withdrawn.
// The caller sets Answer.PIN to zero after its use.
func Ask(ctx context.Context, q Question) (Answer, error) { return askAt(ctx, q, desk{}) }

func askAt(ctx context.Context, q Question, d desk) (Answer, error) {
	q = q.bounded()
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	v := newView(q, time.Now())
	answer, err := ask(ctx, v, d)
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

func ask(ctx context.Context, v view, d desk) (Answer, error) {
	if displayAnswers() {
		if answer, err := askNative(ctx, v, d); !errors.Is(err, errNoToolkit) {
			return answer, err
		}
		if zenity.IsAvailable() {
			ownGroup()
			return askWindow(ctx, v)
		}
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return Answer{}, fmt.Errorf("ask for consent: %w", ErrNobodyToAsk)
	}
	defer tty.Close()
	return askTerminal(ctx, tty, v)
}
