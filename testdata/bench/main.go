// Command bench times signing and verifying as whole processes, with their
// peak memory, beside other programs in the same run. `make bench` calls it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kyso/testdata/pki"
)

const password = "12345678"

func main() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "pdfsign-") {
		if err := pdfsign(os.Args[1], os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "bare-server" {
		fmt.Fprintln(os.Stderr, "bench:", bareServer())
		os.Exit(1)
	}
	if len(os.Args) > 1 && os.Args[1] == "bare-host" {
		if err := bareHost(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	kyso := flag.String("kyso", "dist/kyso", "the program to measure")
	wasm := flag.String("wasm", "", "the WebAssembly module whose size to print")
	runs := flag.Int("runs", 5, "runs of which the median is taken")
	flag.Parse()
	if err := run(*kyso, *wasm, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(kyso, wasm string, runs int) error {
	dir, err := os.MkdirTemp("", "kyso-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if kyso, err = filepath.Abs(kyso); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	files, err := keyFiles(dir)
	if err != nil {
		return err
	}
	fmt.Printf("Median of %d runs of the whole process, start included; RSA 3072, SHA-256.\n", runs)
	fmt.Printf("The key's own: the signatures that were made times the key's time for one, measured after the row.\n\n")
	fmt.Printf("%-13s %-22s %-20s %10s %12s %13s %11s\n", "", "document", "program", "time", "peak memory", "the key's own", "the rest")
	for _, c := range []struct {
		name  string
		write func(name string) error
		sign  bool // and not only verify
	}{
		{"1 MB, images", images(1 << 20), true},
		{"20 MB, images", images(20 << 20), true},
		{"100 MB, images", images(100 << 20), true},
		{"22 MB, 74,000 objects", writeText, false},
		{"1 GB, images", images(1 << 30), false},
	} {
		in := filepath.Join(dir, "in.pdf")
		if err := c.write(in); err != nil {
			return err
		}
		signed, theirs, archived := filepath.Join(dir, "kyso.pdf"), filepath.Join(dir, "pdfsign.pdf"), filepath.Join(dir, "lta.pdf")
		if err := archive(files.pki, in, archived); err != nil {
			return err
		}
		rows := []row{
			{"verify B-LTA", "kyso", "", []string{kyso, "verify", "--offline", "--trust", files.root, "--evidence", files.crl, "--evidence", files.rootCRL, archived}, []int{0}},
			{"verify B-LTA", "digitorus/pdfsign", "", []string{self, "pdfsign-verify", archived}, []int{0}},
			{"verify B-LTA", "pdfsig (poppler)", "", []string{"pdfsig", "-nocert", archived}, []int{0}},
			{"verify B-LTA", "mutool", "", []string{"mutool", "sign", "-v", archived}, []int{0, 1}},
		}
		if c.sign {
			rows = append([]row{
				{"sign", "kyso", password + "\n", []string{kyso, "sign", "--force", "--pin-stdin", "--key", "p12:" + files.p12, in, signed}, []int{0}},
				{"sign", "digitorus/pdfsign", "", []string{self, "pdfsign-sign", files.p12, in, theirs}, []int{0}},
			}, rows...)
		}
		for _, r := range rows {
			m, err := measure(filepath.Join(dir, "peak"), runs, r.stdin, r.args, r.exits)
			if err != nil {
				fmt.Printf("%-13s %-22s %-20s %s\n", r.what, c.name, r.program, err)
				continue
			}
			if err := m.print(r, c.name, files.p12, 1); err != nil {
				return err
			}
		}
		for _, name := range []string{in, signed, theirs, archived} {
			os.Remove(name)
		}
	}
	if err := batch(kyso, self, dir, files, min(runs, 3)); err != nil {
		return err
	}
	if err := agentStart(kyso, self, dir, runs); err != nil {
		return err
	}
	if err := hostStart(kyso, self, dir, runs); err != nil {
		return err
	}
	if wasm != "" {
		return sizes(wasm)
	}
	return nil
}

// row is one program at one task.
type row struct {
	what, program string
	stdin         string
	args          []string
	// exits are the codes that mean the work was done.
	exits []int
}

type measured struct {
	wall time.Duration
	peak int64 // bytes
	// signatures is how many the program said it has made, 0 if it did not say.
	signatures int
}

// print prints a row; of those that sign, how much of the time was the key's own.
// made is how many signatures are made by a program that does not say.
func (m measured) print(r row, document, p12 string, made int) error {
	fmt.Printf("%-13s %-22s %-20s %7d ms %9.1f MB", r.what, document, r.program, m.wall.Milliseconds(), float64(m.peak)/(1<<20))
	if strings.HasPrefix(r.what, "sign") {
		one, err := keyTime(p12)
		if err != nil {
			return err
		}
		if m.signatures > 0 {
			made = m.signatures
		}
		own := time.Duration(made) * one
		fmt.Printf(" %10.1f ms %8.1f ms", ms(own), ms(m.wall-own))
	}
	fmt.Println()
	return nil
}

func measure(peakFile string, runs int, stdin string, args []string, exits []int) (measured, error) {
	var all []measured
	// time(1) stands between, or the peak would count what this process holds
	// when it forks.
	timed := append([]string{"-q", "-o", peakFile, "-f", "%M"}, args...)
	for range runs {
		cmd := exec.Command("/usr/bin/time", timed...)
		cmd.Stdin = strings.NewReader(stdin)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		start := time.Now()
		err := cmd.Run()
		wall := time.Since(start)
		if cmd.ProcessState == nil {
			return measured{}, err
		}
		if !slices.Contains(exits, cmd.ProcessState.ExitCode()) {
			return measured{}, fmt.Errorf("exit code %d: %.120s", cmd.ProcessState.ExitCode(), strings.TrimSpace(out.String()))
		}
		peak, err := os.ReadFile(peakFile)
		if err != nil {
			return measured{}, err
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(string(peak)), 10, 64)
		if err != nil {
			return measured{}, fmt.Errorf("read peak memory: %w", err)
		}
		m := measured{wall: wall, peak: kib << 10}
		if _, said, ok := strings.Cut(out.String(), signaturesMade); ok {
			fmt.Sscan(said, &m.signatures)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b measured) int { return int(a.wall - b.wall) })
	m := all[len(all)/2]
	for _, a := range all {
		m.peak = max(m.peak, a.peak)
	}
	return m, nil
}

func sizes(wasm string) error {
	raw, err := os.Stat(wasm)
	if err != nil {
		return err
	}
	packed, err := exec.Command("brotli", "-q", "11", "-c", wasm).Output()
	if err != nil {
		return fmt.Errorf("brotli: %w", err)
	}
	fmt.Printf("\n%s: %.2f MB raw, %.2f MB brotli\n", filepath.Base(wasm), float64(raw.Size())/1e6, float64(len(packed))/1e6)
	return nil
}

type keys struct {
	p12, root, crl, rootCRL string
	pki                     *pki.PKI
}

func keyFiles(dir string) (keys, error) {
	p, err := pki.New(pki.Options{BaseURL: "http://127.0.0.1/pki"})
	if err != nil {
		return keys{}, err
	}
	p12, err := p.PKCS12(p.Persons[0], password)
	if err != nil {
		return keys{}, err
	}
	k := keys{filepath.Join(dir, "k.p12"), filepath.Join(dir, "root.crt"), filepath.Join(dir, "sub.crl"), filepath.Join(dir, "root.crl"), p}
	for name, data := range map[string][]byte{k.p12: p12, k.root: p.Root.Certificate.Raw, k.crl: p.CRL(), k.rootCRL: p.RootCRL()} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return keys{}, err
		}
	}
	return k, nil
}
