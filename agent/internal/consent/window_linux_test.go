package consent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// startDisplay starts an X server of its own for the test.
func startDisplay(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool", "zenity"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test needs the Debian packages xvfb, xdotool and zenity: %v", err)
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1000x800x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{write}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	var number int
	if _, err := fmt.Fscan(read, &number); err != nil {
		t.Fatalf("Xvfb did not tell its display: %v", err)
	}
	t.Setenv("DISPLAY", fmt.Sprintf(":%d", number))
	t.Setenv("WAYLAND_DISPLAY", "")
	// No accessibility bus, no settings of whoever runs the tests.
	t.Setenv("NO_AT_BRIDGE", "1")
	t.Setenv("HOME", t.TempDir())
	// A language that the system has no locale for.
	t.Setenv("LC_ALL", "vi_XX.UTF-8")
}

func xdotool(args ...string) string {
	out, _ := exec.Command("xdotool", args...).Output()
	return strings.TrimSpace(string(out))
}

// waitWindow waits for a window with the title and focuses it; there is no
// window manager that would.
func waitWindow(t *testing.T, title string) string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if id := xdotool("search", "--onlyvisible", "--name", title); id != "" {
			id = strings.Fields(id)[0]
			time.Sleep(minDwell + 300*time.Millisecond) // a person reads
			xdotool("windowfocus", "--sync", id)
			screenshot(t, title)
			return id
		}
	}
	t.Fatalf("no window %q", title)
	return ""
}

// screenshot leaves a picture for whoever wants to look at the windows: set
// KYSO_CONSENT_SCREENSHOTS to a folder. It needs ImageMagick.
func screenshot(t *testing.T, title string) {
	if folder := os.Getenv("KYSO_CONSENT_SCREENSHOTS"); folder != "" {
		name := folder + "/" + strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()+"-"+title+".png")
		if out, err := exec.Command("import", "-window", "root", name).CombinedOutput(); err != nil {
			t.Errorf("screenshot: %v: %s", err, out)
		}
	}
}

func waitNoWindow(t *testing.T, title string) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); xdotool("search", "--onlyvisible", "--name", title) != ""; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the window %q is still there", title)
		}
	}
}

type outcomeOf struct {
	answer Answer
	err    error
}

// askInWindow asks through a child, as the agent does.
func askInWindow(t *testing.T, ctx context.Context, q Question) <-chan outcomeOf {
	c := child(t, "ask")
	done := make(chan outcomeOf, 1)
	go func() {
		a, err := c.Ask(ctx, q)
		done <- outcomeOf{a, err}
	}()
	return done
}

func await(t *testing.T, done <-chan outcomeOf) (Answer, error) {
	t.Helper()
	select {
	case o := <-done:
		return o.answer, o.err
	case <-time.After(20 * time.Second):
		screenshot(t, "stuck")
		t.Fatal("no answer came")
		return Answer{}, nil
	}
}

