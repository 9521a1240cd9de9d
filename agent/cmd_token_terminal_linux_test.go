package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// softToken makes a token in software and gives the environment that has it.
func softToken(t *testing.T, labels ...string) []string {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+dir+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "SOFTHSM2_CONF="+conf, "XDG_CONFIG_HOME="+dir, "LANG=vi_VN.UTF-8", "LC_ALL=")
	for _, label := range labels {
		init := exec.Command("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", "2468013579")
		init.Env = env
		if out, err := init.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	return env
}

// typist is a person at a pseudo-terminal on which kyso runs.
type typist struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
	dark   chan struct{} // closed when nothing more comes

	mu     sync.Mutex
	screen bytes.Buffer
	seen   int // of the screen
}

func onTerminal(t *testing.T, env []string, args ...string) *typist {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("open a pseudo-terminal: %v", err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	p := &typist{t: t, master: os.NewFile(uintptr(fd), "ptmx"), cmd: exec.Command(kysoForTests(t), args...), dark: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = slave, slave, slave
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill(); p.master.Close() })
	go func() {
		defer close(p.dark)
		b := make([]byte, 4096)
		for {
			n, err := p.master.Read(b)
			p.mu.Lock()
			p.screen.Write(b[:n])
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return p
}

// kysoForTests is a program that runs as kyso does: this test binary under that
// name, by which package testscript knows it.
func kysoForTests(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A copy and no link: kyso starts its children by what it was started from.
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "kyso")
	if err := os.WriteFile(name, program, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// shown is what is on the screen.
func (p *typist) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

// sees waits for something on the screen that was not there before.
func (p *typist) sees(text string) {
	p.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		screen := p.shown()
		if at := strings.Index(screen[p.seen:], text); at >= 0 {
			p.seen += at + len(text)
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// answer waits for a question and types a line.
func (p *typist) answer(question, line string) {
	p.t.Helper()
	p.sees(question)
	// The question stands on the screen before echo is off: a person is slower.
	for deadline := time.Now().Add(20 * time.Second); strings.Contains(question, "PIN"); time.Sleep(5 * time.Millisecond) {
		state, err := unix.IoctlGetTermios(int(p.master.Fd()), unix.TCGETS)
		if err != nil {
			p.t.Fatal(err)
		}
		if state.Lflag&unix.ECHO == 0 {
			break
		}
		if time.Now().After(deadline) {
			p.t.Fatal("the terminal shows what is typed")
		}
	}
	if _, err := p.master.WriteString(line + "\n"); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the end and gives the exit code.
func (p *typist) ends() int {
	p.t.Helper()
	done := make(chan error, 1)
	go func() {
		err := p.cmd.Wait()
		<-p.dark // the last of the terminal's users has gone
		done <- err
	}()
	select {
	case <-done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(30 * time.Second):
		p.t.Fatalf("it does not end:\n%s", p.shown())
	}
	return -1
}

func TestChangePINOnTerminal(t *testing.T) {
	env := softToken(t, "Thẻ thử", "Thẻ khác")
	p := onTerminal(t, env, "token", "change-pin", "--module", softHSM)
	p.answer("Chọn số:", "9")
	if p.ends() != exitFailed {
		t.Errorf("a number that is none:\n%s", p.shown())
	}

	p = onTerminal(t, env, "token", "change-pin", "--module", softHSM, "Thẻ thử")
	p.answer("PIN hiện tại:", "2468013579")
	p.answer("PIN mới:", "Kyso2026")
	p.answer("Nhập lại PIN mới:", "Kyso2027")
	if p.ends() != exitFailed || !strings.Contains(p.shown(), "không giống nhau") {
		t.Errorf("another PIN the second time:\n%s", p.shown())
	}

	p = onTerminal(t, env, "token", "change-pin", "--module", softHSM, "Thẻ thử")
	p.answer("PIN hiện tại:", "")
	if p.ends() != exitFailed || !strings.Contains(p.shown(), "không mất lần thử nào") {
		t.Errorf("nothing typed:\n%s", p.shown())
	}

	p = onTerminal(t, env, "token", "change-pin", "--module", softHSM, "Thẻ thử")
	p.sees("dài 4 đến 255 ký tự")
	p.answer("PIN hiện tại:", "2468013579")
	p.answer("PIN mới:", "Kyso2026")
	p.answer("Nhập lại PIN mới:", "Kyso2026")
	if p.ends() != exitOK || !strings.Contains(p.shown(), "Đã đổi PIN") {
		t.Errorf("not changed:\n%s", p.shown())
	}
	for _, secret := range []string{"2468013579", "Kyso2026"} {
		if strings.Contains(p.shown(), secret) {
			t.Errorf("%s is on the screen:\n%s", secret, p.shown())
		}
	}
	check := exec.Command("pkcs11-tool", "--module", softHSM, "--token-label", "Thẻ thử", "--login", "--pin", "Kyso2026", "--list-objects")
	check.Env = env
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("the new PIN does not open the token: %v %s", err, out)
	}
}

// An interrupt while a PIN is typed leaves the terminal as it was.
func TestInterruptWhileTyping(t *testing.T) {
	env := softToken(t, "Thẻ thử")
	p := onTerminal(t, env, "token", "unlock", "--module", softHSM)
	p.sees("đừng thử")
	p.sees("SO PIN hoặc PUK: ")
	p.cmd.Process.Signal(os.Interrupt)
	if p.ends() != exitFailed || !strings.Contains(p.shown(), "Đã dừng theo yêu cầu") {
		t.Errorf("interrupted:\n%s", p.shown())
	}
}
