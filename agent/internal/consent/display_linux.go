package consent

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A display answers at once, or over ssh within a round trip.
const displayTimeout = 2 * time.Second

// displayAnswers tells whether the display that the environment names takes
// connections.
func displayAnswers() bool {
	return waylandAnswers(os.Getenv("WAYLAND_DISPLAY")) || xAnswers(os.Getenv("DISPLAY"))
}

func waylandAnswers(name string) bool {
	if name == "" {
		return false
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), name)
	}
	return answers("unix", name)
}

// xAnswers takes "[host]:display[.screen]".
func xAnswers(name string) bool {
	colon := strings.LastIndexByte(name, ':')
	if colon < 0 {
		return false
	}
	host := name[:colon]
	digits, _, _ := strings.Cut(name[colon+1:], ".")
	number, err := strconv.ParseUint(digits, 10, 15)
	if err != nil {
		return false
	}
	if host == "" || host == "unix" {
		socket := "/tmp/.X11-unix/X" + digits
		return answers("unix", socket) || answers("unix", "@"+socket)
	}
	return answers("tcp", net.JoinHostPort(host, strconv.Itoa(6000+int(number))))
}

func answers(network, address string) bool {
	connection, err := net.DialTimeout(network, address, displayTimeout)
	if err != nil {
		return false
	}
	connection.Close()
	return true
}
