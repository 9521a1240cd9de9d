//go:build !windows

package nativehost

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"kyso/agent/internal/discovery"
)

// socketPath is the socket of this session's agent, beside the file that says
// where it is.
func socketPath() (string, error) {
	path, err := discovery.Path()
	if err != nil {
		return "", err
	}
	dir, name := filepath.Split(path)
	name = strings.TrimSuffix(strings.TrimPrefix(name, "agent-"), ".json")
	return filepath.Join(dir, "host-"+name+".sock"), nil
}

// listen makes the socket, which nobody else can reach: neither the folder nor
// the socket is open to others. (Who connects is looked at all the same.)
func listen() (net.Listener, error) {
	path, err := socketPath()
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	st, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	if !ok || !st.IsDir() || int(owner.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("%s is not this user's folder", dir)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, err
	}
	if st, err := os.Lstat(path); err == nil && st.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("%s is no socket", path)
	}
	// Made under another name, so that the socket is never there with other
	// rights, and takes the place of one that a crash left.
	temp := filepath.Join(dir, ".h"+rand.Text()[:8])
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	err = os.Chmod(temp, 0o600)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		l.Close()
		os.Remove(temp)
		return nil, err
	}
	made, err := os.Lstat(path)
	if err != nil {
		l.Close()
		return nil, err
	}
	return &socket{l, path, made}, nil
}

// socket is removed when it is closed, unless another one has its name.
type socket struct {
	net.Listener
	path string
	made fs.FileInfo
}

func (s *socket) Close() error {
	err := s.Listener.Close()
	if st, lost := os.Lstat(s.path); lost == nil && os.SameFile(st, s.made) {
		os.Remove(s.path)
	}
	return err
}

// dial connects to this session's agent; notRunning when there is none.
func dial(ctx context.Context) (net.Conn, error) {
	path, err := socketPath()
	if err != nil {
		return nil, err
	}
	st, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) != os.Geteuid() || st.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("%w: %s is not this user's socket", errForeign, path)
	}
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

// notRunning tells whether the error of dial says that no agent listens.
func notRunning(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}
