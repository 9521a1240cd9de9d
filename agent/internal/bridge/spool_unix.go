//go:build unix

package bridge

import "os"

// hide removes the name of an open file; the file lives until it is closed.
func hide(name string) error { return os.Remove(name) }
