package consent

import (
	"fmt"
	"strings"
)

// maxWaitingShown is how many waiting requests are named; the others are
// counted.
const maxWaitingShown = 3

// waitingLine tells which other requests wait, or is "".
func (v view) waitingLine(others []Waiting) string {
	if len(others) == 0 {
		return ""
	}
	var named []string
	for i, o := range others {
		if i == maxWaitingShown {
			named = append(named, "…")
			break
		}
		name := v.waitingCommand
		if o.Site != "" {
			if s, err := parseSite(o.Site); err == nil {
				name = s.origin
			} else {
				name = shown(o.Site, maxShownParty)
			}
		}
		// One that asks for no signature is named alone.
		switch {
		case o.Documents == 1:
			name = fmt.Sprintf(v.waitingOne, name)
		case o.Documents > 1:
			name = fmt.Sprintf(v.waitingItem, name, o.Documents)
		}
		named = append(named, name)
	}
	if len(others) == 1 {
		return fmt.Sprintf(v.oneWaiting, named[0])
	}
	return fmt.Sprintf(v.waiting, len(others), strings.Join(named, ", "))
}

// tally is the number of documents in words, said beside the button that signs.
func (v view) tally() string {
	n := len(v.q.Documents)
	if v.q.Kind != KindSign {
		return ""
	}
	line := fmt.Sprintf(v.signNumber, v.numberWords(n))
	if n == 1 {
		line = fmt.Sprintf(v.signOne, v.numberWords(n))
	}
	if left := len(v.q.LeftOut); left > 0 {
		line += " " + fmt.Sprintf(v.leftOutNumber, v.numberWords(left))
	}
	return line
}
