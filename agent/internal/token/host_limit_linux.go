//go:build !race

package token

import "golang.org/x/sys/unix"

// maxMemory is what the child may have of memory it can write to. SoftHSM and
// OpenSC take under 100 MiB of it, the Go runtime's included; a library that
// announces a list or a value of gigabytes ends its child, and not the desktop.
const maxMemory = 1 << 30

// limitMemory makes it so. RLIMIT_DATA and not RLIMIT_AS, because runtimes set
// aside addresses by the gigabyte which they never write to.
func limitMemory() error {
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: maxMemory, Max: maxMemory})
}
