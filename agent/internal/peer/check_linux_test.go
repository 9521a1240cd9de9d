package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const nobody = 65534

// patience bounds how long a program may take to connect on a busy machine.
const patience = 60 * time.Second

// TestHelperListener is no test: with KYSO_TEST_PEER set to a mode, this test
// binary listens, prints its port, and prints what Check says of each
// connection, until its standard input ends.
func TestHelperListener(t *testing.T) {
	mode := os.Getenv("KYSO_TEST_PEER")
	if mode == "" {
		return
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	o := Options{Browsers: Mode(mode)}
	if p := os.Getenv("KYSO_TEST_PROGRAM"); p != "" {
		o.Programs = []string{p}
	}
	check := Check(o)
	fmt.Printf("port %d\n", l.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience))
		// As the bridge does: the request is there before the peer is judged.
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			conn.Close() // a browser's connection in advance
			continue
		}
		err = check(netip.MustParseAddrPort(conn.RemoteAddr().String()), netip.MustParseAddrPort(conn.LocalAddr().String()))
		switch {
		case errors.Is(err, ErrNotBrowser):
			fmt.Println("no browser:", err)
		case err != nil:
			fmt.Println("refused:", err)
		default:
			fmt.Println("taken")
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
		conn.Close()
	}
}

// listener is a TestHelperListener of another process, and maybe another user.
type listener struct {
	port  int
	lines chan string
}

// dirFor is a folder that the user can use.
func dirFor(t *testing.T, uid int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kyso-peer-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, uid, -1); err != nil {
		t.Fatal(err)
	}
	return dir
}

// as makes a command run for the user, in a process group that ends with the
// test.
func as(t *testing.T, uid int, dir, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if uid != os.Getuid() {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
	c.Dir, c.Env, c.WaitDelay = dir, append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "TMPDIR="+dir), time.Second
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	return c
}

// listen starts a listener for the user.
func listen(t *testing.T, uid int, dir string, env ...string) *listener {
	t.Helper()
	program := filepath.Join(dir, "listener")
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	c := as(t, uid, dir, program, "-test.run=^TestHelperListener$")
	c.Env = append(c.Env, env...)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	l := &listener{lines: make(chan string, 100)}
	t.Cleanup(func() {
		in.Close()
		c.Wait()
	})
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			l.lines <- s.Text()
		}
		close(l.lines)
	}()
	_, port, _ := strings.Cut(l.next(t), " ")
	if l.port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *listener) next(t *testing.T) string {
	t.Helper()
	select {
	case line := <-l.lines:
		return line
	case <-time.After(patience):
		t.Fatal("nothing connected")
	}
	return ""
}

// users are who the tests run for: this user, and, where only root can arrange
// it, one without rights.
func users() []int {
	if os.Getuid() == 0 {
		return []int{0, nobody}
	}
	return []int{os.Getuid()}
}

