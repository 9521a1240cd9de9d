package consent

import (
	"bufio"
	"context"
	"encoding/binary"
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

// enough is how long a test waits for something to happen: long, because many
// tests may run at once on a slow machine.
const enough = 20 * time.Second

// eventually waits until done is true.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(enough); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			screenshot(t, "stuck")
			t.Fatalf("not within %v: %s", enough, what)
		}
	}
}

// startDisplay starts an X server of its own for the test; it writes its number
// into descriptor 3. A server that starts over when its last client has left
// would turn away the next one that comes meanwhile, which is then a refusal.
func startDisplay(t *testing.T, program string, args ...string) (stop func()) {
	t.Helper()
	need(t, program, "xdotool", "zenity")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	server := exec.Command(program, append([]string{"-displayfd", "3", "-nolisten", "tcp", "-noreset"}, args...)...)
	server.ExtraFiles = []*os.File{write}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	stop = func() { server.Process.Kill(); server.Wait() }
	t.Cleanup(stop)
	var number int
	if _, err := fmt.Fscan(read, &number); err != nil {
		t.Fatalf("%s did not tell its display: %v", program, err)
	}
	t.Setenv("DISPLAY", fmt.Sprintf(":%d", number))
	t.Setenv("WAYLAND_DISPLAY", "")
	// No accessibility bus but the test's, no settings of whoever runs it.
	t.Setenv("NO_AT_BRIDGE", "1")
	t.Setenv("HOME", t.TempDir())
	// A language that the system has no locale for.
	t.Setenv("LC_ALL", "vi_XX.UTF-8")
	return stop
}

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test needs the packages that installer/linux/debian-packages.sh test installs: %v", err)
		}
	}
}

// screenshot leaves a picture for whoever wants to look at the windows: set
// KYSO_CONSENT_SCREENSHOTS to a folder. It needs ImageMagick.
func screenshot(t *testing.T, title string) {
	if folder := os.Getenv("KYSO_CONSENT_SCREENSHOTS"); folder != "" {
		name := folder + "/" + strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()+"-"+title+".png")
		if out, err := exec.Command("import", "-window", "root", name).CombinedOutput(); err != nil {
			t.Logf("screenshot: %v: %s", err, out)
		}
	}
}

func xdotool(args ...string) string {
	out, _ := exec.Command("xdotool", args...).Output()
	return strings.TrimSpace(string(out))
}

// person is keyboard and mouse of a screen that is looked at over the network:
// for its X server they are devices of their own, as real ones are, and not
// XTEST's.
type person struct {
	screen net.Conn
	// unplug ends the X server.
	unplug func()
}

// startScreen starts an X server with a person at it.
func startScreen(t *testing.T) *person {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "rfb")
	p := new(person)
	p.unplug = startDisplay(t, "Xvnc", "-geometry", "1024x768", "-depth", "24", "-SecurityTypes", "None", "-rfbport", "-1", "-rfbunixpath", socket)
	eventually(t, "the screen takes connections", func() (up bool) {
		var err error
		p.screen, err = net.Dial("unix", socket)
		return err == nil
	})
	t.Cleanup(func() { p.screen.Close() })
	if err := p.greet(); err != nil {
		t.Fatalf("greet the screen: %v", err)
	}
	go io.Copy(io.Discard, p.screen)
	return p
}

// greet is the handshake of RFC 6143, 7.1 to 7.3, without security.
func (p *person) greet() error {
	p.screen.SetDeadline(time.Now().Add(enough))
	defer p.screen.SetDeadline(time.Time{})
	in := bufio.NewReader(p.screen)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	io.WriteString(p.screen, "RFB 003.008\n")
	kinds, err := in.ReadByte()
	if err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, in, int64(kinds)); err != nil {
		return err
	}
	p.screen.Write([]byte{1}) // None
	var result, length uint32
	if err := binary.Read(in, binary.BigEndian, &result); err != nil || result != 0 {
		return fmt.Errorf("refused: %d, %w", result, err)
	}
	p.screen.Write([]byte{1}) // shared
	if _, err := io.CopyN(io.Discard, in, 20); err != nil {
		return err
	}
	if err := binary.Read(in, binary.BigEndian, &length); err != nil {
		return err
	}
	_, err = io.CopyN(io.Discard, in, int64(length))
	return err
}

