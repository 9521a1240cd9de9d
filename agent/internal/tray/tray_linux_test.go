package tray

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const roleVariable = "KYSO_TRAY_TEST_ROLE"

// In the role of the agent this program shows the icon; each line it reads is
// a new state ("1 text"), and the end of its input ends the context.
func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) == "" {
		os.Exit(m.Run())
	}
	ctx, cancel := context.WithCancel(context.Background())
	updates := make(chan State)
	go func() {
		defer cancel()
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			number, text, _ := strings.Cut(lines.Text(), " ")
			updates <- State{Condition(number[0] - '0'), text}
			fmt.Println("took", number)
		}
	}()
	if err := Run(ctx, Options{}, updates); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ended")
}

// agent is the child that shows the icon.
type agent struct {
	t     *testing.T
	stdin io.WriteCloser
	out   *bufio.Scanner
	cmd   *exec.Cmd
}

func startAgent(t *testing.T, environment ...string) *agent {
	t.Helper()
	a := &agent{t: t, cmd: exec.Command(os.Args[0])}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DBUS_") && !strings.HasPrefix(v, "XDG_RUNTIME_DIR=") && !strings.HasPrefix(v, "DISPLAY=") {
			a.cmd.Env = append(a.cmd.Env, v)
		}
	}
	a.cmd.Env = append(append(a.cmd.Env, roleVariable+"=agent"), environment...)
	var err error
	if a.stdin, err = a.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.out = bufio.NewScanner(stdout)
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.cmd.Process.Kill() })
	return a
}

// set hands over a state and waits until it was taken.
func (a *agent) set(state string) {
	a.t.Helper()
	fmt.Fprintln(a.stdin, state)
	if !a.out.Scan() || !strings.HasPrefix(a.out.Text(), "took") {
		a.t.Fatalf("state %q was not taken: %q", state, a.out.Text())
	}
}

// ends waits for an orderly end.
func (a *agent) ends() {
	a.t.Helper()
	done := make(chan string, 1)
	go func() {
		text := ""
		for a.out.Scan() {
			text += a.out.Text()
		}
		if err := a.cmd.Wait(); err != nil {
			text += err.Error()
		}
		done <- text
	}()
	select {
	case text := <-done:
		if text != "ended" {
			a.t.Errorf("ended with %q", text)
		}
	case <-time.After(5 * time.Second):
		a.t.Fatal("does not end")
	}
}

// panel is the least that a desktop's panel does: it owns the name to which
// icons report, and looks at what reports.
type panel struct {
	bus   *dbus.Conn
	items chan dbus.BusObject
}

func (p *panel) RegisterStatusNotifierItem(path string, sender dbus.Sender) *dbus.Error {
	p.items <- p.bus.Object(string(sender), dbus.ObjectPath(path))
	return nil
}

// startBus starts a session bus of the test's own and returns its address.
func startBus(t *testing.T) string {
	t.Helper()
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1",
		"--address=unix:dir="+t.TempDir())
	stdout, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatalf("this test needs the Debian package dbus: %v", err)
	}
	t.Cleanup(func() { daemon.Process.Kill(); daemon.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon told no address: %v", err)
	}
	return strings.TrimSpace(line)
}

func startPanel(t *testing.T, address string) *panel {
	t.Helper()
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	p := &panel{bus, make(chan dbus.BusObject, 4)}
	if err := bus.Export(p, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"); err != nil {
		t.Fatal(err)
	}
	if reply, err := bus.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("own the watcher's name: %v, %v", reply, err)
	}
	return p
}

func (p *panel) item(t *testing.T) dbus.BusObject {
	t.Helper()
	select {
	case item := <-p.items:
		return item
	case <-time.After(5 * time.Second):
		t.Fatal("no icon reported to the panel")
		return nil
	}
}

type pixmap struct {
	Width, Height int32
	ARGB          []byte
}

func readIcon(t *testing.T, item dbus.BusObject) pixmap {
	t.Helper()
	v, err := item.GetProperty("org.kde.StatusNotifierItem.IconPixmap")
	if err != nil {
		t.Fatal(err)
	}
	var maps []pixmap
	if err := dbus.Store([]any{v.Value()}, &maps); err != nil || len(maps) != 1 {
		t.Fatalf("icon %v: %v", v, err)
	}
	return maps[0]
}

