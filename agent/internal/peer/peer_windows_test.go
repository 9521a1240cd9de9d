package peer

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// TestOwnerOfConnection finds who is at the other end of real connections.
func TestOwnerOfConnection(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		if err != nil {
			if address == "::1" {
				continue // a machine without it
			}
			t.Fatal(err)
		}
		defer l.Close()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		here, there := netip.MustParseAddrPort(l.Addr().String()), netip.MustParseAddrPort(conn.LocalAddr().String())
		pid, ok := ownerOf(there, here)
		known := ok && pid == uint32(os.Getpid())
		// Wine does not tell the owners of IPv6 sockets.
		if !known && (ok || address == "127.0.0.1") {
			t.Errorf("%s: process %d, found %v", address, pid, ok)
		}
		if err := Check(Options{})(there, here); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestProgram: this test's own program is no browser, wherever it lies.
func TestProgram(t *testing.T) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(h)
	if err := sameSID(h); err != nil && !errors.Is(err, errUnknown) {
		t.Error(err)
	}
	exe, err := program(h)
	if err != nil {
		t.Fatal(err)
	}
	if (Options{}).browser(exe) || !(Options{Programs: []string{exe}}).browser(exe) {
		t.Errorf("%q", exe)
	}
	files, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, windows.KF_FLAG_DEFAULT)
	if err != nil {
		t.Fatal(err)
	}
	local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		filepath.Join(files, `Google\Chrome\Application\chrome.exe`):        true,
		filepath.Join(files, `MOZILLA FIREFOX\FIREFOX.EXE`):                 true,
		filepath.Join(files, `CocCoc\Browser\Application\browser.exe`):      true,
		filepath.Join(files, `Other\browser.exe`):                           false,
		filepath.Join(files, `Python\python.exe`):                           false,
		files + `X\chrome.exe`:                                              false,
		filepath.Join(local, `Google\Chrome\Application\chrome.exe`):        true,
		filepath.Join(local, `Temp\chrome.exe`):                             false,
		filepath.Join(local, `x\Google\Chrome\Application\chrome.exe`):      false,
		`\\server\share\Program Files\Google\Chrome\Application\chrome.exe`: false,
		`D:\chrome.exe`: false,
	} {
		if got := (Options{}).browser(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if (Options{Browsers: Strict}).browser(filepath.Join(local, `Google\Chrome\Application\chrome.exe`)) {
		t.Error("a person's own Chrome passes as strict")
	}
}
