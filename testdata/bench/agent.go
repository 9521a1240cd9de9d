package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// idleTime is how long a server rests before its memory is read.
const idleTime = time.Second

// agentStart prints how long the agent takes from its start until it listens, and
// its memory while nothing happens, beside the least a Go program with a server
// can be.
func agentStart(kyso, self, dir string, runs int) error {
	fmt.Println()
	for _, p := range []struct {
		name string
		args []string
	}{
		{"kyso agent", []string{kyso, "agent", "--no-tray"}},
		{"bare net/http server", []string{self, "bare-server"}},
	} {
		var starts []time.Duration
		var idle int64
		for range runs {
			took, memory, err := serverStart(dir, p.args)
			if err != nil {
				return fmt.Errorf("start %s: %w", p.name, err)
			}
			starts = append(starts, took)
			idle = max(idle, memory)
		}
		slices.Sort(starts)
		fmt.Printf("%-13s %-22s %-20s %7d ms %9.1f MB\n", "start, idle", "", p.name, starts[len(starts)/2].Milliseconds(), float64(idle)/(1<<20))
	}
	return nil
}

// serverStart starts a program in a home of its own and waits for the line that
// says where it listens.
func serverStart(dir string, args []string) (took time.Duration, idle int64, err error) {
	home, err := os.MkdirTemp(dir, "home-")
	if err != nil {
		return 0, 0, err
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = homeEnv(home)
	out, err := cmd.StderrPipe()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	if err := waitListening(out); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	time.Sleep(idleTime)
	idle, err = resident(cmd.Process.Pid)
	return took, idle, err
}

// homeEnv is the environment of a program whose home is this folder.
func homeEnv(home string) []string {
	return append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"XDG_STATE_HOME="+filepath.Join(home, "state"), "XDG_RUNTIME_DIR="+home)
}

// waitListening reads until a server says where it listens.
func waitListening(out io.Reader) error {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "://127.0.0.1:") {
			return nil
		}
	}
	return errors.New("it does not say where it listens")
}

// resident is the memory of a process that is in RAM, in bytes (proc(5)).
func resident(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(status), "VmRSS:")
	if !ok {
		return 0, errors.New("no VmRSS")
	}
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kib << 10, err
}

// bareServer answers every request with nothing.
func bareServer() error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "http://%s\n", l.Addr())
	return http.Serve(l, http.NotFoundHandler())
}
