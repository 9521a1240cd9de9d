package consent

import "golang.org/x/sys/unix"

// discardTyped drops what was typed on a terminal and not yet read. A failure
// changes nothing worth telling: the question is asked all the same.
func discardTyped(fd int) { unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }
