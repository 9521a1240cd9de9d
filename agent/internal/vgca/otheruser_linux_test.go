package vgca_test

import (
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/vgca"
)

// TestOtherUser connects as another user of this machine, with the headers of an
// allowed page, which only root can arrange.
func TestOtherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be two users")
	}
	a := newAgent(t, setting{change: func(o *vgca.Options) { o.Peer = bridge.SameUser }})
	a.server.SetTiming(500*time.Millisecond, time.Second) // an answered handshake ends soon
	dir, err := os.MkdirTemp("", "other")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ca := filepath.Join(dir, "ca.pem")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.ca.Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	handshake := fmt.Sprintf("GET /GetCertInfo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
		a.server.Port(), a.office.URL)
	ask := func(uid uint32) string {
		t.Helper()
		cmd := exec.Command("timeout", "20", "openssl", "s_client", "-quiet", "-verify_return_error", "-verifyCAfile", ca, "-CAfile", ca, "-connect", fmt.Sprintf("127.0.0.1:%d", a.server.Port()))
		cmd.Dir = "/"
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "OPENSSL_CONF=/dev/null"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		cmd.Stdin = strings.NewReader(handshake)
		out, _ := cmd.Output() // it ends as the other side likes
		line, _, _ := strings.Cut(string(out), "\r\n")
		return line
	}
	if line := ask(0); line != "HTTP/1.1 101 Switching Protocols" {
		t.Errorf("this user: %q", line)
	}
	if line := ask(65534); line != "HTTP/1.1 403 Forbidden" {
		t.Errorf("another user: %q", line)
	}
}
