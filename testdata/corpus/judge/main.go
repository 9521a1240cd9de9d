// Command judge compares the engine with collections of documents,
// certificates and signatures whose verdicts others have recorded. It reads
// their index files as they are; docs/corpus.md says by which rules.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// collection is one folder of recorded cases.
type collection struct {
	name string
	// index is what must be there, below the collections' folder.
	index string
	// run judges every case in dir.
	run func(dir string, b *board) error
}

var collections = []collection{
	{"pyhanko", "index.json", pyhanko},
	{"dss", "index.json", dss},
	{"pkits", "vectors-go.json", pkits},
	{"openssl", "index.json", openssl},
	{"wycheproof", ".", wycheproof},
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("judge [flags] DIR", flag.ContinueOnError)
	verbose := flags.Bool("v", false, "list every disagreement")
	only := flags.String("only", "", "judge this `collection` alone")
	outcomes := flags.String("json", "", "write every case's outcome to `FILE`, one a line")
	same := flags.Bool("compare", false, "compare two files written with -json instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *same {
		if flags.NArg() != 2 {
			return errors.New("-compare takes two files")
		}
		return compare(out, flags.Arg(0), flags.Arg(1))
	}
	if flags.NArg() != 1 {
		return errors.New("one folder of collections is expected")
	}
	b := &board{}
	var unread []error
	found := 0
	for _, c := range collections {
		if *only != "" && *only != c.name {
			continue
		}
		dir := filepath.Join(flags.Arg(0), c.name)
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(out, "%s: not here, skipped\n", c.name)
			continue
		}
		found++
		start := time.Now()
		if err := c.run(dir, b); err != nil {
			unread = append(unread, fmt.Errorf("%s: %w", c.name, err))
		}
		fmt.Fprintf(out, "%s: %.1f s\n", c.name, time.Since(start).Seconds())
	}
	if found == 0 && *only != "" {
		return fmt.Errorf("no collection %q in %s", *only, flags.Arg(0))
	}
	if found == 0 {
		return fmt.Errorf("no collection in %s", flags.Arg(0))
	}
	b.print(out, *verbose)
	if *outcomes != "" {
		if err := b.write(*outcomes); err != nil {
			return err
		}
	}
	return errors.Join(append(unread, b.failure())...)
}
