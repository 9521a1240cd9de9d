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
		named = append(named, fmt.Sprintf(v.waitingItem, name, max(o.Documents, 0)))
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
