//go:build !windows

package consent

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// askTerminal asks on a terminal, in lines of text. The PIN is not echoed.
// When ctx ends, the terminal is put back as it was; the read that is under
// way ends with the process or with the next line typed.
func askTerminal(ctx context.Context, tty *os.File, v view) (Answer, error) {
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return Answer{}, fmt.Errorf("ask on the terminal: %w", ErrNobodyToAsk)
	}
	type reply struct {
		answer Answer
		err    error
	}
	done := make(chan reply, 1)
	go func() {
		answer, err := terminalDialogue(tty, v)
		done <- reply{answer, err}
	}()
	select {
	case r := <-done:
		if r.err == nil && !r.answer.Approved {
			fmt.Fprintln(tty, v.terminalRefused)
		}
		return r.answer, r.err
	case <-ctx.Done():
		term.Restore(int(tty.Fd()), before)
		fmt.Fprintln(tty)
		return Answer{}, ctx.Err()
	}
}

func terminalDialogue(tty *os.File, v view) (Answer, error) {
	// Terminal input is bounded by the kernel's line discipline (4 KiB a line).
	input := bufio.NewReader(tty)
	usable := v.q.usable()
	var chosen Certificate
	if len(usable) > 0 {
		chosen = usable[0]
	}
	if len(usable) > 1 {
		fmt.Fprintf(tty, "\n%s\n", v.chooseCert)
		for i := range usable {
			fmt.Fprintf(tty, "    %s\n", v.certificateRow(i))
		}
		fmt.Fprintf(tty, v.terminalChoose, len(usable))
		line, err := readLine(input)
		if err != nil {
			return Answer{}, err
		}
		number, err := strconv.Atoi(line)
		if err != nil || number < 1 || number > len(usable) {
			return Answer{}, nil
		}
		chosen = usable[number-1]
	}
	width := terminalWidth(tty)
	inline := v.fitting(maxTerminal, width, terminalRoom)
	long := v.long(inline)
	if long {
		inline = min(inline, maxInline)
		v.moreBefore = v.moreLater
	}
	fmt.Fprintf(tty, "\n%s\n", strings.Join(wrap(v.lines(chosen, inline), width), "\n"))
	if long {
		if err := offerList(tty, input, v); err != nil {
			return Answer{}, err
		}
	}
	if v.q.needsPIN(chosen) {
		// Keys typed before the prompt was there are no PIN; sent to the token
		// they would cost a try.
		discardTyped(int(tty.Fd()))
		fmt.Fprint(tty, v.terminalPIN)
		pin, err := term.ReadPassword(int(tty.Fd()))
		fmt.Fprintln(tty)
		if err != nil {
			clear(pin)
			return Answer{}, fmt.Errorf("read the PIN from the terminal: %w", err)
		}
		if len(pin) == 0 {
			return Answer{}, nil
		}
		return Answer{Approved: true, Certificate: chosen.ID, PIN: pin}, nil
	}
	if v.q.AskPIN {
		fmt.Fprintln(tty, v.enterPad)
	}
	fmt.Fprintf(tty, v.terminalConfirm, v.terminalYes)
	line, err := readLine(input)
	if err != nil || !strings.EqualFold(line, v.terminalYes) {
		return Answer{}, err
	}
	return Answer{Approved: true, Certificate: chosen.ID}, nil
}

// The question itself lists at most maxTerminal documents on terminalRoom lines,
// so that site and certificate do not scroll far away.
const (
	maxTerminal  = 12
	terminalRoom = 36
)

// terminalWidth is where lines are broken. On a wide terminal long lines are
// hard to read.
func terminalWidth(tty *os.File) int {
	const least, usual, most = 40, 80, 100
	width, _, err := term.GetSize(int(tty.Fd()))
	if err != nil || width <= 0 {
		width = usual
	}
	return min(max(width, least), most)
}

// terminalPage is how many rows of the list are shown at once, each of which may
// take two lines of a small terminal.
const terminalPage = 10

// offerList shows the whole list, page by page, as often as it is asked for.
func offerList(tty *os.File, input *bufio.Reader, v view) error {
	rows := v.rows()
	for {
		fmt.Fprintf(tty, v.terminalList, v.terminalListYes)
		line, err := readLine(input)
		if err != nil {
			return err
		}
		if !strings.EqualFold(line, v.terminalListYes) {
			return nil
		}
		for at := 0; at < len(rows); at += terminalPage {
			end := min(at+terminalPage, len(rows))
			fmt.Fprintf(tty, "%s\n", strings.Join(wrap(rows[at:end], terminalWidth(tty)), "\n"))
			if end == len(rows) {
				break
			}
			fmt.Fprintf(tty, v.terminalMore, at+1, end, len(rows), v.terminalEnough)
			if line, err = readLine(input); err != nil {
				return err
			}
			if strings.EqualFold(line, v.terminalEnough) {
				break
			}
		}
	}
}

func readLine(input *bufio.Reader) (string, error) {
	line, err := input.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return strings.TrimSpace(line), nil
}
