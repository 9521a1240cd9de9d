// Command licenses prints the license texts of every module inside a Go
// program, as those licenses ask of whoever hands the program on. It never
// downloads: the modules are those the program was just built from.
//
// Usage: licenses PROGRAM
package main

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"kyso/signature/stamp"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: licenses PROGRAM")
		os.Exit(64)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func run(program string, w io.Writer) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	root, err := goEnv("GOROOT")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Kyso contains the software below, each under its own license.\n")
	if err := module(w, "Go "+runtime.Version(), root); err != nil {
		return err
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		dir, err := command("go", "list", "-m", "-f", "{{.Dir}}", m.Path)
		if err != nil {
			return err
		}
		if err := module(w, m.Path+" "+m.Version, dir); err != nil {
			return err
		}
	}
	// The typeface of stamps, which is no module.
	_, err = fmt.Fprintf(w, "\n%s\nLiberation Serif: OFL.txt\n\n%s", strings.Repeat("=", 78), stamp.FontLicense)
	return err
}

// module prints the license and notice files at the top of a module. A module
// without any must not be shipped.
func module(w io.Writer, name, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("find the license of %s: %w", name, err)
	}
	found := false
	for _, e := range entries {
		if !e.Type().IsRegular() || !isLicense(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\r\n"), []byte("\n"))
		fmt.Fprintf(w, "\n%s\n%s: %s\n\n%s\n", strings.Repeat("=", 78), name, e.Name(), text)
		found = true
	}
	if !found {
		return fmt.Errorf("%s has no license file in %s", name, dir)
	}
	return nil
}

func isLicense(name string) bool {
	name = strings.ToUpper(name)
	for _, start := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS", "COPYRIGHT"} {
		if strings.HasPrefix(name, start) && !strings.HasSuffix(name, ".GO") {
			return true
		}
	}
	return false
}

func goEnv(name string) (string, error) { return command("go", "env", name) }

func command(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
