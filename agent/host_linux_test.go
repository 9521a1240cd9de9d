package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/audit"
	"kyso/agent/internal/truststore"
)

const (
	extensionOrigin = "chrome-extension://macengpdlehkbnphmgbiaalindljbkom"
	otherExtension  = "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// desk is a person's session in a folder of the test. This test is its browser.
type desk struct {
	t      *testing.T
	dir    string
	kyso   string
	policy string
	env    []string
}

func newDesk(t *testing.T, kyso string) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "kyso-host-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, dir: dir, kyso: kyso, policy: filepath.Join(dir, "policy.json")}
	t.Cleanup(func() {
		if pid := d.agent(); pid != 0 {
			syscall.Kill(pid, syscall.SIGTERM)
			d.until("the agent's end", func() bool { return syscall.Kill(pid, 0) != nil })
		}
		os.RemoveAll(dir)
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := json.Marshal(map[string]any{"allowedOrigins": []string{"https://eoffice.example"}, "browsers": []string{self}, "hashSigningOrigins": []string{"https://hash.example"},
		"extension": map[string]any{"vgcaOrigins": []string{"https://cu.example"}, "review": "stamp"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.policy, rules, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "XDG_") && !strings.HasPrefix(v, "DBUS_") && !strings.HasPrefix(v, "WAYLAND_") && !strings.HasPrefix(v, "DISPLAY=") && !strings.HasPrefix(v, "HOME=") {
			d.env = append(d.env, v)
		}
	}
	d.env = append(d.env, "HOME="+dir, "XDG_RUNTIME_DIR="+d.path("run"), "XDG_CONFIG_HOME="+d.path("config"), "XDG_STATE_HOME="+d.path("state"), "XDG_CACHE_HOME="+d.path("cache"), "DISPLAY=:77", "DBUS_SESSION_BUS_ADDRESS=disabled:")
	if err := os.Mkdir(d.path("run"), 0o700); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) until(what string, done func() bool) {
	d.t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// agent is the process of the agent that runs, 0 for none.
func (d *desk) agent() int {
	var a struct{ PID int }
	data, err := os.ReadFile(d.path("run/kyso/agent-:77.json"))
	if err != nil || json.Unmarshal(data, &a) != nil || syscall.Kill(a.PID, 0) != nil {
		return 0
	}
	return a.PID
}

// browser is the browser's end of a host, or of whatever poses as one.
type browser struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.ReadCloser
}

// start runs a command as the browser does its hosts, in a group of its own.
func (d *desk) start(name string, args ...string) *browser {
	d.t.Helper()
	b := &browser{t: d.t, cmd: exec.CommandContext(d.t.Context(), name, args...)}
	b.cmd.Env, b.cmd.Stderr = d.env, os.Stderr
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		d.t.Fatal(err)
	}
	if b.out, err = b.cmd.StdoutPipe(); err != nil {
		d.t.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		b.in.Close()
		b.cmd.Wait()
	})
	return b
}

func (d *desk) host(extension string) *browser {
	return d.start(d.kyso, "--policy", d.policy, "host", extension+"/")
}

type hostMessage struct {
	Host   struct{ Extension string }
	ID     string
	Type   string
	Result json.RawMessage
	Error  struct{ Code string }
}

// read gives the next message; an error where the host has ended.
func (b *browser) read() (m hostMessage, err error) {
	var header [4]byte
	if _, err := io.ReadFull(b.out, header[:]); err != nil {
		return m, err
	}
	data := make([]byte, binary.LittleEndian.Uint32(header[:]))
	if _, err := io.ReadFull(b.out, data); err != nil {
		return m, err
	}
	return m, json.Unmarshal(data, &m)
}

func (b *browser) send(format string, a ...any) {
	b.t.Helper()
	text := fmt.Appendf(nil, format, a...)
	if _, err := b.in.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)); err != nil {
		b.t.Error(err)
	}
}

// greet reads the host's message and says hello.
func (b *browser) greet() {
	b.t.Helper()
	if m, err := b.read(); err != nil || m.Host.Extension != extensionOrigin+"/" {
		b.t.Fatalf("%+v, %v", m, err)
	}
	b.ask("hello", `{"minVersion":1,"maxVersion":1,"extensionVersion":"0.1","origin":%q,"language":"vi","profile":"0123456789abcdef","review":"always"}`, extensionOrigin)
}

