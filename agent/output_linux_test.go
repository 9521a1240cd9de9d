package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"kyso/agent/internal/demo"
	"kyso/agent/internal/signing/signingtest"
)

// program is kyso itself, built once for the tests that kill it.
func program(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "kyso")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// largeWorld writes a document and the keys into dir.
func largeWorld(t *testing.T, dir string, size int64) string {
	t.Helper()
	if err := writeWorld(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "in.pdf")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := signingtest.LargePDF(f, size); err != nil {
		t.Fatal(err)
	}
	return name
}

func signCommand(exe, dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(exe, append([]string{"--lang", "en", "sign", "--pin-stdin", "--key", "p12:" + filepath.Join(dir, "person.p12")}, args...)...)
	cmd.Stdin = strings.NewReader(demo.PIN + "\n")
	return cmd
}

// temporary lists the temporary files of a folder.
func temporary(dir string) (found []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if tempName.MatchString(e.Name()) {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found
}

// TestKilled kills kyso sign at many moments while it writes a large document:
// the original is untouched, and under the final name there is nothing, what
// was there before, or the whole signed document.
func TestKilled(t *testing.T) {
	exe, keys, dir := program(t), t.TempDir(), t.TempDir()
	const size = 60 << 20
	in := largeWorld(t, keys, size)
	before, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.pdf")
	if err := os.WriteFile(out, []byte("an older file"), 0o600); err != nil {
		t.Fatal(err)
	}
	inMiddle, killed := 0, 0
	for _, part := range []int64{1, size / 4, size / 2, size * 3 / 4, size} {
		cmd := signCommand(exe, keys, "--force", in, out)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
		// Killed as soon as so much of the output is written.
	watch:
		for {
			select {
			case <-ended:
				break watch
			default:
			}
			for _, name := range temporary(dir) {
				if st, err := os.Stat(name); err == nil && st.Size() >= part {
					cmd.Process.Kill()
					<-ended
					break watch
				}
			}
		}
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			killed++
		}
		switch got, err := os.ReadFile(out); {
		case err != nil:
			t.Errorf("the older file is gone: %v", err)
		case string(got) == "an older file":
		case len(got) <= len(before) || !bytes.HasPrefix(got, before):
			t.Errorf("killed at %d: %d bytes are under the final name, neither the older file nor a signed one", part, len(got))
		}
		inMiddle += len(temporary(dir))
		for _, name := range temporary(dir) {
			old := time.Now().Add(-2 * time.Hour)
			if err := os.Chtimes(name, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	if killed == 0 || inMiddle == 0 {
		t.Errorf("%d runs were killed, %d in the middle of the output", killed, inMiddle)
	}
	if after, err := os.ReadFile(in); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the original has changed: %v", err)
	}
	// The next run takes away what is left, and signs.
	if o, err := signCommand(exe, keys, "--force", in, out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, o)
	}
	wantFiles(t, dir, "out.pdf")
	if got, err := exec.Command("pdfsig", "-nocert", out).CombinedOutput(); err != nil || !bytes.Contains(got, []byte("Signature is Valid")) {
		t.Errorf("pdfsig: %v: %s", err, got)
	}
}

// smallDisk mounts a file system of a few megabytes, or, without the right to,
// gives "".
func smallDisk(t *testing.T, megabytes string) string {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+megabytes+"m"); err != nil {
		return ""
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// TestDiskFull: a document the disk has no room for is one clear error, and
// leaves nothing. Of a batch the others are there.
func TestDiskFull(t *testing.T) {
	exe, keys := program(t), t.TempDir()
	in := largeWorld(t, keys, 3<<20)
	dir := smallDisk(t, "10")
	limit := "" // in blocks of 1024 bytes
	if dir == "" {
		// Without the right to mount, a bound on the size of files fails the same
		// writes with EFBIG.
		dir, limit = t.TempDir(), "ulimit -f 2000; exec env --block-signal=XFSZ "
	}
	run := func(args ...string) (string, int) {
		t.Helper()
		cmd := signCommand(exe, keys, args...)
		if limit != "" {
			shell := exec.Command("bash", append([]string{"-c", limit + `"$@"`, "sh"}, cmd.Args...)...)
			shell.Stdin = cmd.Stdin
			cmd = shell
		}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return out.String(), cmd.ProcessState.ExitCode()
	}
	if limit == "" {
		// Three of 3 MB fit onto 10 MB.
		var names []string
		for _, name := range []string{"1.pdf", "2.pdf", "3.pdf", "4.pdf", "5.pdf"} {
			names = append(names, filepath.Join(keys, name))
			copyFile(t, in, names[len(names)-1])
		}
		out, code := run(append([]string{"--on-error", "continue", "--to", dir}, names...)...)
		signed, _ := filepath.Glob(filepath.Join(dir, "*.pdf"))
		if code != exitSomeSigned || len(signed) < 2 || len(signed) > 3 || strings.Count(out, "no room left") != 5-len(signed) || strings.Contains(out, tempPrefix) && !strings.Contains(out, "[") {
			t.Errorf("exit %d, %d signed:\n%s", code, len(signed), out)
		}
		if len(temporary(dir)) != 0 {
			t.Error("temporary files are left")
		}
		for _, name := range signed {
			if got, err := exec.Command("pdfsig", "-nocert", name).CombinedOutput(); err != nil || !bytes.Contains(got, []byte("Signature is Valid")) {
				t.Errorf("pdfsig %s: %v: %s", name, err, got)
			}
		}
	}
	big := filepath.Join(keys, "big.pdf")
	f, err := os.Create(big)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signingtest.LargePDF(f, 11<<20); err != nil {
		t.Fatal(err)
	}
	f.Close()
	name := filepath.Join(dir, "big.pdf")
	out, code := run(big, name)
	if code != exitNoneSigned || strings.Count(out, "\n") != 1 || !strings.Contains(out, "no room left") {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, err := os.Lstat(name); err == nil || len(temporary(dir)) != 0 {
		t.Error("something is left of it")
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	r, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
}

// TestReadOnlyFolder: found out before the PIN is looked at.
func TestReadOnlyFolder(t *testing.T) {
	exe, keys := program(t), t.TempDir()
	in := largeWorld(t, keys, 1000)
	dir := smallDisk(t, "1")
	if dir != "" { // root may write anywhere else
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	} else if os.Geteuid() == 0 {
		dir = "/proc"
	} else {
		dir = t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{in, filepath.Join(dir, "out.pdf")}, {"--to", dir, in}} {
		cmd := signCommand(exe, keys, args...)
		cmd.Stdin = strings.NewReader("wrong\n")
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("Nothing can be written into "+dir)) || bytes.Contains(out, []byte("PIN_INCORRECT")) {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
}

// TestInterrupt: Ctrl-C ends a batch between documents, and says how far it came.
func TestInterrupt(t *testing.T) {
	exe, keys, dir := program(t), t.TempDir(), t.TempDir()
	in := largeWorld(t, keys, 100_000)
	var names []string
	for i := range 300 {
		name := filepath.Join(keys, "d"+strings.Repeat("x", i%30)+string(rune('a'+i/30))+".pdf")
		copyFile(t, in, name)
		names = append(names, name)
	}
	cmd := signCommand(exe, keys, append([]string{"--to", dir}, names...)...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if done, _ := filepath.Glob(filepath.Join(dir, "*.pdf")); len(done) >= 10 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	done, _ := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if code := cmd.ProcessState.ExitCode(); code != exitSomeSigned || len(done) == 300 || strings.Count(out.String(), "\n") != len(done) || !strings.Contains(said.String(), "Stopped as asked") {
		t.Errorf("exit %d, %d files, told of %d:\n%.600s", code, len(done), strings.Count(out.String(), "\n"), said.String())
	}
	if len(temporary(dir)) != 0 {
		t.Error("temporary files are left")
	}
	for _, name := range done[:3] {
		if got, err := exec.Command("pdfsig", "-nocert", name).CombinedOutput(); err != nil || !bytes.Contains(got, []byte("Signature is Valid")) {
			t.Errorf("pdfsig: %v: %s", err, got)
		}
	}
}
