package consent

import "strings"

// fitting is how many documents stand in the question itself: at most most, and
// no more than fill room lines of that width; at least one.
func (v view) fitting(most, width, room int) int {
	for i := range v.q.Documents {
		if room -= len(wrap(v.documentLines(i), width)); i > 0 && (i == most || room < 0) {
			return i
		}
	}
	return most
}

// wrap breaks lines of more than width characters, at a space where there is
// one. What goes on stands deeper than its line, so that no text of a stranger
// looks like a line of its own.
func wrap(lines []string, width int) (wrapped []string) {
	for _, line := range lines {
		rest := []rune(line)
		indent := len(rest) - len([]rune(strings.TrimLeft(line, " ")))
		deeper := strings.Repeat(" ", indent+4)
		for len(rest) > width {
			at := width
			for at > indent+4 && rest[at] != ' ' {
				at--
			}
			if at == indent+4 {
				at = width // one long word
			}
			wrapped = append(wrapped, strings.TrimRight(string(rest[:at]), " "))
			rest = []rune(deeper + strings.TrimLeft(string(rest[at:]), " "))
		}
		wrapped = append(wrapped, string(rest))
	}
	return wrapped
}