// key presses and releases a key, with those before it held.
func (p *person) key(keys ...uint32) {
	send := func(key uint32, down byte) {
		binary.Write(p.screen, binary.BigEndian, struct {
			Kind, Down byte
			_          uint16
			Key        uint32
		}{4, down, 0, key})
	}
	for _, k := range keys {
		send(k, 1)
	}
	for i := len(keys) - 1; i >= 0; i-- {
		send(keys[i], 0)
	}
}

// types types characters of ASCII.
func (p *person) types(text string) {
	for _, r := range text {
		p.key(uint32(r))
	}
}

// move moves the mouse.
func (p *person) move(x, y int) { p.mouse(x, y, 0) }

// click presses and releases the first button.
func (p *person) click(x, y int) {
	p.mouse(x, y, 0)
	p.mouse(x, y, 1)
	p.mouse(x, y, 0)
}

func (p *person) mouse(x, y int, buttons byte) {
	binary.Write(p.screen, binary.BigEndian, struct {
		Kind, Buttons byte
		X, Y          uint16
	}{5, buttons, uint16(x), uint16(y)})
}

type outcomeOf struct {
	answer Answer
	err    error
}

// askInWindow asks through a child, as the agent does.
func askInWindow(t *testing.T, ctx context.Context, role string, q Question, live Live) <-chan outcomeOf {
	c := child(t, role)
	done := make(chan outcomeOf, 1)
	go func() {
		a, err := c.AskLive(ctx, q, live)
		done <- outcomeOf{a, err}
	}()
	return done
}

func await(t *testing.T, done <-chan outcomeOf) (Answer, error) {
	t.Helper()
	select {
	case o := <-done:
		return o.answer, o.err
	case <-time.After(enough):
		screenshot(t, "stuck")
		t.Fatal("no answer came")
		return Answer{}, nil
	}
}

// unanswered makes sure that no answer has come.
func unanswered(t *testing.T, done <-chan outcomeOf) {
	t.Helper()
	select {
	case o := <-done:
		t.Fatalf("answered: %v, %v", o.answer, o.err)
	default:
	}
}

// withdraw ends a question that nobody answered.
func withdraw(t *testing.T, cancel context.CancelFunc, done <-chan outcomeOf) {
	t.Helper()
	unanswered(t, done)
	cancel()
	if a, err := await(t, done); !errors.Is(err, context.Canceled) || a.Approved {
		t.Errorf("%v, %v", a, err)
	}
}

// killChildren kills the children of this test program that ask.
func killChildren(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	killed := false
	for _, e := range entries {
		status, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		var pid, parent int
		var name, state string
		if n, _ := fmt.Sscan(string(status), &pid, &name, &state, &parent); n == 4 && parent == os.Getpid() && strings.Contains(name, "consent") {
			if p, err := os.FindProcess(pid); err == nil {
				p.Kill()
				killed = true
			}
		}
	}
	if !killed {
		t.Fatal("no child to kill")
	}
}

// A shell may outlive the display its environment names.
func TestDisplayThatIsGone(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for _, row := range []struct{ x, wayland string }{
		{":4095", ""}, {":4095.0", "wayland-7"}, {"", "wayland-7"}, {"", "/nonexistent/wayland"}, {"", ""}, {"nonsense", ""}, {":x", ""},
	} {
		t.Setenv("DISPLAY", row.x)
		t.Setenv("WAYLAND_DISPLAY", row.wayland)
		if displayAnswers() {
			t.Errorf("DISPLAY=%q WAYLAND_DISPLAY=%q: taken for a display", row.x, row.wayland)
		}
	}
	startDisplay(t, "Xvfb")
	if !displayAnswers() {
		t.Error("a real display was not found")
	}
}
