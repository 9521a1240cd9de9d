package audit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"kyso/agent/internal/audit"
)

// TestWriter is no test: with KYSO_TEST_AUDIT set to a folder it is a process
// that writes records there, KYSO_TEST_COUNT of them, and tells of each on its
// standard output when it is on the disk.
func TestWriter(t *testing.T) {
	dir := os.Getenv("KYSO_TEST_AUDIT")
	if dir == "" {
		return
	}
	if limit := os.Getenv("KYSO_TEST_LIMIT"); limit != "" {
		n, err := strconv.ParseUint(limit, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			t.Fatal(err)
		}
	}
	count, err := strconv.Atoi(os.Getenv("KYSO_TEST_COUNT"))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, dir, clockAt(start))
	for i := range count {
		e := approved
		e.Request = fmt.Sprintf("%d-%d", os.Getpid(), i)
		// Some lines are long enough to be caught in the middle.
		if i%3 == 0 {
			e.Documents = make([]audit.Document, 500)
			for j := range e.Documents {
				e.Documents[j] = audit.Document{Name: strings.Repeat("ả", 120), Size: int64(j), SHA256: strings.Repeat("0", 64)}
			}
		}
		if err := l.Append(context.Background(), e); err != nil {
			fmt.Println("error", err)
			continue
		}
		fmt.Println("written", e.Request)
	}
}

func writer(t *testing.T, dir string, count int, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "^TestWriter$")
	cmd.Env = append(os.Environ(), append(env, "KYSO_TEST_AUDIT="+dir, "KYSO_TEST_COUNT="+strconv.Itoa(count))...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// requests are those of the records in a log.
func requests(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	err := audit.Read(context.Background(), dir, func(r audit.Record, _ []byte) error {
		found[r.Request] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestSeveralProcesses: four processes write into one log, each many records, and
// every one is there, once, in one chain.
func TestSeveralProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	const processes, each = 4, 20
	var all []*exec.Cmd
	for range processes {
		cmd := writer(t, dir, each)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	f := verify(t, dir)
	if f.Problem != nil || f.Records != processes*each || f.Interrupted != 0 || len(requests(t, dir)) != processes*each {
		t.Errorf("%+v %+v", f, f.Problem)
	}
}

// TestKilled kills a writer again and again: whatever it said is written is
// there, and the chain holds.
func TestKilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	killed := 0
	promised := make(map[string]bool)
	for round := range 25 {
		cmd := writer(t, dir, 1000)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		s := bufio.NewScanner(out)
		for n := 0; s.Scan(); n++ {
			word, request, _ := strings.Cut(s.Text(), " ")
			if word == "error" {
				t.Errorf("the log does not go on: %s", request)
			}
			if word == "written" {
				promised[request] = true
			}
			if n == round%4 {
				// At another moment of the next record each time.
				time.AfterFunc(time.Duration(round)*300*time.Microsecond, func() { cmd.Process.Kill() })
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
			killed++
		}
		if f := verify(t, dir); f.Problem != nil {
			t.Fatalf("round %d: %+v", round, *f.Problem)
		}
	}
	add(t, open(t, dir, clockAt(start)), signed)
	f, found := verify(t, dir), requests(t, dir)
	if f.Problem != nil || killed < 20 {
		t.Errorf("%d killed, %+v", killed, f)
	}
	for r := range promised {
		if !found[r] {
			t.Errorf("record %s is lost", r)
		}
	}
	t.Logf("%d killed, %d records, %d cut short", killed, f.Records, f.Interrupted)
}

// TestNoRoom: a record the disk has no room for is an error, leaves nothing of
// itself, and the log goes on once there is room.
func TestNoRoom(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	add(t, open(t, dir, clockAt(start)), approved)
	// Of three records the first, which is long, does not fit, the others do.
	out, err := writer(t, dir, 3, "KYSO_TEST_LIMIT=100000").Output()
	if err != nil || strings.Count(string(out), "error") != 1 || !strings.Contains(string(out), "file too large") || strings.Count(string(out), "written") != 2 {
		t.Errorf("%v: %s", err, out)
	}
	if f := verify(t, dir); f.Problem != nil || f.Records != 3 || f.Interrupted != 0 {
		t.Errorf("%+v %+v", f, f.Problem)
	}
	add(t, open(t, dir, clockAt(start)), signed)
	if f := verify(t, dir); f.Problem != nil || f.Records != 4 {
		t.Errorf("%+v %+v", f, f.Problem)
	}
}

// TestUnusableFolder: what is no folder of the person's alone is not used.
func TestUnusableFolder(t *testing.T) {
	base := t.TempDir()
	target := filepath.Join(base, "target")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	link, file := filepath.Join(base, "link"), filepath.Join(base, "file")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{link, file, "/dev/null/audit"} {
		if err := open(t, dir, clockAt(start)).Append(context.Background(), approved); err == nil {
			t.Errorf("%s was written to", dir)
		}
	}
	// One that others may look into is closed to them.
	add(t, open(t, target, clockAt(start)), approved)
	if st, err := os.Stat(target); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	// A link in a file's place is not followed.
	stranger := filepath.Join(base, "stranger.jsonl")
	month := filepath.Join(target, "2027-01.jsonl")
	if err := os.Symlink(stranger, month); err != nil {
		t.Fatal(err)
	}
	if err := open(t, target, clockAt(start.AddDate(0, 2, 0))).Append(context.Background(), approved); err == nil {
		t.Error("a link was followed")
	}
	if _, err := os.Stat(stranger); err == nil {
		t.Error("a file was made behind a link")
	}
}