// wantIcon compares what the panel gets with what was drawn.
func wantIcon(t *testing.T, item dbus.BusObject, c Condition) {
	t.Helper()
	want := []byte{}
	img := hardEdged(draw(c, iconSize))
	for y := range iconSize {
		for x := range iconSize {
			r, g, b, a := img.At(x, y).RGBA()
			want = append(want, byte(a>>8), byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	got := pixmap{}
	// The state was taken; the property follows a moment later.
	for range 50 {
		if got = readIcon(t, item); bytes.Equal(got.ARGB, want) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the panel's icon (%d×%d) is not the one of condition %d", got.Width, got.Height, c)
}

type menuItem struct {
	ID         int32
	Properties map[string]dbus.Variant
}

func readMenu(t *testing.T, item dbus.BusObject, p *panel) (menu dbus.BusObject, items []menuItem) {
	t.Helper()
	v, err := item.GetProperty("org.kde.StatusNotifierItem.Menu")
	if err != nil {
		t.Fatal(err)
	}
	menu = p.bus.Object(item.Destination(), v.Value().(dbus.ObjectPath))
	var revision uint32
	var root struct {
		ID         int32
		Properties map[string]dbus.Variant
		Children   []dbus.Variant
	}
	if err := menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		t.Fatal(err)
	}
	for _, child := range root.Children {
		fields := child.Value().([]any)
		items = append(items, menuItem{fields[0].(int32), fields[1].(map[string]dbus.Variant)})
	}
	return menu, items
}

func (m menuItem) label() string {
	s, _ := m.Properties["label"].Value().(string)
	return s
}

func TestPanelShowsIconMenuAndQuits(t *testing.T) {
	address := startBus(t)
	p := startPanel(t, address)
	a := startAgent(t, "DBUS_SESSION_BUS_ADDRESS="+address)
	item := p.item(t)
	if v, err := item.GetProperty("org.kde.StatusNotifierItem.Title"); err != nil || v.Value() != "Kyso" {
		t.Errorf("title %v, %v", v, err)
	}
	wantIcon(t, item, Idle)
	_, items := readMenu(t, item, p)
	if len(items) != 3 || items[0].label() != "Sẵn sàng ký số" || items[2].label() != "Thoát" {
		t.Fatalf("menu %v", items)
	}
	if enabled := items[0].Properties["enabled"].Value(); enabled != false {
		t.Errorf("the status line can be clicked: enabled %v", enabled)
	}

	a.set("1 Đang ký 3/12")
	wantIcon(t, item, Busy)
	a.set("2")
	wantIcon(t, item, Problem)
	a.set("1 Đang ký 4/12")
	wantIcon(t, item, Busy)
	menu, items := readMenu(t, item, p)
	if items[0].label() != "Đang ký 4/12" {
		t.Errorf("status line %q", items[0].label())
	}

	if err := menu.Call("com.canonical.dbusmenu.Event", 0, items[2].ID, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	a.ends()
}

func TestContextEndsTheIcon(t *testing.T) {
	address := startBus(t)
	p := startPanel(t, address)
	a := startAgent(t, "DBUS_SESSION_BUS_ADDRESS="+address)
	item := p.item(t)
	a.stdin.Close()
	a.ends()
	if _, err := item.GetProperty("org.kde.StatusNotifierItem.Title"); err == nil {
		t.Error("the icon is still there")
	}
}

// waitForWatch waits until somebody on the bus listens for a panel to come.
func waitForWatch(t *testing.T, address string) {
	t.Helper()
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var rules map[string][]string
		if err := bus.BusObject().Call("org.freedesktop.DBus.Debug.Stats.GetAllMatchRules", 0).Store(&rules); err != nil {
			t.Fatalf("ask the bus for its match rules: %v", err)
		}
		for _, of := range rules {
			if strings.Contains(strings.Join(of, " "), "org.kde.StatusNotifierWatcher") {
				return
			}
		}
	}
	t.Fatal("nobody waits for a panel")
}

func TestPanelThatComesLater(t *testing.T) {
	address := startBus(t)
	a := startAgent(t, "DBUS_SESSION_BUS_ADDRESS="+address)
	a.set("2 Chưa cắm thẻ")
	waitForWatch(t, address)
	p := startPanel(t, address)
	wantIcon(t, p.item(t), Problem)
	a.stdin.Close()
	a.ends()
}

func TestWithoutATray(t *testing.T) {
	for name, environment := range map[string][]string{
		"no bus":                  {},
		"a bus that is gone":      {"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus"},
		"autolaunch":              {"DBUS_SESSION_BUS_ADDRESS=autolaunch:"},
		"an address of no kind":   {"DBUS_SESSION_BUS_ADDRESS=nonsense"},
		"a runtime folder, empty": {"XDG_RUNTIME_DIR=" + t.TempDir()},
		"a bus without a panel":   {"DBUS_SESSION_BUS_ADDRESS=" + startBus(t)},
	} {
		t.Run(name, func(t *testing.T) {
			a := startAgent(t, environment...)
			a.set("1 một")
			a.set("0 hai")
			a.stdin.Close()
			a.ends()
		})
	}
}
