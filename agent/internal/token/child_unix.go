//go:build unix

package token

import "syscall"

// childAttributes puts the child in a process group of its own, so that Ctrl-C
// on a terminal reaches kyso alone, which then logs out properly.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
