package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// printSizes lists what was built into folders of out, in bytes, and the
// fingerprint of the engine if that is there.
func printSizes(w io.Writer, out string, folders ...string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "raw\tgzip\tfile\t")
	var sum [sha256.Size]byte
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(out, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(out, path)
			if err != nil {
				return err
			}
			name = filepath.ToSlash(name)
			if strings.HasSuffix(name, ".wasm") {
				sum = sha256.Sum256(data)
			}
			small, err := gzipped(data)
			if err != nil {
				return err
			}
			fmt.Fprintf(table, "%d\t%d\t%s\t\n", len(data), small, name)
			return nil
		})
		if err != nil {
			return fmt.Errorf("measure %s: %w", folder, err)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if sum == [sha256.Size]byte{} {
		return nil
	}
	_, err := fmt.Fprintf(w, "sha256 of kyso.wasm: %x\n", sum)
	return err
}

// printArchives lists the packages in a folder and in those inside it, with
// their fingerprints.
func printArchives(w io.Writer, folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(d.Name(), "kyso-") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%d  sha256 %x  %s\n", len(data), sha256.Sum256(data), filepath.ToSlash(path))
		return err
	})
}

// gzipped is the length of data after gzip -9.
func gzipped(data []byte) (int, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := z.Write(data); err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return b.Len(), nil
}
