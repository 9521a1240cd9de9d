//go:build !windows

package consent

import (
	"os/exec"
	"syscall"
)

// group puts the child, and the program that draws its window, into a process
// group, so that both can be ended together. Without a display the child needs
// the terminal, which only the foreground group may read: it stays in ours,
// and there is no second program.
func group(cmd *exec.Cmd) {
	if hasDisplay() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
}

// endGroup ends the child and everything it started. It is called after the
// child is gone too: a crashed child leaves its window behind. The group's
// number stays taken as long as anything lives in it.
func endGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr != nil && cmd.SysProcAttr.Setpgid {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return
	}
	cmd.Process.Kill()
}
