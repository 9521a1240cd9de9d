package localcert

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// databases are the folders of this person's NSS databases: Chromium's shared
// one, and one for each profile of Firefox, the packaged ones too.
func databases() (list []string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	for _, pattern := range []string{
		".pki/nssdb", ".local/share/pki/nssdb", "snap/chromium/current/.pki/nssdb",
		".mozilla/firefox/*", "snap/firefox/common/.mozilla/firefox/*", ".var/app/org.mozilla.firefox/.mozilla/firefox/*", ".config/mozilla/firefox/*",
	} {
		found, _ := filepath.Glob(filepath.Join(home, pattern, "cert9.db")) // the patterns are good
		for _, f := range found {
			list = append(list, filepath.Dir(f))
		}
	}
	return list
}

// shared is Chromium's database, which is made when there is none.
func shared() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".pki", "nssdb"), err
}

func install(ctx context.Context, ca *x509.Certificate) []Place {
	dir, err := shared()
	if err == nil {
		err = create(ctx, dir)
	}
	if err != nil {
		return []Place{{Name: dir, Err: err}}
	}
	return each(ctx, func(ctx context.Context, dir string, had []string) error {
		if _, err := certutil(ctx, dir, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}),
			"-A", "-t", "C,,", "-n", ca.Subject.CommonName, "-a"); err != nil { // C: for TLS servers alone
			return err
		}
		return forget(ctx, dir, slices.DeleteFunc(had, func(n string) bool { return n == ca.Subject.CommonName }))
	})
}

func remove(ctx context.Context) []Place { return each(ctx, forget) }

func places(ctx context.Context) []Place {
	return each(ctx, func(context.Context, string, []string) error { return nil })
}

// each changes every database, and tells what is in it afterwards.
func each(ctx context.Context, change func(ctx context.Context, dir string, had []string) error) (out []Place) {
	for _, dir := range databases() {
		p := Place{Name: dir}
		had, _, err := listed(ctx, dir)
		if err == nil {
			err = change(ctx, dir, had)
		}
		if err == nil {
			_, p.Trusted, err = listed(ctx, dir)
		}
		p.Err = err
		out = append(out, p)
	}
	return out
}

func forget(ctx context.Context, dir string, names []string) error {
	for _, n := range names {
		if _, err := certutil(ctx, dir, nil, "-D", "-n", n); err != nil {
			return err
		}
	}
	return nil
}

// listed are the names of our CAs in a database, and of those that are trusted:
// where a password keeps trust from being set, the certificate may be there
// without. certutil prints a line for each: its name, spaces, what it is trusted
// for.
func listed(ctx context.Context, dir string) (all, trusted []string, err error) {
	out, err := certutil(ctx, dir, nil, "-L")
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(string(out)) {
		rest, ok := strings.CutPrefix(line, Prefix)
		fields := strings.Fields(rest)
		if !ok || len(fields) != 2 {
			continue
		}
		name := Prefix + fields[0]
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
		if strings.HasPrefix(fields[1], "C") && !slices.Contains(trusted, name) {
			trusted = append(trusted, name)
		}
	}
	return all, trusted, nil
}

// create makes an empty database where there is none, as a browser would.
func create(ctx context.Context, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "cert9.db")); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	_, err := certutil(ctx, dir, nil, "-N", "--empty-password")
	return err
}

// certutil runs the tool on one database. It is given no terminal, so a database
// with a password of its own is an error and no question that nobody sees.
func certutil(ctx context.Context, dir string, in []byte, args ...string) ([]byte, error) {
	path, err := exec.LookPath("certutil")
	if err != nil {
		return nil, ErrNoCertutil
	}
	limited, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	cmd := exec.CommandContext(limited, path, append([]string{"-d", "sql:" + dir}, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("certutil %s: %w: %s", args[0], err, strings.TrimSpace(problem.String()))
	}
	return out.Bytes(), nil
}
