package main

import (
	"fmt"
	"os"

	"kyso/agent/internal/nativehost"
)

// hostCmd is the native messaging host under a name: what a browser starts by
// itself has no command's name, see run.
type hostCmd struct {
	Args []string `arg:"" optional:"" passthrough:"" help:"Do trình duyệt truyền vào. / What the browser passes."`
}

func (c *hostCmd) Run(e *env) error {
	extension, _ := nativehost.Asking(c.Args)
	if code := e.host(extension); code != exitOK {
		return exitError(code)
	}
	return nil
}

// host connects the extension with the agent. Standard output is the browser's:
// whatever else there is to say goes to standard error, which browsers log.
func (e *env) host(extension string) int {
	r, err := e.loadPolicy()
	if err != nil {
		// The agent does not start with it either, and the extension is told so.
		fmt.Fprintln(e.err, "kyso:", e.explain(err))
	}
	args := []string{"agent"}
	if e.policy != "" {
		args = []string{"--policy", e.policy, "agent"}
	}
	err = nativehost.Host(e.ctx, nativehost.HostOptions{
		In: e.in, Out: e.out, Extension: extension, Extensions: r.Extension.IDs, Version: version,
		Start: func() (<-chan error, error) { return startDetached(loginProgram(ownPath(e.self()[0])), args) },
	})
	if err != nil {
		fmt.Fprintln(e.err, "kyso:", err)
		return exitFailed
	}
	return exitOK
}

// homeDir is where a program begins that belongs to no folder; empty is the
// folder of this one.
func homeDir() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return ""
	}
	return dir
}
