package main

import (
	"crypto"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A batch: the letters of one day.
const (
	batchDocuments = 500
	batchBytes     = 64 << 10
)

// batch times signing many small documents in one process, beside the time of
// the key alone and of reading the documents.
func batch(kyso, self, dir string, files keys, runs int) error {
	in, ours, theirs := filepath.Join(dir, "batch"), filepath.Join(dir, "batch-kyso"), filepath.Join(dir, "batch-pdfsign")
	for _, d := range []string{in, ours, theirs} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return err
		}
	}
	var names, pairs []string
	for i := range batchDocuments {
		name := filepath.Join(in, fmt.Sprintf("%03d.pdf", i))
		if err := images(batchBytes)(name); err != nil {
			return err
		}
		names = append(names, name)
		pairs = append(pairs, name, filepath.Join(theirs, filepath.Base(name)))
	}
	read, err := readTime(names, runs)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d of 64 kB", batchDocuments)
	key, err := keyTime(files.p12)
	if err != nil {
		return err
	}
	floor := batchDocuments * key
	fmt.Printf("%-13s %-22s %-20s %7d ms %12s %10.1f ms %8.1f ms\n", "sign a batch", what, "the key and reading", (floor + read).Milliseconds(), "", ms(floor), ms(read))
	for _, r := range []row{
		{"sign a batch", "kyso", password + "\n", append([]string{kyso, "sign", "--force", "--pin-stdin", "--key", "p12:" + files.p12, "--to", ours}, names...), []int{0}},
		{"sign a batch", "digitorus/pdfsign", "", append([]string{self, "pdfsign-sign", files.p12}, pairs...), []int{0}},
	} {
		m, err := measure(filepath.Join(dir, "peak"), runs, r.stdin, r.args, r.exits)
		if err != nil {
			fmt.Printf("%-13s %-22s %-20s %s\n", r.what, what, r.program, err)
			continue
		}
		if err := m.print(r, what, files.p12, batchDocuments); err != nil {
			return err
		}
	}
	return nil
}

// keyTime is the median time of one signature of the key, in this run.
func keyTime(p12 string) (time.Duration, error) {
	signer, _, err := openKey(p12)
	if err != nil {
		return 0, err
	}
	all := make([]time.Duration, 101)
	for i := range all {
		start := time.Now()
		if _, err := signer.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err != nil {
			return 0, err
		}
		all[i] = time.Since(start)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// readTime is the median time of reading files once.
func readTime(names []string, runs int) (time.Duration, error) {
	all := make([]time.Duration, runs)
	for i := range all {
		start := time.Now()
		for _, name := range names {
			f, err := os.Open(name)
			if err != nil {
				return 0, err
			}
			_, err = io.Copy(io.Discard, f)
			f.Close()
			if err != nil {
				return 0, err
			}
		}
		all[i] = time.Since(start)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
