package origin

import (
	"errors"
	"fmt"
)

// Standing is how far a web origin may go.
type Standing int

// The standings, from nothing to everything.
const (
	// Refused: not even a connection.
	Refused Standing = iota
	// Unpaired: it may ask the person to be paired.
	Unpaired
	// Paired: the person agreed to this origin with this page key.
	Paired
	// Listed: the administrator names it.
	Listed
)

func (s Standing) String() string {
	switch s {
	case Unpaired:
		return "unpaired"
	case Paired:
		return "paired"
	case Listed:
		return "listed"
	}
	return "refused"
}

// Asking is the one origin that the Origin headers of a request name. No header,
// several, "null" and anything Parse refuses are errors.
func Asking(headers []string) (Origin, error) {
	if len(headers) != 1 {
		return Origin{}, fmt.Errorf("%d Origin headers", len(headers))
	}
	return Parse(headers[0])
}

// Standing of what is in the list is Listed, of all else Refused.
func (l List) Standing(o Origin, _ []byte) Standing {
	if _, ok := l.set[o]; ok {
		return Listed
	}
	return Refused
}

// Pair is always an error: a List pairs nobody.
func (l List) Pair(Origin, []byte) error { return errors.New("nothing is paired with a list") }
