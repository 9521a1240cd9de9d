package consent

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// group keeps a console from flashing up beside the window. HideWindow would
// hide the question too. The child draws its window itself, so there is no
// further process to end with it.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
}

func endGroup(cmd *exec.Cmd) { cmd.Process.Kill() }
