package nativehost

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"kyso/agent/internal/peer"
)

// pipePath is the pipe of this logon session's agent. Names of pipes are shared
// by everybody on the machine.
func pipePath() (path, sid string, err error) {
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", "", err
	}
	var session uint32
	if err := windows.ProcessIdToSessionId(uint32(os.Getpid()), &session); err != nil {
		return "", "", err
	}
	sid = me.User.Sid.String()
	return fmt.Sprintf(`\\.\pipe\kyso-host-%s-%d`, sid, session), sid, nil
}

// listen makes the pipe for this user alone, and not over the network; a pipe of
// that name that is there already is an error.
func listen() (net.Listener, error) {
	path, sid, err := pipePath()
	if err != nil {
		return nil, err
	}
	return winio.ListenPipe(path, &winio.PipeConfig{
		SecurityDescriptor: "D:P(D;;GA;;;NU)(A;;GA;;;" + sid + ")",
		InputBufferSize:    MaxFromExtension, OutputBufferSize: MaxFromExtension,
	})
}

// dial connects to this session's agent, and to nothing else that has made a
// pipe of this name; notRunning when there is none.
func dial(ctx context.Context) (net.Conn, error) {
	path, _, err := pipePath()
	if err != nil {
		return nil, err
	}
	conn, err := winio.DialPipeContext(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := peer.AgentProcess(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", errForeign, err)
	}
	return conn, nil
}

// notRunning tells whether the error of dial says that no agent listens.
func notRunning(err error) bool { return errors.Is(err, fs.ErrNotExist) }
