package consent

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// reader reads windows as a screen reader does, over AT-SPI.
type reader struct {
	t    *testing.T
	conn *dbus.Conn
}

// startReader starts a session bus; what draws windows afterwards tells itself
// to readers on it.
func startReader(t *testing.T) *reader {
	t.Helper()
	need(t, "dbus-daemon")
	t.Setenv("NO_AT_BRIDGE", "0")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1")
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	bus.Stderr = nil
	if err := bus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Process.Kill(); bus.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon told no address: %v", err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	session, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	var readers string
	if err := session.Object("org.a11y.Bus", "/org/a11y/bus").Call("org.a11y.Bus.GetAddress", 0).Store(&readers); err != nil {
		t.Fatalf("no accessibility bus (package at-spi2-core): %v", err)
	}
	conn, err := dbus.Connect(readers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &reader{t, conn}
}

// node is a part of a window.
type node struct {
	r    *reader
	Name string
	Path dbus.ObjectPath
}

const atspi = "org.a11y.atspi."

// States of AT-SPI, by their number.
const (
	stateChecked, stateEditable, stateFocused, stateSensitive, stateShowing = 4, 7, 12, 24, 25
)

func (n node) call(method string, result any, args ...any) error {
	return n.r.conn.Object(n.Name, n.Path).Call(atspi+method, 0, args...).Store(result)
}

func (n node) property(name string) string {
	v, err := n.r.conn.Object(n.Name, n.Path).GetProperty(atspi + name)
	if err != nil {
		return ""
	}
	text, _ := v.Value().(string)
	return text
}

func (n node) name() string        { return n.property("Accessible.Name") }
func (n node) description() string { return n.property("Accessible.Description") }

func (n node) role() (role string) {
	n.call("Accessible.GetRoleName", &role)
	return role
}

func (n node) is(state int) bool {
	var bits []uint32
	return n.call("Accessible.GetState", &bits) == nil && len(bits) == 2 && bits[state/32]>>(state%32)&1 == 1
}

// text is what a reader is given of a text, which need not be its name.
func (n node) text() (text string) {
	n.call("Text.GetText", &text, int32(0), int32(-1))
	return text
}

// center is the middle on the screen.
func (n node) center() (x, y int) {
	var e struct{ X, Y, Width, Height int32 }
	if err := n.call("Component.GetExtents", &e, uint32(0)); err != nil {
		n.r.t.Fatalf("where is %q: %v", n.name(), err)
	}
	return int(e.X + e.Width/2), int(e.Y + e.Height/2)
}

// act does what the first action of a control does, as a program may ask.
func (n node) act() {
	var done bool
	n.call("Action.DoAction", &done, int32(0))
}

func (n node) children() []node {
	var found []struct {
		Name string
		Path dbus.ObjectPath
	}
	n.call("Accessible.GetChildren", &found)
	var children []node
	for _, f := range found {
		children = append(children, node{n.r, f.Name, f.Path})
	}
	return children
}

// walk visits n and all below it until f returns false.
func (n node) walk(f func(node) bool) bool {
	return f(n) && !slices.ContainsFunc(n.children(), func(c node) bool { return !c.walk(f) })
}

func (r *reader) root() node {
	return node{r, "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"}
}

// find waits for a part that shows, with the role and a name that begins so.
// Those of long lists are looked for only up to there.
func (r *reader) find(role, name string) (found node) {
	r.t.Helper()
	eventually(r.t, "a "+role+" named "+name, func() bool {
		return !r.root().walk(func(n node) bool {
			if n.role() == role && strings.HasPrefix(n.name(), name) && n.is(stateShowing) {
				found = n
				return false
			}
			return true
		})
	})
	return found
}

// has waits for a state.
func (n node) has(state int, want bool) {
	n.r.t.Helper()
	eventually(n.r.t, "the state of "+n.name(), func() bool { return n.is(state) == want })
}

// says waits for a text that shows and contains words.
func (r *reader) says(words string) {
	r.t.Helper()
	eventually(r.t, "a text with "+words, func() bool {
		return !r.root().walk(func(n node) bool {
			return !(strings.Contains(n.name()+n.text(), words) && n.is(stateShowing))
		})
	})
}

// everything is all a reader can learn.
func (r *reader) everything() string {
	var all strings.Builder
	r.root().walk(func(n node) bool {
		all.WriteString(n.role() + "|" + n.name() + "|" + n.description() + "|" + n.text() + "\n")
		return true
	})
	if file := os.Getenv("KYSO_CONSENT_SCREENSHOTS"); file != "" {
		os.WriteFile(file+"/tree.txt", []byte(all.String()), 0o600)
	}
	return all.String()
}
