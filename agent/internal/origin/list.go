package origin

import (
	"fmt"
	"strconv"
)

// List is a set of allowed origins. The zero List allows none.
type List struct{ set map[Origin]struct{} }

// NewList parses every origin; one that Parse refuses is an error, so that an
// administrator's typing mistake is seen and not skipped.
func NewList(origins ...string) (List, error) {
	l := List{set: make(map[Origin]struct{}, len(origins))}
	for _, s := range origins {
		o, err := Parse(s)
		if err != nil {
			return List{}, fmt.Errorf("read allowed origins: %w", err)
		}
		l.set[o] = struct{}{}
	}
	return l, nil
}

// Len counts the allowed origins.
func (l List) Len() int { return len(l.set) }

// Allows tells whether the Origin headers of one request name exactly one
// origin and that one is in the list. No header, several, "null" and anything
// Parse refuses are not allowed.
func (l List) Allows(headers []string) (Origin, bool) {
	if len(headers) != 1 {
		return Origin{}, false
	}
	o, err := Parse(headers[0])
	if err != nil {
		return Origin{}, false
	}
	_, ok := l.set[o]
	return o, ok
}

// CheckHost tells whether a request's Host header is literally one of the
// loopback names with our port. A page that reached us through a DNS name of
// its own (rebinding) shows that name here.
func CheckHost(host string, port int) bool {
	suffix := ":" + strconv.Itoa(port)
	return host == "127.0.0.1"+suffix || host == "[::1]"+suffix || host == "localhost"+suffix
}
