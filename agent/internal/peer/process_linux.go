package peer

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// maxProcesses bounds the processes of one look. Systems allow a user fewer.
	maxProcesses = 65_536
	// maxDescriptors bounds the open files of one look: half a second. A desktop
	// has ten thousand.
	maxDescriptors = 300_000
	// maxAncestors bounds the way up: a browser's processes are three below it.
	maxAncestors = 16
)

var errTooMany = errors.New("this user has too many open files to look through")

// process is one of /proc. Its folder is held open, so that all questions are
// answered for the same process, or not at all.
type process struct {
	pid    int
	folder int
}

func openProcess(pid int) (process, error) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	return process{pid, fd}, err
}

func (p process) close() { unix.Close(p.folder) }

// link reads one of the process's links: "exe", "ns/mnt".
func (p process) link(name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(p.folder, name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// text reads the beginning of one of the process's files.
func (p process) text(name string) string {
	fd, err := unix.Openat(p.folder, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// parent is the process above; 0 when there is none.
func (p process) parent() int {
	// stat is "pid (name) state ppid ...", and the name may hold anything.
	stat := p.text("stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	ppid, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return ppid
}

// user is who the process runs for; -1 when it is not told.
func (p process) user() int {
	for line := range strings.Lines(p.text("status")) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Uid:" {
			if uid, err := strconv.Atoi(fields[1]); err == nil {
				return uid
			}
		}
	}
	return -1
}

// seen is what a look at this user's processes found.
type seen struct {
	holding []process // those that hold the socket
	hidden  []int     // those, maybe another user's, whose open files may not be seen
}

func (s *seen) close() {
	for _, p := range s.holding {
		p.close()
	}
}

// scan looks through the open files of all of this user's processes.
func scan(inode uint64) (*seen, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, errUnknown
	}
	names, err := proc.Readdirnames(maxProcesses)
	proc.Close()
	if err != nil {
		return nil, errUnknown
	}
	s, left := &seen{}, maxDescriptors
	want := []byte("socket:[" + strconv.FormatUint(inode, 10) + "]")
	me, shown := os.Getuid(), false
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		p, err := openProcess(pid)
		if err != nil {
			continue // it has ended
		}
		keep := false
		var st unix.Stat_t
		if unix.Fstat(p.folder, &st) == nil && (int(st.Uid) == me || st.Uid == 0) {
			shown = shown || pid == os.Getpid()
			found, err := p.holds(want, &left)
			switch {
			case found:
				s.holding, keep = append(s.holding, p), true
			case errors.Is(err, unix.EACCES):
				// What may not be looked into belongs to root in /proc, or is
				// guarded by a security module.
				s.hidden = append(s.hidden, pid)
			}
		}
		if !keep {
			p.close()
		}
		if left <= 0 {
			s.close()
			return nil, errors.Join(ErrNotBrowser, errTooMany)
		}
	}
	if !shown {
		s.close()
		return nil, errUnknown // another process's view: this one's own is missing
	}
	return s, nil
}

// holds tells whether want is among the process's open files, and takes what
// was looked at from left.
func (p process) holds(want []byte, left *int) (bool, error) {
	fd, err := unix.Openat(p.folder, "fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false, err
	}
	dir := os.NewFile(uintptr(fd), "fd")
	defer dir.Close()
	link := make([]byte, 64) // a socket's is shorter
	for *left > 0 {
		names, err := dir.Readdirnames(256)
		*left -= len(names)
		for _, name := range names {
			n, err := unix.Readlinkat(fd, name, link)
			if err == nil && bytes.Equal(link[:n], want) {
				return true, nil
			}
			if errors.Is(err, unix.EACCES) {
				return false, err
			}
		}
		if err != nil {
			break
		}
	}
	return false, nil
}
