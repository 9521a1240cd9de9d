package main

import (
	"fmt"
	"log/slog"
	"slices"

	"kyso/agent/internal/discovery"
	"kyso/agent/internal/origin"
)

// announce tells this user's programs where the agent is, until stop is called.
// tried are the ports that pages look at: on any other, none finds the agent, and
// the person is told what to do. That nobody can be told where it is is no reason
// not to run.
func (e *env) announce(port int, tried []int, key *origin.Key, log *slog.Logger) (stop func()) {
	if !slices.Contains(tried, port) {
		e.say(fmt.Sprintf("Các cổng của Kyso đang bận, nên Kyso dùng cổng %d, là cổng mà trang web không tìm đến. Hãy đề nghị quản trị viên thêm cổng vào khóa ports của chính sách, rồi khởi động lại Kyso.", port),
			fmt.Sprintf("Kyso's ports are taken, so it uses port %d, where no page looks. Ask the administrator to add ports to the policy key ports, then start Kyso again.", port))
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
