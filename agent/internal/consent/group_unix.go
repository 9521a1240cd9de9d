//go:build !windows

package consent

import (
	"os/exec"
	"syscall"
)

// group has nothing to set: the child leaves our group by ownGroup.
func group(*exec.Cmd) {}

// ownGroup puts this process, and the program that will draw its window, into a
// group, so that both can be ended together. On a terminal it must not be
// called: only the foreground group may read there, which is our parent's.
func ownGroup() { syscall.Setpgid(0, 0) }

// endGroup ends the child and everything it started. It is called after the
// child is gone too: a crashed child leaves its window behind. The group's
// number stays taken as long as anything lives in it.
func endGroup(cmd *exec.Cmd) {
	cmd.Process.Kill()
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
