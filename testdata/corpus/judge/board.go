package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// want is what the record says of a case.
type want string

const (
	mustPass want = "pass"
	mustFail want = "fail"
	either   want = "either"
)

func wants(pass bool) want {
	if pass {
		return mustPass
	}
	return mustFail
}

// answer is what the engine says of a case. Everything in it is the same on
// every machine.
type answer struct {
	// passed is what is compared with the record.
	passed bool
	// Verdict and SubIndication are those of a report, or "passed" and
	// "failed" and a reason where there is none.
	Verdict       string `json:"verdict"`
	SubIndication string `json:"subIndication,omitempty"`
	Code          string `json:"code,omitempty"`
	// Flags are further findings, such as "intact".
	Flags []string `json:"flags,omitempty"`
	// why is for a person.
	why string
	// apart, when not empty, says why the answer cannot be compared.
	apart string
}

// row is one case as it was judged.
type row struct {
	Collection string `json:"collection"`
	Case       string `json:"case"`
	Want       want   `json:"want"`
	Outcome    string `json:"outcome"`
	answer
}

// The outcomes that are compared. Every other outcome says why a case was
// counted apart.
const (
	agree      = "agree"
	miss       = "miss"        // must fail, shown as passed
	falseAlarm = "false alarm" // must pass, not passed
	failed     = "error"       // could not be run
)

// board is everything that was judged.
type board struct {
	rows []row
	// lines are the collections in the order they were met.
	lines []string
	// ungated lines are counted, and their misses fail nothing.
	ungated map[string]bool
	seen    map[string]int
	panics  int
}

func (b *board) add(r row) {
	if b.seen == nil {
		b.seen = map[string]int{}
	}
	if !slices.Contains(b.lines, r.Collection) {
		b.lines = append(b.lines, r.Collection)
	}
	// Some cases are recorded more than once; each keeps a name of its own.
	key := r.Collection + "\x00" + r.Case
	if b.seen[key]++; b.seen[key] > 1 {
		r.Case = fmt.Sprintf("%s #%d", r.Case, b.seen[key])
	}
	b.rows = append(b.rows, r)
}

// judge runs one case and compares. An error from try means that the case
// could not be run; a panic is one too.
func (b *board) judge(line, name string, w want, try func() (answer, error)) {
	a, err := b.guard(try)
	r := row{Collection: line, Case: name, Want: w, answer: a}
	switch {
	case err != nil:
		r.Outcome, r.why = failed, err.Error()
	case w == either:
		r.Outcome = "either will do"
	case a.apart != "":
		r.Outcome = a.apart
	case a.passed == (w == mustPass):
		r.Outcome = agree
	case a.passed:
		r.Outcome = miss
	default:
		r.Outcome = falseAlarm
	}
	b.add(r)
}

func (b *board) guard(try func() (answer, error)) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			b.panics++
			a, err = answer{}, fmt.Errorf("panic: %v", p)
		}
	}()
	return try()
}

// apart counts a case that is not compared.
func (b *board) apart(line, name, why string) {
	b.add(row{Collection: line, Case: name, Want: either, Outcome: why})
}

// odd counts records of an index that cannot be read.
func (b *board) odd(line string, errs []error) {
	for _, err := range errs {
		b.judge(line, "odd record", mustPass, func() (answer, error) { return answer{}, err })
	}
}

// failure is what the program's exit status says.
func (b *board) failure() error {
	misses := 0
	for _, r := range b.rows {
		if r.Outcome == miss && !b.ungated[r.Collection] {
			misses++
		}
	}
	switch {
	case misses > 0:
		return fmt.Errorf("%d misses", misses)
	case b.panics > 0:
		return fmt.Errorf("%d panics", b.panics)
	}
	return nil
}

// print writes a line of figures for each collection.
func (b *board) print(out io.Writer, verbose bool) {
	if verbose {
		for _, r := range b.rows {
			if r.Outcome == miss || r.Outcome == falseAlarm || r.Outcome == failed {
				fmt.Fprintf(out, "%s: %s: %s: %s\n", strings.ToUpper(r.Outcome), r.Collection, r.Case, r.answer)
			}
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "collection\tcases\tagree\tmisses\tfalse alarms\terrors\tcounted apart")
	for _, line := range b.lines {
		n, other := map[string]int{}, map[string]int{}
		cases := 0
		for _, r := range b.rows {
			switch {
			case r.Collection != line:
			case r.Outcome == agree, r.Outcome == miss, r.Outcome == falseAlarm, r.Outcome == failed:
				cases++
				n[r.Outcome]++
			default:
				other[r.Outcome]++
			}
		}
		notes := []string{}
		for _, why := range slices.Sorted(maps.Keys(other)) {
			notes = append(notes, fmt.Sprintf("%d %s", other[why], why))
		}
		if b.ungated[line] {
			notes = append(notes, "informative")
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%s\n", line, cases, n[agree], n[miss], n[falseAlarm], n[failed], strings.Join(notes, ", "))
	}
	w.Flush()
}

func (a answer) String() string {
	words := []string{a.Verdict, a.SubIndication, a.Code, strings.Join(a.Flags, " ")}
	if a.why != "" {
		words = append(words, "("+a.why+")")
	}
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " ")
}

// write puts every case into a file, one a line.
func (b *board) write(name string) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, r := range b.rows {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return w.Flush()
}

// contradictions are the verdicts recorded for each key, either where there
// is more than one.
type contradictions map[string]want

func (c contradictions) add(key string, w want) {
	if earlier, ok := c[key]; ok && earlier != w {
		w = either
	}
	c[key] = w
}

func (c contradictions) has(key string) bool { return c[key] == either }
