package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// browserArgument is what Chromium passes to a native messaging host.
const browserArgument = "chrome-extension://macengpdlehkbnphmgbiaalindljbkom/"

// hostStart prints how long the native messaging host takes from its start until
// its first message, which says that it has reached the agent, and its peak
// memory, beside a Go program that echoes one message.
func hostStart(kyso, self, dir string, runs int) error {
	home, err := os.MkdirTemp(dir, "h-")
	if err != nil {
		return err
	}
	stop, err := idleAgent(kyso, home)
	if err != nil {
		return err
	}
	defer stop()
	peakFile := filepath.Join(dir, "peak")
	for _, p := range []struct {
		name string
		args []string
	}{
		{"kyso host", []string{kyso, browserArgument}},
		{"bare echo", []string{self, "bare-host"}},
	} {
		var starts []time.Duration
		var peak int64
		for range max(runs, 9) {
			took, err := firstMessage(home, peakFile, p.args)
			if err != nil {
				return fmt.Errorf("start %s: %w", p.name, err)
			}
			starts = append(starts, took)
			kib, err := os.ReadFile(peakFile)
			if err != nil {
				return err
			}
			n, err := strconv.ParseInt(strings.TrimSpace(string(kib)), 10, 64)
			if err != nil {
				return fmt.Errorf("read peak memory: %w", err)
			}
			peak = max(peak, n<<10)
		}
		slices.Sort(starts)
		fmt.Printf("%-13s %-22s %-20s %7.1f ms %9.1f MB\n", "start, say", "one message", p.name, ms(starts[len(starts)/2]), float64(peak)/(1<<20))
	}
	return nil
}

// idleAgent starts an agent for the host to reach.
func idleAgent(kyso, home string) (stop func(), err error) {
	cmd := exec.Command(kyso, "agent", "--no-tray")
	cmd.Env = homeEnv(home)
	out, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	if err := waitListening(out); err != nil {
		stop()
		return nil, err
	}
	go io.Copy(io.Discard, out)
	return stop, nil
}

// firstMessage starts a host, sends it a message and waits for one.
func firstMessage(home, peakFile string, args []string) (time.Duration, error) {
	// time(1) stands between, see measure.
	cmd := exec.Command("/usr/bin/time", append([]string{"-q", "-o", peakFile, "-f", "%M"}, args...)...)
	cmd.Env = homeEnv(home)
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	in.Write(append(binary.LittleEndian.AppendUint32(nil, 2), "{}"...))
	message, err := nativeMessage(out)
	took := time.Since(start)
	in.Close()
	io.Copy(io.Discard, out)
	cmd.Wait() // a host that the agent refuses, as no browser started it, says so
	if err == nil && args[len(args)-1] == browserArgument && !strings.Contains(string(message), `"host"`) {
		err = fmt.Errorf("it says %.200s", message)
	}
	return took, err
}

// maxMessage is the most a browser takes of a host, in bytes.
const maxMessage = 1 << 20

func nativeMessage(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	message := make([]byte, n)
	_, err := io.ReadFull(r, message)
	return message, err
}

// bareHost echoes one native message.
func bareHost() error {
	message, err := nativeMessage(os.Stdin)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(message))), message...))
	return err
}
