package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How long the program may take to end after it was asked.
const endPatience = 10 * time.Second

// processes finds the program among the user's processes: the same file with
// exactly the same arguments, so that its children in other roles, and
// programs that are merely called alike, do not count.
func (s *Service) processes() []int {
	exe, err := filepath.EvalSymlinks(s.exe)
	if err != nil {
		exe = s.exe // removed; it may still run
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		folder := "/proc/" + entry.Name()
		info, err := os.Stat(folder)
		if err != nil || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Getuid()) {
			continue
		}
		// An update replaces the file under a running program.
		link, err := os.Readlink(folder + "/exe")
		if err != nil || strings.TrimSuffix(link, " (deleted)") != exe {
			continue
		}
		line, err := os.ReadFile(folder + "/cmdline")
		if err != nil {
			continue
		}
		words := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		if slices.Equal(words[1:], s.args) {
			found = append(found, pid)
		}
	}
	return found
}

// endProcesses asks them to end and waits until they have.
func (s *Service) endProcesses() error {
	for _, pid := range s.processes() {
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("end process %d: %w", pid, err)
		}
	}
	for end := time.Now().Add(endPatience); len(s.processes()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("it still runs after %v", endPatience)
		}
	}
	return nil
}