func TestWindow(t *testing.T) {
	startDisplay(t)

	t.Run("PIN and Enter approve", func(t *testing.T) {
		done := askInWindow(t, t.Context(), testQuestion())
		waitWindow(t, "Yêu cầu ký số")
		xdotool("type", "73 91_5")
		xdotool("key", "Return")
		a, err := await(t, done)
		if err != nil || !a.Approved || a.Certificate != "c1" || string(a.PIN) != "73 91_5" {
			t.Errorf("%v (PIN %q), %v", a, a.PIN, err)
		}
		waitNoWindow(t, "Yêu cầu ký số")
	})

	t.Run("Escape refuses", func(t *testing.T) {
		done := askInWindow(t, t.Context(), testQuestion())
		waitWindow(t, "Yêu cầu ký số")
		xdotool("type", "1234")
		xdotool("key", "Escape")
		if a, err := await(t, done); err != nil || a.Approved || a.PIN != nil {
			t.Errorf("%v, %v", a, err)
		}
	})

	t.Run("an empty PIN asks again", func(t *testing.T) {
		done := askInWindow(t, t.Context(), testQuestion())
		first := waitWindow(t, "Yêu cầu ký số")
		xdotool("key", "Return")
		for xdotool("search", "--onlyvisible", "--name", "Yêu cầu ký số") == first {
			time.Sleep(20 * time.Millisecond)
		}
		waitWindow(t, "Yêu cầu ký số")
		xdotool("type", "1234")
		xdotool("key", "Return")
		if a, err := await(t, done); err != nil || string(a.PIN) != "1234" {
			t.Errorf("%v, %v", a, err)
		}
	})

	t.Run("a withdrawn question takes its window away", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := askInWindow(t, ctx, testQuestion())
		waitWindow(t, "Yêu cầu ký số")
		cancel()
		if a, err := await(t, done); !errors.Is(err, context.Canceled) || a.Approved {
			t.Errorf("%v, %v", a, err)
		}
		waitNoWindow(t, "Yêu cầu ký số")
	})

	t.Run("a killed child takes its window along", func(t *testing.T) {
		done := askInWindow(t, t.Context(), testQuestion())
		waitWindow(t, "Yêu cầu ký số")
		killChildren(t)
		if a, err := await(t, done); err == nil || a.Approved {
			t.Errorf("%v, %v", a, err)
		}
		waitNoWindow(t, "Yêu cầu ký số")
	})

	t.Run("documents, certificate, then the PIN pad", func(t *testing.T) {
		q := testQuestion()
		for i := len(q.Documents); i < 30; i++ {
			d := q.Documents[i%2]
			d.Name = fmt.Sprintf("--Quyết định <b>%d</b> & phụ lục\\n.pdf", i+1)
			q.Documents = append(q.Documents, d)
		}
		q.Certificates = append(q.Certificates,
			Certificate{ID: "pad", Holder: "Lê Văn & An", Issuer: "CA <i>thử</i>", PINPad: true, NotAfter: time.Now().AddDate(1, 0, 0)},
			Certificate{ID: "locked", Holder: "Phạm Khoá", PINState: PINLocked, NotAfter: time.Now()})
		done := askInWindow(t, t.Context(), q)
		waitWindow(t, "Danh sách tài liệu")
		xdotool("key", "Down")
		xdotool("key", "Return")
		waitNoWindow(t, "Danh sách tài liệu")
		waitWindow(t, "Yêu cầu ký số")
		xdotool("key", "Down")
		xdotool("key", "Return")
		time.Sleep(time.Second)
		waitWindow(t, "Yêu cầu ký số")
		xdotool("key", "Tab") // "Refuse" has the focus: Enter alone must not sign
		xdotool("key", "Return")
		a, err := await(t, done)
		if err != nil || !a.Approved || a.Certificate != "pad" || a.PIN != nil {
			t.Errorf("%v, %v", a, err)
		}
	})

	t.Run("500 documents", func(t *testing.T) {
		done := askInWindow(t, t.Context(), manyDocuments())
		waitWindow(t, "Danh sách tài liệu")
		xdotool("key", "End")
		screenshot(t, "end of the list")
		xdotool("key", "Return")
		waitNoWindow(t, "Danh sách tài liệu")
		waitWindow(t, "Yêu cầu ký số")
		xdotool("type", "1234")
		xdotool("key", "Return")
		if a, err := await(t, done); err != nil || !a.Approved || string(a.PIN) != "1234" {
			t.Errorf("%v, %v", a, err)
		}
	})

	t.Run("an approval too quick to be meant is asked again", func(t *testing.T) {
		q := testQuestion()
		var done <-chan outcomeOf
		start := time.Now()
		for again := true; again; {
			asked := time.Now()
			done = askInWindow(t, t.Context(), q)
			typed := ""
			for end := asked.Add(15 * time.Second); typed == "" && time.Now().Before(end); {
				if id := xdotool("search", "--onlyvisible", "--name", "Yêu cầu ký số"); id != "" {
					xdotool("windowfocus", id)
					xdotool("type", "--delay", "0", "1234")
					xdotool("key", "Return")
					typed = id
				}
			}
			took := time.Since(asked)
			select {
			case o := <-done:
				if took < minDwell {
					t.Fatalf("believed at once: %v, %v", o.answer, o.err)
				}
				// The machine is too busy to be quick: once more.
				again = time.Since(start) < time.Minute
			case <-time.After(1500 * time.Millisecond):
				again = false
			}
		}
		waitWindow(t, "Yêu cầu ký số")
		xdotool("key", "Escape")
		if a, err := await(t, done); err != nil || a.Approved {
			t.Errorf("%v, %v", a, err)
		}
	})
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
	startDisplay(t)
	if !displayAnswers() {
		t.Error("a real display was not found")
	}
}
