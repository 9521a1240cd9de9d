package consent

import "golang.org/x/sys/unix"

// fileRead is FREAD of <sys/fcntl.h>: flush the input side.
const fileRead = 1

// discardTyped drops what was typed on a terminal and not yet read. A failure
// changes nothing worth telling: the question is asked all the same.
func discardTyped(fd int) { unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, fileRead) }
