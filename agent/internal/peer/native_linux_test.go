package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHelperNative is no test: with KYSO_TEST_NATIVE set to a socket, this test
// binary connects to it, says so, and waits for the end of its standard input.
// What KYSO_TEST_NATIVE_MODE says it does with the connection before that.
func TestHelperNative(t *testing.T) {
	socket := os.Getenv("KYSO_TEST_NATIVE")
	if socket == "" {
		return
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("KYSO_TEST_NATIVE_MODE") == "hand on" {
		// Another program has the connection from now on, and this one has not.
		f, err := conn.(*net.UnixConn).File()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), "cat")
		c.ExtraFiles = []*os.File{f}
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		conn.Close()
	}
	fmt.Println("connected")
	io.Copy(io.Discard, os.Stdin)
}

// TestNativeHost: this program, which a browser has started and which holds the
// connection itself, is let in; whatever else speaks on the socket is not. The
// browser is this test.
func TestNativeHost(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := dirFor(t, os.Getuid())
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "kyso")
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, data, 0o755); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Chmod(socket, 0o666); err != nil { // as if the file's own rights did not help
		t.Fatal(err)
	}
	const python = `import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print("connected",flush=True); sys.stdin.read()`
	helper := []string{self, "-test.run=^TestHelperNative$"}
	browsers := Options{Programs: []string{self}}
	for _, c := range []struct {
		name    string
		command []string
		options Options
		mode    string
		uid     int
		want    error
	}{
		{name: "started by a browser", command: helper, options: browsers},
		{name: "strict", command: helper, options: Options{Programs: browsers.Programs, Browsers: Strict}},
		{name: "started by something else", command: helper, want: ErrNotBrowser},
		{name: "nobody asks by what", command: helper, options: Options{Browsers: Off}},
		{name: "a shell of the browser's", command: append([]string{"sh", "-c", `"$0" "$@"; true`}, helper...), options: browsers, want: ErrNotBrowser},
		{name: "exec in that shell", command: append([]string{"sh", "-c", `exec "$0" "$@"`}, helper...), options: browsers},
		{name: "a copy of this program", command: []string{copied, "-test.run=^TestHelperNative$"}, options: browsers, want: ErrOtherProgram},
		{name: "another program", command: []string{"python3", "-c", python, socket}, options: browsers, want: ErrOtherProgram},
		{name: "another program, unasked", command: []string{"python3", "-c", python, socket}, options: Options{Browsers: Off}, want: ErrOtherProgram},
		{name: "the connection is another's", command: helper, options: browsers, mode: "hand on", want: ErrOtherProgram},
		{name: "another user", command: []string{copied, "-test.run=^TestHelperNative$"}, options: browsers, uid: nobody, want: ErrOtherUser},
	} {
		t.Run(c.name, func(t *testing.T) {
			uid := os.Getuid()
			if c.uid != 0 {
				if uid != 0 {
					t.Skip("only root can be two users")
				}
				uid = c.uid
			}
			home := dirFor(t, uid)
			cmd := as(t, uid, home, c.command[0], c.command[1:]...)
			cmd.Env = append(cmd.Env, "KYSO_TEST_NATIVE="+socket, "KYSO_TEST_NATIVE_MODE="+c.mode)
			if uid == os.Getuid() {
				cmd.Env = append(cmd.Env, "HOME="+os.Getenv("HOME"))
			}
			cmd.Stderr = os.Stderr
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer in.Close()
			if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "connected\n" {
				t.Fatalf("%q, %v", line, err)
			}
			l.(*net.UnixListener).SetDeadline(time.Now().Add(patience))
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := NativeHost(c.options)(conn); !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("%v, want %v", err, c.want)
			} else if c.mode != "" && !strings.Contains(err.Error(), "does not hold") {
				t.Errorf("refused for something else: %v", err)
			}
		})
	}
	// Who connected and has ended is nobody.
	cmd := exec.CommandContext(t.Context(), helper[0], helper[1:]...)
	cmd.Env = append(os.Environ(), "KYSO_TEST_NATIVE="+socket)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := NativeHost(browsers)(conn); !errors.Is(err, ErrOtherProgram) {
		t.Errorf("a process that has ended: %v", err)
	}
	if err := NativeHost(browsers)(&net.TCPConn{}); !errors.Is(err, ErrOtherProgram) {
		t.Errorf("no Unix socket: %v", err)
	}
}

// TestUnixDiagAnswers: what is no answer is not taken for one.
func TestUnixDiagAnswers(t *testing.T) {
	for _, b := range []string{"", strings.Repeat("\x00", 20), "\x24\x00\x00\x00\x02\x00" + strings.Repeat("\x00", 10) + "\xfe\xff\xff\xff", "\x28\x00\x00\x00\x14\x00" + strings.Repeat("\x00", 26) + "\xff\xff\x02\x00", "\x28\x00\x00\x00\x14\x00" + strings.Repeat("\x00", 26) + "\x04\x00\x02\x00"} {
		if inode, err := peerIn([]byte(b)); err == nil {
			t.Errorf("%q: %d", b, inode)
		}
	}
}
