package main

import (
	"fmt"
	"log/slog"
	"slices"

	"kyso/agent/internal/discovery"
	"kyso/agent/internal/origin"
)

// announce tells this user's programs where the agent is, until stop is called.
// tried are the ports that pages look at; on any other, pages find the agent
// through the extension alone. That nobody can be told is no reason not to run.
func (e *env) announce(port int, tried []int, key *origin.Key, log *slog.Logger) (stop func()) {
	if !slices.Contains(tried, port) {
		e.say(fmt.Sprintf("Các cổng của Kyso đang bận, nên Kyso dùng cổng %d. Trang web chỉ tìm thấy Kyso qua tiện ích mở rộng của trình duyệt.", port),
			fmt.Sprintf("Kyso's ports are taken, so it uses port %d. Pages find it through the browser extension only.", port))
	}
	path, err := discovery.Path()
	if err == nil {
		err = discovery.Write(path, port, key, version)
	}
	if err != nil {
		log.Warn("this user's programs are not told where the agent is", "why", err)
		return func() {}
	}
	return func() { discovery.Remove(path) }
}
