package nativehost

import (
	"fmt"
	"runtime/debug"
)

// panicked is a panic without its value, which may quote what was looked at.
type panicked struct {
	value string // the value's type
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic with a %s\n%s", p.value, p.stack) }

// guard turns a panic into an error: what an extension asks for must never end
// the agent, in which somebody may be signing.
func guard(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicked{fmt.Sprintf("%T", r), debug.Stack()}
		}
	}()
	return do()
}

// watched is guard for what answers nobody.
func (s *Server) watched(what string, do func()) {
	if err := guard(func() error { do(); return nil }); err != nil {
		s.log.Error("native channel", "what", what, "error", err)
	}
}
