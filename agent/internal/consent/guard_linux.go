package consent

import "golang.org/x/sys/unix"

// guardProcess keeps other programs of the same person from reading this
// process's memory, where a PIN will be, and the system from writing it to a
// file. A failure changes nothing worth telling.
func guardProcess() { unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
