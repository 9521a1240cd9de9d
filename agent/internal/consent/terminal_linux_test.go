package consent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal with a `kyso ask` on it.
type terminal struct {
	t      *testing.T
	master *os.File
	stdin  io.WriteCloser
	cmd    *exec.Cmd
	out    bytes.Buffer // the child's standard output: the answer

	mu     sync.Mutex
	screen bytes.Buffer
}

func openTerminal(t *testing.T, q Question) *terminal {
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
	s := &terminal{t: t, master: os.NewFile(uintptr(fd), "ptmx"), cmd: exec.Command(os.Args[0])}
	s.cmd.Env = append(os.Environ(), roleVariable+"=ask", "DISPLAY=", "WAYLAND_DISPLAY=")
	s.cmd.Stdout = &s.out
	// The terminal is descriptor 3 of the child and becomes its /dev/tty.
	s.cmd.ExtraFiles = []*os.File{slave}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill(); s.master.Close() })
	if err := json.NewEncoder(s.stdin).Encode(q); err != nil {
		t.Fatal(err)
	}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := s.master.Read(b)
			s.mu.Lock()
			s.screen.Write(b[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *terminal) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

func (s *terminal) waitFor(text string) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); !strings.Contains(s.text(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%q never came; the terminal shows:\n%s", text, s.text())
		}
	}
}

// typeIn types, as a person does after reading.
func (s *terminal) typeIn(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *terminal) waitEcho(on bool) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		state, err := unix.IoctlGetTermios(int(s.master.Fd()), unix.TCGETS)
		if err != nil {
			s.t.Fatal(err)
		}
		if (state.Lflag&unix.ECHO != 0) == on {
			return
		}
	}
	s.t.Fatalf("echo never became %t", on)
}

func (s *terminal) answer() (Answer, error) {
	s.t.Helper()
	s.cmd.Wait()
	return parseReply(s.out.Bytes())
}

func TestTerminalPIN(t *testing.T) {
	s := openTerminal(t, testQuestion())
	s.waitFor("Mã PIN")
	s.waitEcho(false)
	s.typeIn("8642\n")
	a, err := s.answer()
	if err != nil || !a.Approved || a.Certificate != "c1" || string(a.PIN) != "8642" {
		t.Fatalf("%v, %v", a, err)
	}
	screen := s.text()
	if strings.Contains(screen, "8642") {
		t.Error("the PIN was echoed")
	}
	for _, want := range []string{"https://eoffice.kiengiang.gov.vn", "Tờ trình số 12", "đã có 2 chữ ký", "Trần Thị Ngọc Hưởng"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q was not shown:\n%s", want, screen)
		}
	}
	s.waitEcho(true)
}

func TestTerminalRefusal(t *testing.T) {
	s := openTerminal(t, testQuestion())
	s.waitFor("Mã PIN")
	s.waitEcho(false)
	s.typeIn("\n")
	if a, err := s.answer(); err != nil || a.Approved {
		t.Fatalf("%v, %v", a, err)
	}
	s.waitFor("Đã từ chối")
}

func TestTerminalChoiceAndPINPad(t *testing.T) {
	q := testQuestion()
	q.Language = "en"
	q.Certificates = append(q.Certificates, Certificate{ID: "pad", Holder: "Lê Văn An", PINPad: true, NotAfter: time.Now()})
	s := openTerminal(t, q)
	s.waitFor("from 1 to 2")
	s.typeIn("2\n")
	s.waitFor("Type “sign”")
	s.typeIn("sign\n")
	if a, err := s.answer(); err != nil || !a.Approved || a.Certificate != "pad" || a.PIN != nil {
		t.Fatalf("%v, %v", a, err)
	}
}

// manyDocuments is the largest batch, and some that were refused.
func manyDocuments() Question {
	q := testQuestion()
	for i := len(q.Documents); i < 500; i++ {
		d := q.Documents[0]
		d.Name, d.Pages, d.Size = fmt.Sprintf("Công văn số %d.pdf", i+1), 1, 1<<20
		q.Documents = append(q.Documents, d)
	}
	for i := range 6 {
		q.LeftOut = append(q.LeftOut, LeftOut{fmt.Sprintf("Bản quét hỏng %d.pdf", i+1), "Tài liệu PDF bị hỏng hoặc bị cắt cụt."})
	}
	return q
}

// TestTerminalManyDocuments: the question of a large batch fits the screen, and
// the whole list is there for whoever wants it, page by page.
func TestTerminalManyDocuments(t *testing.T) {
	s := openTerminal(t, manyDocuments())
	s.waitFor("Gõ “ds”")
	// 3+1 pages and 498 of one; 1,258,291 + 84,210 bytes and 498 MiB.
	for _, want := range []string{"Tài liệu sẽ ký (500)", "Tổng cộng: 502 trang, 499 MB", "… và 496 tài liệu khác\r\n", "KHÔNG ký (6)", "Bản quét hỏng 4.pdf – Tài liệu PDF bị hỏng", "… và 2 tài liệu khác không ký"} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("%q was not shown:\n%s", want, s.text())
		}
	}
	if n := strings.Count(s.text(), "\n"); n > 45 {
		t.Errorf("the question has %d lines", n)
	}
	s.typeIn("ds\n")
	s.waitFor("Dòng 1–10 trong 506")
	s.typeIn("\n")
	s.waitFor("Dòng 11–20 trong 506")
	if text := s.text(); !strings.Contains(text, "20. Công văn số 20.pdf") || strings.Contains(text, "21. Công văn số 21.pdf") {
		t.Error("the second page is not rows 11 to 20")
	}
	s.typeIn("q\n")
	s.waitFor("Gõ “ds”")
	s.typeIn("ds\n")
	for page := 1; page <= 50; page++ {
		s.waitFor(fmt.Sprintf("Dòng %d–%d trong 506", 10*page-9, 10*page))
		s.typeIn("\n")
	}
	s.waitFor("KHÔNG KÝ: Bản quét hỏng 6.pdf")
	s.typeIn("\n")
	s.waitFor("Mã PIN")
	s.waitEcho(false)
	s.typeIn("8642\n")
	if a, err := s.answer(); err != nil || !a.Approved || string(a.PIN) != "8642" {
		t.Fatalf("%v, %v", a, err)
	}
}

func TestTerminalWithdrawn(t *testing.T) {
	s := openTerminal(t, testQuestion())
	s.waitFor("Mã PIN")
	s.waitEcho(false)
	s.stdin.Close()
	if a, err := s.answer(); err == nil || a.Approved {
		t.Fatalf("%v, %v", a, err)
	}
	s.waitEcho(true) // the terminal is usable again
}

func TestNobodyToAsk(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	// A session of its own has no terminal.
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=ask")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, _ := cmd.StdinPipe()
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	json.NewEncoder(stdin).Encode(testQuestion())
	err := cmd.Wait()
	if _, reply := parseReply(out.Bytes()); err == nil || !errors.Is(reply, ErrNobodyToAsk) {
		t.Errorf("exit %v, reply %v; want ErrNobodyToAsk", err, reply)
	}
	// The same through Child, when this test itself has no terminal.
	if tty, err := os.Open("/dev/tty"); err == nil {
		tty.Close()
		return
	}
	if _, err := child(t, "ask").Ask(context.Background(), testQuestion()); !errors.Is(err, ErrNobodyToAsk) {
		t.Errorf("through Child: %v", err)
	}
}