// TestRealBrowsers: Chromium and Firefox are seen to be browsers, as root and as
// a user without rights, also where nothing may be left open.
func TestRealBrowsers(t *testing.T) {
	for _, uid := range users() {
		dir := dirFor(t, uid)
		l := listen(t, uid, dir, "KYSO_TEST_PEER=strict")
		page := fmt.Sprintf("http://127.0.0.1:%d/", l.port)
		for _, b := range [][]string{
			{"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + filepath.Join(dir, "chromium"), page},
			{"firefox-esr", "--headless", "--profile", filepath.Join(dir, "firefox"), page},
		} {
			t.Run(fmt.Sprint(b[0], " as ", uid), func(t *testing.T) {
				profile := filepath.Join(dir, "firefox")
				if err := errors.Join(os.MkdirAll(profile, 0o700), os.Chown(profile, uid, -1)); err != nil {
					t.Fatal(err)
				}
				c := as(t, uid, dir, b[0], b[1:]...)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				said := l.next(t)
				syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
				c.Wait()
				if said != "taken" {
					t.Error(said)
				}
				for len(l.lines) > 0 {
					<-l.lines // the page's icon
				}
			})
		}
	}
}

// connect is what a program does that forges what a browser sends.
const connect = `import os, socket, sys, time
s = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])))
def ask(): s.sendall(b"GET /kyso/v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://eoffice.example\r\n\r\n")
`

// given hands the socket on to a real browser before it asks.
const given = `import subprocess
os.set_inheritable(s.fileno(), True)
p = subprocess.Popen(["chromium", "--headless", "--no-sandbox", "--user-data-dir=" + os.environ["HOME"] + "/c", "about:blank"], close_fds=False, stderr=subprocess.DEVNULL)
while not os.readlink("/proc/%d/exe" % p.pid).endswith("/chromium"): time.sleep(0.01)
os.stat("/proc/%d/fd/%d" % (p.pid, s.fileno()))
ask()
s.recv(1)
p.kill()
`

// TestForgers: a native program of the same user that sends an allowed Origin is
// refused, whatever it is called and however it hides.
func TestForgers(t *testing.T) {
	for _, uid := range users() {
		dir := dirFor(t, uid)
		l := listen(t, uid, dir, "KYSO_TEST_PEER=default")
		python, err := filepath.EvalSymlinks("/usr/bin/python3")
		if err != nil {
			t.Fatal(err)
		}
		copied, removed := filepath.Join(dir, "chromium"), filepath.Join(dir, "chrome")
		data, err := os.ReadFile(python)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{copied, removed} {
			if err := errors.Join(os.WriteFile(path, data, 0o755), os.Chown(path, uid, -1)); err != nil {
				t.Fatal(err)
			}
		}
		mount := "mount --bind " + python + " /usr/lib/chromium/chromium && exec /usr/lib/chromium/chromium -c "
		gone := "mount -t tmpfs none /usr/lib/chromium && cp " + python + " /usr/lib/chromium/chromium && exec /usr/lib/chromium/chromium -c "
		for name, c := range map[string][]string{
			"python":                   {"/usr/bin/python3", "-c", connect + "ask(); s.recv(1)"},
			"called chromium":          {copied, "-c", connect + "ask(); s.recv(1)"},
			"chromium, since removed":  {removed, "-c", connect + "os.remove(os.environ['HOME'] + '/chrome'); ask(); s.recv(1)"},
			"not to be looked into":    {"/usr/bin/python3", "-c", connect + "import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0); ask(); s.recv(1)"},
			"socket in the post":       {"/usr/bin/python3", "-c", connect + "a, b = socket.socketpair(socket.AF_UNIX)\nask(); socket.send_fds(a, [b'x'], [s.fileno()]); s.close(); m, f, *_ = socket.recv_fds(b, 1, 1) if time.sleep(60) else (0, 0)"},
			"socket given to chromium": {"/usr/bin/python3", "-c", connect + given},
			"in chromium's place":      {"unshare", "-rm", "sh", "-c", mount + `"$0"`, connect + "ask(); s.recv(1)"},
			"gone from that place":     {"unshare", "-rm", "sh", "-c", gone + `"$0"`, connect + "os.remove('/usr/lib/chromium/chromium'); ask(); s.recv(1)"},
		} {
			t.Run(fmt.Sprint(name, " as ", uid), func(t *testing.T) {
				c := as(t, uid, dir, c[0], c[1:]...)
				c.Env = append(c.Env, fmt.Sprint("PORT=", l.port))
				var said strings.Builder
				c.Stderr = &said
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- c.Wait() }()
				select {
				case line := <-l.lines:
					t.Log(line)
					if !strings.HasPrefix(line, "no browser: ") {
						t.Error(line)
					}
				case <-time.After(patience):
					t.Errorf("nothing connected: %s", said.String())
				case err := <-ended:
					ended <- err
					select {
					case line := <-l.lines:
						t.Log(line)
						if !strings.HasPrefix(line, "no browser: ") && !strings.HasPrefix(line, "refused: ") {
							t.Error(line)
						}
					case <-time.After(patience):
						t.Errorf("it ended: %v: %s", err, said.String())
					}
				}
				syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
				<-ended
			})
		}
	}
}

// TestListedProgram: a program the administrator names counts as a browser.
func TestListedProgram(t *testing.T) {
	python, err := filepath.EvalSymlinks("/usr/bin/python3")
	if err != nil {
		t.Fatal(err)
	}
	uid := os.Getuid()
	dir := dirFor(t, uid)
	l := listen(t, uid, dir, "KYSO_TEST_PEER=strict", "KYSO_TEST_PROGRAM="+python)
	c := as(t, uid, dir, "/usr/bin/python3", "-c", connect+"ask(); s.recv(1)")
	c.Env = append(c.Env, fmt.Sprint("PORT=", l.port))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	if line := l.next(t); line != "taken" {
		t.Error(line)
	}
}

// TestHiddenBelowBrowser: a process that may not be looked into, below a browser,
// is taken, but not where the administrator wants to be sure.
func TestHiddenBelowBrowser(t *testing.T) {
	python, err := filepath.EvalSymlinks("/usr/bin/python3")
	if err != nil {
		t.Fatal(err)
	}
	all := users()
	uid := all[len(all)-1] // root may look into everything
	for mode, want := range map[string]string{"default": "taken", "strict": "no browser: "} {
		t.Run(mode, func(t *testing.T) {
			dir := dirFor(t, uid)
			l := listen(t, uid, dir, "KYSO_TEST_PEER="+mode, "KYSO_TEST_PROGRAM="+python)
			c := as(t, uid, dir, "/usr/bin/python3", "-c", `import os, ctypes
if os.fork():
	os.wait()
else:
	ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) # PR_SET_DUMPABLE
	exec(os.environ["ASK"])
`)
			c.Env = append(c.Env, fmt.Sprint("PORT=", l.port), "ASK="+connect+"ask(); s.recv(1)")
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			defer c.Wait()
			if line := l.next(t); !strings.HasPrefix(line, want) {
				t.Error(line)
			}
		})
	}
}

// BenchmarkCheck is what one connection costs on the machine as it is.
func BenchmarkCheck(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	check := Check(Options{Browsers: Strict})
	from, to := netip.MustParseAddrPort(conn.LocalAddr().String()), netip.MustParseAddrPort(l.Addr().String())
	for b.Loop() {
		if err := check(from, to); err != nil {
			b.Fatal(err)
		}
	}
}
