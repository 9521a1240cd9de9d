package discovery

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/peer"
)

const (
	nobody   = 65534
	patience = 30 * time.Second
	site     = "https://eoffice.example"
)

// greeting is what an agent of these tests answers a page's nonce and key with.
type greeting struct{ Key, Nonce, Signature []byte }

type question struct{ Key, Nonce []byte }

func transcript(port int, q question, g greeting) origin.Transcript {
	o, err := origin.Parse(site)
	if err != nil {
		panic(err)
	}
	return origin.Transcript{Origin: o, Port: port, PageMin: 1, PageMax: 1, AgentMin: 1, AgentMax: 1, Version: 1,
		PageNonce: q.Nonce, AgentNonce: g.Nonce, PageKey: q.Key, AgentKey: g.Key}
}

// serve is the part of an agent that these tests are about: whom it talks to,
// and how it proves itself. claim, when not nil, is the key it claims to have.
func serve(l net.Listener, key *origin.Key, check func(remote, local netip.AddrPort) error, claim []byte) {
	if claim == nil {
		claim = key.Public()
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		conn.SetDeadline(time.Now().Add(patience))
		err = check(netip.MustParseAddrPort(conn.RemoteAddr().String()), netip.MustParseAddrPort(conn.LocalAddr().String()))
		var q question
		if err == nil {
			err = json.NewDecoder(conn).Decode(&q)
		}
		if err == nil {
			g := greeting{Key: claim, Nonce: make([]byte, origin.NonceBytes)}
			rand.Read(g.Nonce)
			if g.Signature, err = key.Sign(transcript(l.Addr().(*net.TCPAddr).Port, q, g), origin.Agent); err == nil {
				json.NewEncoder(conn).Encode(g)
			}
		}
		conn.Close()
	}
}

func listenFirst(ports ...int) (l net.Listener, err error) {
	for _, p := range ports {
		if l, err = net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(p)); err == nil {
			break
		}
	}
	return l, err
}

var (
	errSilent  = errors.New("nobody answered")
	errChanged = errors.New("the agent has another key than the pinned one")
)

// visit is what a page does that has pinned an agent's key.
func visit(port int, pinned []byte) error {
	conn, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	key, err := origin.NewKey()
	if err != nil {
		return err
	}
	q := question{key.Public(), make([]byte, origin.NonceBytes)}
	rand.Read(q.Nonce)
	json.NewEncoder(conn).Encode(q)
	var g greeting
	if err := json.NewDecoder(conn).Decode(&g); err != nil {
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	if string(g.Key) != string(pinned) {
		return errChanged
	}
	return transcript(port, q, g).Verify(origin.Agent, g.Signature)
}

// TestHelperAgent is no test: with KYSO_TEST_ROLE set it is the other user's
// program, which takes a port: an "agent" of his own, a "thief" with his own key,
// a "liar" that claims KYSO_TEST_CLAIM, or a "relay" to KYSO_TEST_PORT, and ends
// with its standard input.
func TestHelperAgent(t *testing.T) {
	role := os.Getenv("KYSO_TEST_ROLE")
	if role == "" {
		return
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	key, err := origin.LoadKey(os.Getenv("HOME"))
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(os.Getenv("KYSO_TEST_TAKE"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := listenFirst(port)
	if err != nil {
		t.Fatal(err)
	}
	path, err := Path()
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, port, key, "test"); err != nil {
		t.Fatal(err)
	}
	anybody := func(netip.AddrPort, netip.AddrPort) error { return nil }
	fmt.Println("ready", path)
	switch role {
	case "agent":
		serve(l, key, peer.Check(peer.Options{Browsers: peer.Off}), nil)
	case "thief":
		serve(l, key, anybody, nil)
	case "liar":
		claim, err := Agent{Key: os.Getenv("KYSO_TEST_CLAIM")}.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		serve(l, key, anybody, claim)
	case "relay":
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp4", "127.0.0.1:"+os.Getenv("KYSO_TEST_PORT"))
			if err != nil {
				t.Fatal(err)
			}
			go io.Copy(to, from)
			io.Copy(from, to)
			from.Close()
			to.Close()
		}
	}
}

// TestTwoUsers: another user has the well-known port first. This user's agent
// runs all the same, on a port of its own; neither answers the other's pages;
// and a page that has pinned the key notices whatever stands there instead.
func TestTwoUsers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be two users")
	}
	key, err := origin.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	free, err := listenFirst(0)
	if err != nil {
		t.Fatal(err)
	}
	wellKnown := free.Addr().(*net.TCPAddr).Port
	free.Close()
	for _, c := range []struct {
		role string
		want string // what the page's visit to the well-known port ends with
	}{
		{"agent", errSilent.Error()}, // it refuses another user's page
		{"thief", errChanged.Error()},
		{"liar", "signature of the transcript is not by its key"},
		{"relay", errSilent.Error()}, // this user's agent refuses the relay
	} {
		t.Run(c.role, func(t *testing.T) {
			// This user's agent, whose port the relay has to know.
			late := func() int {
				l, err := listenFirst(wellKnown, 0)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { l.Close() })
				go serve(l, key, peer.Check(peer.Options{Browsers: peer.Off}), nil)
				return l.Addr().(*net.TCPAddr).Port
			}
			var port int
			if c.role == "relay" {
				l, err := listenFirst(0)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { l.Close() })
				go serve(l, key, peer.Check(peer.Options{Browsers: peer.Off}), nil)
				port = l.Addr().(*net.TCPAddr).Port
			}
			theirs := other(t, c.role, wellKnown, "KYSO_TEST_CLAIM="+origin.Encode(key.Public()), "KYSO_TEST_PORT="+strconv.Itoa(port))
			if port == 0 {
				port = late()
			}
			if port == wellKnown {
				t.Fatal("the port was not taken")
			}
			path := filepath.Join(t.TempDir(), "agent-.json")
			if err := Write(path, port, key, "test"); err != nil {
				t.Fatal(err)
			}
			mine, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			pinned, err := mine.PublicKey()
			if err != nil {
				t.Fatal(err)
			}
			if err := visit(mine.Port, pinned); err != nil {
				t.Errorf("own agent: %v", err)
			}
			if err := visit(wellKnown, pinned); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the other's program: %v", err)
			}
			// What the other user's agent says of itself is not taken for this
			// user's.
			if a, err := Read(theirs); err == nil {
				t.Errorf("read the other's file: %+v", a)
			}
		})
	}
}

// other runs this test binary as another user, in one of the roles of
// TestHelperAgent, and gives the path of its discovery file.
func other(t *testing.T, role string, port int, env ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kyso-other-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "other")
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(program, data, 0o755), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "-test.run=^TestHelperAgent$")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Pdeathsig: syscall.SIGKILL}
	c.Env = append([]string{"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "KYSO_TEST_ROLE=" + role, "KYSO_TEST_TAKE=" + strconv.Itoa(port)}, env...)
	c.Dir, c.Stderr = dir, os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	path, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line, err)
	}
	if !strings.HasPrefix(path, dir) {
		t.Errorf("its file is at %s", path)
	}
	return path
}