// ask gives the result of a request.
func (b *browser) ask(method, params string, a ...any) json.RawMessage {
	b.t.Helper()
	if params != "" {
		params = `,"params":` + fmt.Sprintf(params, a...)
	}
	b.send(`{"id":"1","type":"request","method":%q%s}`, method, params)
	m, err := b.read()
	if err != nil || m.Type != "result" {
		b.t.Fatalf("%s: %+v, %v", method, m, err)
	}
	return m.Result
}

// codes are the errors told until the host ends.
func (b *browser) codes() (codes []string) {
	for {
		m, err := b.read()
		if err != nil {
			return codes
		}
		if m.Type == "error" {
			codes = append(codes, m.Error.Code)
		}
	}
}

// TestHost: the host starts the agent, which answers, and which goes on when the
// browser ends the host and all that it started.
func TestHost(t *testing.T) {
	d := newDesk(t, program(t))
	log, err := audit.Open(audit.Options{Dir: d.path("state/kyso/audit"), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		e := audit.Entry{Request: fmt.Sprint("r", i), Site: fmt.Sprintf("https://s%d.example", i), Kind: audit.KindDocument, Decision: "refused", Documents: make([]audit.Document, i)}
		for j := range e.Documents {
			e.Documents[j].Name = "mật.pdf"
		}
		outcome := e
		outcome.Decision, outcome.Outcome = "", "REFUSED"
		for _, e := range []audit.Entry{e, outcome} {
			if err := log.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := (truststore.Store{User: d.path("config/kyso/trust")}).Add(world().Root.Certificate, truststore.User); err != nil {
		t.Fatal(err)
	}

	b := d.host(extensionOrigin)
	b.greet()
	pid := d.agent()
	if pid == 0 {
		t.Fatal("no agent runs")
	}
	if sid, err := syscall.Getpgid(pid); err != nil || sid != pid {
		t.Errorf("the agent is in the group %d, %v", sid, err)
	}
	for _, fd := range []string{"0", "1", "2"} {
		if to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd)); err != nil || to != os.DevNull {
			t.Errorf("the agent's stream %s is %s, %v", fd, to, err)
		}
	}
	if got, want := string(b.ask("sites", "")), `{"sites":[{"origin":"https://eoffice.example","by":"policy"}],"pairing":false,"older":["https://cu.example"],"hash":["https://hash.example"],"review":"stamp"}`; got != want {
		t.Errorf("sites: %s", got)
	}
	var status struct {
		State    string
		Requests []struct {
			Time                 time.Time
			Site, Kind, Decision string
			Documents            int
		}
	}
	answer := b.ask("status", "")
	if err := json.Unmarshal(answer, &status); err != nil || len(status.Requests) != 10 || strings.Contains(string(answer), "mật") {
		t.Fatalf("status: %s, %v", answer, err)
	}
	for i, r := range status.Requests {
		if n := 11 - i; r.Site != fmt.Sprintf("https://s%d.example", n) || r.Documents != n || r.Decision != "refused" || r.Kind != "document" || time.Since(r.Time) > time.Hour {
			t.Errorf("request %d: %+v", i, r)
		}
	}
	var anchors struct {
		Anchors []struct {
			Name string
			DER  []byte
		}
	}
	if err := json.Unmarshal(b.ask("anchors", ""), &anchors); err != nil || len(anchors.Anchors) != 1 || string(anchors.Anchors[0].DER) != string(world().Root.Certificate.Raw) || anchors.Anchors[0].Name != world().Root.Certificate.Subject.CommonName {
		t.Errorf("anchors: %+v, %v", anchors, err)
	}
	var opened struct {
		Capability string
		Port       int
	}
	open := func() {
		t.Helper()
		if err := json.Unmarshal(b.ask("open", `{"document":{"origin":"https://eoffice.example","topOrigin":"https://eoffice.example","tab":1,"frame":0,"documentId":"D","incognito":false}}`), &opened); err != nil {
			t.Fatal(err)
		}
	}
	dial := func(from string) (string, error) {
		ws, _, err := websocket.DefaultDialer.Dial(fmt.Sprintf("ws://127.0.0.1:%d/kyso/v1", opened.Port), http.Header{"Origin": {from}, "Sec-WebSocket-Protocol": {"kyso.v1, kyso.capability." + opened.Capability}})
		if err != nil {
			return "", err
		}
		defer ws.Close()
		return ws.Subprotocol(), nil
	}
	open()
	if got, err := dial(extensionOrigin); err != nil || got != "kyso.v1" {
		t.Errorf("connecting for the page: %q, %v", got, err)
	}
	if _, err := dial(extensionOrigin); err == nil {
		t.Error("a capability is good twice")
	}
	open()
	if _, err := dial("https://eoffice.example"); err == nil {
		t.Error("a page uses an extension's capability")
	}
	if _, err := dial(extensionOrigin); err == nil {
		t.Error("a capability that a page has shown is still good")
	}
	open()
	if err := syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	b.cmd.Wait()
	// The agent has seen the end of the connection when it has let in the next
	// and answered; so it goes on, too.
	b = d.host(extensionOrigin)
	b.greet()
	d.until("the capability's end", func() bool {
		kept := opened
		_, err := dial(extensionOrigin)
		if err == nil { // the agent had not noticed; another one
			open()
			return false
		}
		opened = kept
		return true
	})
	if d.agent() != pid {
		t.Error("there is another agent")
	}
	b.in.Close()
	if rest, err := io.ReadAll(b.out); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
	if err := b.cmd.Wait(); err != nil {
		t.Errorf("the host: %v", err)
	}
}

// TestNotTheHost: what else speaks on the socket, or starts the host.
func TestNotTheHost(t *testing.T) {
	exe := program(t)
	d := newDesk(t, exe)
	d.host(extensionOrigin).greet() // an agent runs
	copied := d.path("copy")
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, data, 0o755); err != nil {
		t.Fatal(err)
	}
	// It says exactly what the host says.
	const python = `
import socket, struct, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
try:
    for m in sys.argv[2:]:
        m = m.encode(); s.sendall(struct.pack("<I", len(m)) + m)
except BrokenPipeError: pass
try:
    while b := s.recv(4096): sys.stdout.buffer.write(b)
except ConnectionResetError: pass
`
	socket := d.path("run/kyso/host-:77.sock")
	host := func(exe string) string { return fmt.Sprintf("%s --policy %s host %s/", exe, d.policy, extensionOrigin) }
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a program on the socket": {[]string{"python3", "-c", python, socket, `{"host":{"version":"1","extension":"` + extensionOrigin + `/"}}`, `{"id":"1","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"extensionVersion":"0","origin":"` + extensionOrigin + `","language":"vi","profile":"0123456789abcdef","review":"always"}}`}, "[]"},
		"a shell":                 {[]string{"sh", "-c", host(exe) + "; true"}, "[BROWSER_REFUSED]"},
		"python":                  {[]string{"python3", "-c", "import subprocess,sys; subprocess.run(sys.argv[1].split())", host(exe)}, "[BROWSER_REFUSED]"},
		"a copy of the program":   {[]string{"sh", "-c", "exec " + host(copied)}, "[AGENT_UNAVAILABLE]"},
		"another extension":       {[]string{"sh", "-c", "exec " + strings.Replace(host(exe), extensionOrigin, otherExtension, 1)}, "[EXTENSION_REFUSED]"},
		"as Chromium starts it":   {[]string{exe, otherExtension + "/"}, "[EXTENSION_REFUSED]"},
		"as Firefox does":         {[]string{exe, "/usr/lib/mozilla/native-messaging-hosts/vn.kyso.host.json", "evil@kyso"}, "[EXTENSION_REFUSED]"},
		"oversized":               {[]string{exe, "--policy", d.policy, "host", extensionOrigin + "/"}, "[BAD_REQUEST]"},
	} {
		b := d.start(c.args[0], c.args[1:]...)
		if name == "oversized" {
			b.in.Write([]byte{1, 0, 1, 0})
		}
		if got := fmt.Sprint(b.codes()); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	b := d.host(extensionOrigin)
	b.greet() // the agent is as well as before
}

// TestHostAfterUpdate: an agent whose file was replaced, as by a package, still
// knows the new one, where only root can have put it there.
func TestHostAfterUpdate(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can install a program")
	}
	built, installed := program(t), ""
	for _, dir := range []string{"/opt", t.TempDir()} {
		dir, err := os.MkdirTemp(dir, "kyso-test-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		installed = filepath.Join(dir, "kyso")
		put := func() {
			t.Helper()
			data, err := os.ReadFile(built)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(installed+".new", data, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(installed+".new", installed); err != nil {
				t.Fatal(err)
			}
		}
		put()
		d := newDesk(t, installed)
		d.host(extensionOrigin).greet()
		pid := d.agent()
		put()
		b := d.host(extensionOrigin)
		if strings.HasPrefix(dir, "/opt/") {
			b.greet()
		} else if got := fmt.Sprint(b.codes()); got != "[AGENT_UNAVAILABLE]" {
			t.Errorf("a folder that others may write: %s", got)
		}
		if d.agent() != pid {
			t.Error("there is another agent")
		}
	}
}
