//go:build linux

package virtualtokentest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// patience is how long anything may take on a machine that is busy with other
// tests.
const patience = 30 * time.Second

// driver is vsmartcard's virtual reader. It has two slots and listens on a port
// for each.
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// A daemon is a pcscd of our own: its socket, its folder and its ports are
// nobody else's, so that several may run beside each other and beside the
// system's.
type daemon struct {
	folder string // made here, removed by stop
	socket string
	port   int // of the first slot; the second has the next one
	hold   io.Closer
	ended  chan struct{}
}

// startDaemon starts pcscd with two empty virtual readers.
func startDaemon() (*daemon, error) {
	var err error
	for range 10 { // somebody else may be quicker to take a free port
		var d *daemon
		if d, err = tryDaemon(); err == nil {
			return d, nil
		}
		if !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
	return nil, err
}

var errPortTaken = errors.New("the virtual reader's port is taken")

func tryDaemon() (*daemon, error) {
	// Not the test's own folder: a socket's path has at most 107 characters.
	folder, err := os.MkdirTemp("", "kyso-pcscd-")
	if err != nil {
		return nil, err
	}
	d := &daemon{folder: folder, socket: filepath.Join(folder, "socket"), port: freePorts(), ended: make(chan struct{})}
	if err := d.start(); err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

// freePorts returns a port that was free a moment ago with the next one, below
// the range from which the system takes ports by itself.
func freePorts() int {
	for {
		port := 10000 + 2*rand.IntN(10000)
		first, err := net.Listen("tcp4", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		second, err := net.Listen("tcp4", fmt.Sprintf(":%d", port+1))
		first.Close()
		if err != nil {
			continue
		}
		second.Close()
		return port
	}
}

// watch starts its arguments with the socket as descriptor 3, the way systemd
// passes one on, and ends them when standard input closes: so pcscd ends and
// its folder goes even if the test is killed. SIGTERM would be kinder, but pcscd
// 1.9.9 misses one that comes just before it waits for its next client.
const watch = `
folder=$1
shift
LISTEN_FDS=1 sh -c 'LISTEN_PID=$$ exec "$@"' sh "$@" &
pid=$!
read -r line
kill -KILL "$pid"
wait "$pid"
rm -rf "$folder"
`

// apart runs its arguments with a /run of their own, as its root. pcscd writes
// there, where the system's own may have its files, and looks there for USB
// readers, which are none of a test's business.
var apart = []string{"unshare", "--user", "--map-root-user", "--mount", "sh", "-c", `mount -t tmpfs tmpfs /run && exec "$@"`, "sh"}

// apartOrNot is apart where the machine lets us; a container often does not,
// and then pcscd must be run by root.
func apartOrNot() []string {
	if exec.Command(apart[0], append(apart[1:], "true")...).Run() == nil {
		return apart
	}
	return nil
}

func (d *daemon) start() error {
	readers := filepath.Join(d.folder, "readers")
	if err := os.Mkdir(readers, 0o700); err != nil {
		return err
	}
	config := fmt.Sprintf("FRIENDLYNAME \"Kyso virtual reader\"\nDEVICENAME /dev/null:%[1]d\nLIBPATH %[2]s\nCHANNELID %[1]d\n", d.port, driver)
	if err := os.WriteFile(filepath.Join(readers, "kyso"), []byte(config), 0o600); err != nil {
		return err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: d.socket})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false) // pcscd has it then
	defer listener.Close()
	socket, err := listener.File()
	if err != nil {
		return err
	}
	defer socket.Close()
	logPath := filepath.Join(d.folder, "log")
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()

	command := append([]string{"-c", watch, "sh", d.folder}, apartOrNot()...)
	watcher := exec.Command("sh", append(command, pcscd(), "--foreground", "--info", "--config", readers)...)
	watcher.Stdout, watcher.Stderr = log, log
	watcher.ExtraFiles = []*os.File{socket}
	// Whoever kills the test's group leaves the watcher to tidy up.
	watcher.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hold, err := watcher.StdinPipe()
	if err != nil {
		return err
	}
	if err := watcher.Start(); err != nil {
		return err
	}
	d.hold = hold
	go func() {
		watcher.Wait()
		close(d.ended)
	}()
	return d.awaitReady(logPath)
}

// pcscd is in a folder that not everybody searches.
func pcscd() string {
	if path, err := exec.LookPath("pcscd"); err == nil {
		return path
	}
	return "/usr/sbin/pcscd"
}

// awaitReady reads the log until pcscd says that it is ready.
func (d *daemon) awaitReady(logPath string) error {
	deadline := time.Now().Add(patience)
	for {
		log, err := os.ReadFile(logPath)
		if err != nil {
			return err
		}
		switch {
		case bytes.Contains(log, []byte("Attempting shutdown")):
			return errPortTaken
		case bytes.Contains(log, []byte("daemon ready")):
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("pcscd is not ready after %v:\n%s", patience, tail(log))
		}
		select {
		case <-d.ended:
			log, _ = os.ReadFile(logPath)
			return fmt.Errorf("pcscd ended (Debian packages: pcscd, vsmartcard-vpcd):\n%s", tail(log))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func tail(log []byte) string {
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// stop ends pcscd and removes its folder.
func (d *daemon) stop() {
	if d.hold != nil {
		d.hold.Close()
		select {
		case <-d.ended:
		case <-time.After(patience):
		}
	}
	os.RemoveAll(d.folder)
}

// address is where the slot's card connects.
func (d *daemon) address(slot int) string { return fmt.Sprintf("127.0.0.1:%d", d.port+slot) }
