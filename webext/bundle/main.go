// Command bundle builds what browsers get: the verifier (@kyso/verify), the
// citizen's page and the e-office SDK (@kyso/client). It never downloads
// anything, and the same tree and the same Go give the same bytes.
//
//	go run ./webext/bundle -out dist
//
// writes OUT/verify, OUT/page and OUT/client, each of which can be served as it
// is from any folder. With -extension it writes OUT/extension instead, an
// unpacked extension for each browser, which needs webext/extension's packages
// (npm ci); with -pack also the packages to upload and to hand out. What is
// signed is signed with a key of the caller's, which is read and never kept.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", "dist", "folder to write verify/, page/ and client/ into")
	root := flag.String("root", ".", "top of the source tree")
	extension := flag.Bool("extension", false, "build the browser extension")
	origins := flag.String("sites", "", "origins, with spaces between, whose pages the extension may reach without asking")
	pack := flag.Bool("pack", false, "with -extension: make packages too")
	var r release
	flag.StringVar(&r.version, "version", "", "the product's version, for the extension's")
	flag.StringVar(&r.key, "key", "", "private key, PEM, to sign a self-hosted set with; needs -update-url")
	flag.StringVar(&r.updates, "update-url", "", "address of the folder that will serve the self-hosted set")
	flag.StringVar(&r.signedXPI, "xpi", "", "our package for Firefox as Mozilla has signed it")
	flag.Parse()
	build := run
	if *extension {
		build = func(root, out string) error {
			var err error
			if r.sites, err = parseSites(*origins); err != nil {
				return err
			}
			return buildExtension(root, out, r, *pack, os.Stdout)
		}
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
	return printSizes(os.Stdout, out, "verify", "page", "client")
}

// buildExtension builds the extension into out, and its packages if wanted.
func buildExtension(root, out string, r release, pack bool, say io.Writer) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("find the source tree: %w", err)
	}
	b := builder{root: root, out: out}
	if err := b.extension(r.edition); err != nil || !pack {
		return err
	}
	if err := printSizes(say, out, "extension/chrome"); err != nil {
		return err
	}
	if err := b.packages(r, say); err != nil {
		return err
	}
	return printArchives(say, filepath.Join(out, "extension"))
}
