package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"kyso/testdata/virtualtoken/device"
)

const help = `insert              put the card in
remove              take it out, even in the middle of a signature
lock                the PIN is locked, as after too many wrong ones
unlock              PIN and PUK have all their tries again
tries N             the PIN has N tries left
slow MILLISECONDS   each command takes so long; 0 ends that
die-at INS          the card is out, once, when instruction INS comes
wrong-answers INS   garbage instead of an answer to INS, until heal
false-answers INS   the same, but the right answer with one bit turned
heal                none of the last four any more
status              all of it as JSON
INS is two hexadecimal digits, or sign (87), verify (20), select (A4), read (CB)
`

// errQuit ends the program.
var errQuit = errors.New("quit")

var instructions = map[string]byte{
	"sign": device.GeneralAuthenticate, "verify": device.Verify, "select": device.Select, "read": device.GetData,
}

// obey does one command and returns what to answer.
func obey(d *device.Device, line string) (string, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return "", nil
	}
	want, known := map[string]int{
		"insert": 1, "remove": 1, "lock": 1, "unlock": 1, "heal": 1, "status": 1, "help": 1, "quit": 1,
		"tries": 2, "slow": 2, "die-at": 2, "wrong-answers": 2, "false-answers": 2,
	}[words[0]]
	if !known || len(words) != want {
		return "", fmt.Errorf("what is %q? help lists the commands", line)
	}
	switch words[0] {
	case "insert":
		d.Insert()
	case "remove":
		d.Remove()
	case "lock":
		d.Card.Lock()
	case "unlock":
		d.Card.Unlock()
	case "heal":
		d.Heal()
	case "tries", "slow":
		n, err := strconv.ParseUint(words[1], 10, 31)
		if err != nil {
			return "", fmt.Errorf("%q is not a number", words[1])
		}
		if words[0] == "tries" {
			d.Card.SetTries(int(n))
		} else {
			d.SetSlow(time.Duration(n) * time.Millisecond)
		}
	case "die-at", "wrong-answers", "false-answers":
		ins, named := instructions[words[1]]
		if !named {
			n, err := strconv.ParseUint(words[1], 16, 8)
			if err != nil {
				return "", fmt.Errorf("%q is not an instruction", words[1])
			}
			ins = byte(n)
		}
		switch words[0] {
		case "die-at":
			d.DieAt(ins)
		case "wrong-answers":
			d.WrongAnswers(ins, device.Garbage)
		default:
			d.WrongAnswers(ins, device.BitFlip)
		}
	case "status":
		text, err := json.MarshalIndent(d.Status(), "", "  ")
		return string(text) + "\n", err
	case "help":
		return help, nil
	case "quit":
		return "", errQuit
	}
	return "ok\n", nil
}

// console obeys each line of in, until quit or the end of ctx. The end of in is
// not an end: the program may run without a terminal.
func console(ctx context.Context, d *device.Device, in io.Reader, out io.Writer) error {
	lines := make(chan string)
	go func() {
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line := <-lines:
			text, err := obey(d, line)
			if errors.Is(err, errQuit) {
				return nil
			}
			if err != nil {
				text = err.Error() + "\n"
			}
			io.WriteString(out, text)
		}
	}
}
