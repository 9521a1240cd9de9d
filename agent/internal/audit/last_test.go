package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kyso/agent/internal/audit"
)

// TestLast: over the end of a month, past what is no record, and from a log that
// is not there.
func TestLast(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	decided := func(r audit.Record) bool { return r.Decision != "" }
	if got, err := audit.Last(t.Context(), dir, 3, decided); err != nil || len(got) != 0 {
		t.Errorf("no log: %v, %v", got, err)
	}
	for month := range 3 {
		l := open(t, dir, clockAt(start.AddDate(0, month, 0)))
		for i := range 2 {
			e := approved
			e.Request = fmt.Sprintf("%d-%d", month, i)
			add(t, l, e, signed)
		}
	}
	for n, want := range map[int]string{0: "[]", 1: "[2-1]", 3: "[2-1 2-0 1-1]", 10: "[2-1 2-0 1-1 1-0 0-1 0-0]"} {
		got, err := audit.Last(t.Context(), dir, n, decided)
		if err != nil {
			t.Fatal(err)
		}
		requests := []string{}
		for _, r := range got {
			requests = append(requests, r.Request)
		}
		if fmt.Sprint(requests) != want {
			t.Errorf("the last %d: %v, want %s", n, requests, want)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(names) != 3 {
		t.Fatalf("%v, %v", names, err)
	}
	f, err := os.OpenFile(names[2], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "no record")
	f.Close()
	if got, err := audit.Last(t.Context(), dir, 1, decided); err != nil || len(got) != 1 || got[0].Request != "2-1" || got[0].Time.Before(start.Add(24*time.Hour)) {
		t.Errorf("behind what is no record: %+v, %v", got, err)
	}
}
