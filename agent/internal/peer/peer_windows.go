package peer

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/windows"
)

// check finds the process from the system's table of connections, and from it
// the logon session, the user and the program. On a terminal server one
// person's page must not reach another's token.
func (o Options) check(remote, local netip.AddrPort) error {
	pid, ok := ownerOf(remote, local)
	if !ok {
		if o.Browsers == Off {
			return nil // the origin was checked, and a person still has to approve
		}
		return fmt.Errorf("%w: the table of connections does not hold it", errUnknown)
	}
	if pid == uint32(os.Getpid()) {
		return nil
	}
	var theirs, ours uint32
	if windows.ProcessIdToSessionId(pid, &theirs) == nil && windows.ProcessIdToSessionId(uint32(os.Getpid()), &ours) == nil && theirs != ours {
		return fmt.Errorf("%w: session %d", ErrOtherSession, theirs)
	}
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		if o.Browsers == Off {
			return nil
		}
		// Another user's process is one that may not be asked.
		return fmt.Errorf("%w: open process %d: %w", ErrOtherUser, pid, err)
	}
	defer windows.CloseHandle(h)
	if err := sameSID(h); err != nil {
		return err
	}
	if o.Browsers == Off {
		return nil
	}
	exe, err := program(h)
	if err != nil {
		return fmt.Errorf("%w: name of process %d: %w", errUnknown, pid, err)
	}
	if !o.browser(exe) {
		return fmt.Errorf("%w: process %d: %q", ErrNotBrowser, pid, exe)
	}
	return nil
}

// sameSID tells whether a process runs for this user, with whatever rights.
func sameSID(process windows.Handle) error {
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			return nil // the same session's, with more rights than the agent
		}
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	defer token.Close()
	theirs, err := token.GetTokenUser()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	ours, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	if !theirs.User.Sid.Equals(ours.User.Sid) {
		return fmt.Errorf("%w: %s", ErrOtherUser, theirs.User.Sid)
	}
	return nil
}

// program is the path a process was started from.
func program(process windows.Handle) (string, error) {
	buf := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(buf))
	if err := windows.QueryFullProcessImageName(process, 0, &buf[0], &size); err != nil {
		return "", err
	}
	return windows.UTF16ToString(buf[:size]), nil
}

// browsers are the programs that open a page's connections. They count under
// the folders of programs, where administrators alone write.
var browsers = []string{
	"chrome.exe", "chromium.exe", "msedge.exe", "firefox.exe", "brave.exe", "vivaldi.exe", "opera.exe", "librewolf.exe", "waterfox.exe", "floorp.exe",
}

// named are browsers whose program's name says too little, or that are
// installed for one person: the path below the folder of programs, or below
// %LocalAppData%. The latter the person can change, and so could a program of
// his; a browser that many people use that way is still taken.
var named = []string{`CocCoc\Browser\Application\browser.exe`}

var personal = []string{
	`Google\Chrome\Application\chrome.exe`, `CocCoc\Browser\Application\browser.exe`, `BraveSoftware\Brave-Browser\Application\brave.exe`,
	`Microsoft\Edge\Application\msedge.exe`, `Vivaldi\Application\vivaldi.exe`, `Programs\Opera\opera.exe`, `Mozilla Firefox\firefox.exe`,
}

func (o Options) browser(exe string) bool {
	if slices.ContainsFunc(o.Programs, func(p string) bool { return strings.EqualFold(filepath.Clean(p), exe) }) {
		return true
	}
	for _, id := range []*windows.KNOWNFOLDERID{windows.FOLDERID_ProgramFiles, windows.FOLDERID_ProgramFilesX86, windows.FOLDERID_ProgramFilesX64} {
		rest, ok := inside(id, exe)
		if ok && (slices.Contains(browsers, strings.ToLower(filepath.Base(exe))) || containsFold(named, rest)) {
			return true
		}
	}
	rest, ok := inside(windows.FOLDERID_LocalAppData, exe)
	return ok && o.Browsers != Strict && containsFold(personal, rest)
}

// inside gives the path of exe below a folder of the system's, which is asked
// of the system and not of the environment.
func inside(id *windows.KNOWNFOLDERID, exe string) (string, bool) {
	dir, err := windows.KnownFolderPath(id, windows.KF_FLAG_DEFAULT)
	if err != nil || dir == "" {
		return "", false
	}
	dir = filepath.Clean(dir) + `\`
	if len(exe) <= len(dir) || !strings.EqualFold(exe[:len(dir)], dir) || strings.Contains(exe, `\..\`) {
		return "", false
	}
	return exe[len(dir):], true
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(l string) bool { return strings.EqualFold(l, s) })
}
