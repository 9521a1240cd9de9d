// Command bundle builds what browsers get: the verifier (@kyso/verify), the
// citizen's page and the e-office SDK (@kyso/client). It never downloads
// anything, and the same tree and the same Go give the same bytes.
//
//	go run ./webext/bundle -out dist
//
// writes OUT/verify, OUT/page and OUT/client, each of which can be served as it
// is from any folder. With -extension it writes OUT/extension instead, an
// unpacked extension for each browser, which needs webext/extension's packages
// (npm ci).
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	out := flag.String("out", "dist", "folder to write verify/, page/ and client/ into")
	root := flag.String("root", ".", "top of the source tree")
	extension := flag.Bool("extension", false, "build the browser extension")
	sites := flag.String("sites", "", "origins, with spaces between, whose pages the extension may reach without asking")
	flag.Parse()
	build := run
	if *extension {
		build = func(root, out string) error { return buildExtension(root, out, strings.Fields(*sites)) }
	}
	if err := build(*root, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

// run builds everything into out and prints the sizes.
func run(root, out string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("find the source tree: %w", err)
	}
	b := builder{root: root, out: out}
	for _, step := range []func() error{b.client, b.verify, b.page} {
		if err := step(); err != nil {
			return err
		}
	}
	return printSizes(os.Stdout, out)
}

// buildExtension builds the extension into out.
func buildExtension(root, out string, sites []string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("find the source tree: %w", err)
	}
	b := builder{root: root, out: out}
	return b.extension(sites)
}
