package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// compare tells where two files of outcomes differ.
func compare(out io.Writer, first, second string) error {
	a, err := lines(first)
	if err != nil {
		return err
	}
	b, err := lines(second)
	if err != nil {
		return err
	}
	different := 0
	for i := range max(len(a), len(b)) {
		x, y := "(nothing)", "(nothing)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			different++
			fmt.Fprintf(out, "- %s\n+ %s\n", x, y)
		}
	}
	if different > 0 {
		return fmt.Errorf("%d of %d cases differ", different, max(len(a), len(b)))
	}
	if len(a) == 0 {
		return errors.New("no cases")
	}
	fmt.Fprintf(out, "%d cases, same verdicts\n", len(a))
	return nil
}

func lines(name string) ([]string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), nil
}
