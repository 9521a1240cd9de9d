package main

import "golang.org/x/sys/unix"

// discardTyped drops what was typed before a prompt. It is best effort.
func discardTyped(fd int) { _ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }
