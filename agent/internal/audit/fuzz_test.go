package audit

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzRead reads any bytes as a log: nothing panics, and what counts as intact
// can be gone on with.
func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	l, err := Open(Options{Dir: dir, Clock: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }})
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range []Entry{{Request: "a", Kind: KindDocument, Decision: "approved", Certificate: &Certificate{}}, {Request: "a", Kind: KindDocument, Outcome: "X"}, {Kind: KindPair, Decision: "refused"}} {
		if err := l.Append(context.Background(), e); err != nil {
			f.Fatal(err)
		}
	}
	good, err := os.ReadFile(filepath.Join(dir, "2026-11.jsonl"))
	if err != nil {
		f.Fatal(err)
	}
	head, err := os.ReadFile(filepath.Join(dir, headName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, head)
	f.Add(good[:len(good)-9], head)
	f.Add([]byte("\n\n\n{}\n[]\n"), []byte("{}"))
	f.Add([]byte(`{"seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","note":{"what":"torn"}}`), []byte{})
	f.Fuzz(func(t *testing.T, data, head []byte) {
		dir := t.TempDir()
		for name, b := range map[string][]byte{"2026-11.jsonl": data, headName: head} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before, err := Verify(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		l.o.Dir = dir
		if err := l.Append(context.Background(), Entry{Kind: KindPair, Decision: "approved"}); err != nil {
			t.Fatal(err)
		}
		after, err := Verify(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if (before.Problem == nil) != (after.Problem == nil) {
			t.Fatalf("before %+v %+v, after %+v %+v", before, before.Problem, after, after.Problem)
		}
		got, err := os.ReadFile(filepath.Join(dir, "2026-11.jsonl"))
		if err != nil || !bytes.HasPrefix(got, data) {
			t.Fatalf("not appended: %v", err)
		}
	})
}
