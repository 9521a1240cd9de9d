package audit_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/audit"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// clockAt gives times a minute apart.
func clockAt(t time.Time) func() time.Time {
	return func() time.Time {
		t = t.Add(time.Minute)
		return t
	}
}

func open(t testing.TB, dir string, clock func() time.Time) *audit.Log {
	t.Helper()
	l, err := audit.Open(audit.Options{Dir: dir, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t testing.TB, l *audit.Log, entries ...audit.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := l.Append(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	certificate = &audit.Certificate{Serial: "4a01", Issuer: "CA Thí dụ", Holder: "Nguyễn Văn Thử", SHA256: strings.Repeat("ab", 32)}
	approved    = audit.Entry{Request: "r1", Site: "https://eoffice.example", Kind: audit.KindDocument, Decision: "approved", Certificate: certificate,
		Documents: []audit.Document{{Name: "công văn.pdf", Size: 12288, SHA256: strings.Repeat("01", 32)}}}
	signed = audit.Entry{Request: "r1", Site: "https://eoffice.example", Kind: audit.KindDocument,
		Documents: []audit.Document{{Name: "công văn.pdf", Size: 12288, SHA256: strings.Repeat("01", 32), SignedSize: 20480, SignedSHA256: strings.Repeat("02", 32), Outcome: "SIGNED"}}}
	refused = audit.Entry{Request: "r2", Site: "https://khac.example", Kind: audit.KindDocument, Decision: "refused",
		Documents: []audit.Document{{Name: "khác.pdf", Size: 5, SHA256: strings.Repeat("03", 32)}}}
)

// filled is a log of two months and eight records, and the names of its files.
func filled(t testing.TB) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "state", "audit")
	add(t, open(t, dir, clockAt(start)), approved, signed, refused, approved, signed)
	add(t, open(t, dir, clockAt(start.AddDate(0, 1, 0))), refused, approved, signed)
	return dir
}

func verify(t testing.TB, dir string) audit.Findings {
	t.Helper()
	f, err := audit.Verify(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func lines(t testing.TB, dir, file string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(string(b), "\n"), "\n")
}

func TestIntact(t *testing.T) {
	dir := filled(t)
	f := verify(t, dir)
	if f.Problem != nil || f.Records != 8 || f.Unfinished != 0 || f.Interrupted != 0 || !f.First.Equal(start.Add(time.Minute)) || !f.Last.Equal(start.AddDate(0, 1, 0).Add(3*time.Minute)) {
		t.Errorf("%+v", f)
	}
	for name, want := range map[string]os.FileMode{"": 0o700 | os.ModeDir, "2026-11.jsonl": 0o600, "2026-12.jsonl": 0o600, "head": 0o600, "lock": 0o600} {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Mode() != want {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
	// A log that is not there has nothing wrong.
	if f := verify(t, filepath.Join(dir, "none")); f.Problem != nil || f.Records != 0 {
		t.Errorf("no log: %+v", f)
	}
	// A decision without an outcome is told.
	add(t, open(t, dir, clockAt(start.AddDate(0, 2, 0))), approved)
	if f := verify(t, dir); f.Problem != nil || f.Unfinished != 1 {
		t.Errorf("%+v", f)
	}
}

// TestChainByOthersMeans recomputes the chain with sha256sum and jq's like.
func TestChainByOthersMeans(t *testing.T) {
	dir := filled(t)
	script := `cd "$1"; prev=$(printf '0%.0s' $(seq 64)); n=0
	cat 20*.jsonl | while IFS= read -r line; do
		n=$((n+1))
		case "$line" in *"\"seq\":$n,"*"\"prev\":\"$prev\""*) ;; *) echo "line $n"; exit 1;; esac
		prev=$(printf '%s\n' "$line" | sha256sum | cut -c1-64); echo "$n $prev"
	done | tail -n 1`
	out, err := exec.Command("bash", "-o", "pipefail", "-c", script, "bash", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	head, err := os.ReadFile(filepath.Join(dir, "head"))
	if err != nil {
		t.Fatal(err)
	}
	n, sum, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if n != "8" || !strings.Contains(string(head), `"sha256":"`+sum+`"`) || len(sum) != 64 {
		t.Errorf("sha256sum says %s, the head %s", out, head)
	}
}

// TestTampering changes a good log in every way and wants to hear of it.
func TestTampering(t *testing.T) {
	const november = "2026-11.jsonl"
	// each edits the lines of November.
	edit := func(f func(l []string) []string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			l := f(lines(t, dir, november))
			if err := os.WriteFile(filepath.Join(dir, november), []byte(strings.Join(l, "")), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	replace := func(i int, old, new string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			edit(func(l []string) []string {
				if !strings.Contains(l[i], old) {
					t.Fatalf("line %d has no %q: %s", i+1, old, l[i])
				}
				l[i] = strings.Replace(l[i], old, new, 1)
				return l
			})(t, dir)
		}
	}
	older := make(map[string][]byte)
	cases := []struct {
		name string
		do   func(t *testing.T, dir string)
		want audit.Problem
	}{
		{"seq", replace(1, `"seq":2`, `"seq":7`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"time", replace(1, `:02:00Z`, `:03:00Z`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"prev", replace(1, `"prev":"`, `"prev":"0`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"prev, well formed", func(t *testing.T, dir string) {
			edit(func(l []string) []string {
				i := strings.Index(l[1], `"prev":"`) + len(`"prev":"`)
				c := "0"
				if l[1][i] == '0' {
					c = "1"
				}
				l[1] = l[1][:i] + c + l[1][i+1:]
				return l
			})(t, dir)
		}, audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"request", replace(1, `"request":"r1"`, `"request":"r9"`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"site", replace(1, `eoffice.`, `eoffjce.`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"kind", replace(1, `"kind":"document"`, `"kind":"data"`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"decision", replace(2, `"refused"`, `"approved"`), audit.Problem{What: audit.Changed, File: november, Line: 3, Seq: 3}},
		{"serial", replace(0, `"4a01"`, `"4a02"`), audit.Problem{What: audit.Changed, File: november, Line: 1, Seq: 1}},
		{"issuer", replace(0, `CA Thí dụ`, `CA Thí dù`), audit.Problem{What: audit.Changed, File: november, Line: 1, Seq: 1}},
		{"name", replace(1, `công văn`, `công vắn`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"digest before", replace(1, `"sha256":"01`, `"sha256":"11`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"digest after", replace(1, `"signedSha256":"02`, `"signedSha256":"12`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"size", replace(1, `12288`, `12289`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"outcome", replace(1, `"SIGNED"`, `"REFUSED"`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"white space", replace(1, `{"seq"`, `{ "seq"`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"no JSON", replace(1, `{"seq"`, `["seq"`), audit.Problem{What: audit.Changed, File: november, Line: 2, Seq: 2}},
		{"last line of a month", replace(4, `"SIGNED"`, `"REFUSED"`), audit.Problem{What: audit.Changed, File: november, Line: 5, Seq: 5}},
		{"last line of all", func(t *testing.T, dir string) {
			l := lines(t, dir, "2026-12.jsonl")
			l[2] = strings.Replace(l[2], `"SIGNED"`, `"REFUSED"`, 1)
			os.WriteFile(filepath.Join(dir, "2026-12.jsonl"), []byte(strings.Join(l, "")), 0o600)
		}, audit.Problem{What: audit.Changed, File: "2026-12.jsonl", Line: 3, Seq: 8}},
		{"first line removed", edit(func(l []string) []string { return l[1:] }), audit.Problem{What: audit.Removed, File: november, Line: 1, Seq: 1}},
		{"a line removed", edit(func(l []string) []string { return append(l[:2:2], l[3:]...) }), audit.Problem{What: audit.Removed, File: november, Line: 3, Seq: 3}},
		{"last line of a month removed", edit(func(l []string) []string { return l[:4] }), audit.Problem{What: audit.Removed, File: "2026-12.jsonl", Line: 1, Seq: 5}},
		{"a month removed", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, november)) }, audit.Problem{What: audit.Removed, File: "2026-12.jsonl", Line: 1, Seq: 1}},
		{"a line twice", edit(func(l []string) []string { return append(append(l[:3:3], l[1]), l[3:]...) }), audit.Problem{What: audit.Inserted, File: november, Line: 4, Seq: 2}},
		{"a line made up", edit(func(l []string) []string {
			return append(append(l[:3:3], strings.Replace(l[3], `"approved"`, `"refused"`, 1)), l[3:]...)
		}), audit.Problem{What: audit.Inserted, File: november, Line: 5, Seq: 4}}, // the second of two that claim one place
		{"garbage between", edit(func(l []string) []string { return append(append(l[:3:3], "garbage\n"), l[3:]...) }), audit.Problem{What: audit.Inserted, File: november, Line: 4, Seq: 4}},
		{"garbage behind", func(t *testing.T, dir string) {
			l := lines(t, dir, "2026-12.jsonl")
			os.WriteFile(filepath.Join(dir, "2026-12.jsonl"), []byte(strings.Join(l, "")+"\ngarbage\n"), 0o600)
		}, audit.Problem{What: audit.Inserted, File: "2026-12.jsonl", Line: 4, Seq: 9}},
		{"neighbours swapped", edit(func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }), audit.Problem{What: audit.Reordered, File: november, Line: 2, Seq: 3}},
		{"others swapped", edit(func(l []string) []string { l[1], l[3] = l[3], l[1]; return l }), audit.Problem{What: audit.Reordered, File: november, Line: 2, Seq: 4}},
		{"end cut off", func(t *testing.T, dir string) {
			l := lines(t, dir, "2026-12.jsonl")
			os.WriteFile(filepath.Join(dir, "2026-12.jsonl"), []byte(l[0]), 0o600)
		}, audit.Problem{What: audit.Truncated, Seq: 7}},
		{"cut in a line", func(t *testing.T, dir string) {
			l := lines(t, dir, "2026-12.jsonl")
			os.WriteFile(filepath.Join(dir, "2026-12.jsonl"), []byte(l[0]+l[1]+l[2][:40]), 0o600)
		}, audit.Problem{What: audit.Changed, File: "2026-12.jsonl", Line: 3, Seq: 8}},
		{"last month removed", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "2026-12.jsonl")) }, audit.Problem{What: audit.Truncated, Seq: 6}},
		{"all removed but the head", func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, november))
			os.Remove(filepath.Join(dir, "2026-12.jsonl"))
		}, audit.Problem{What: audit.Truncated, Seq: 1}},
		{"an older copy", func(t *testing.T, dir string) {
			os.WriteFile(filepath.Join(dir, "2026-12.jsonl"), older["2026-12.jsonl"], 0o600)
		}, audit.Problem{What: audit.Truncated, Seq: 8}},
		{"an older head", func(t *testing.T, dir string) { os.WriteFile(filepath.Join(dir, "head"), older["head"], 0o600) }, audit.Problem{}}, // see below
		{"no head", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "head")) }, audit.Problem{What: audit.NoHead, Seq: 8}},
		{"a head of nothing", func(t *testing.T, dir string) { os.WriteFile(filepath.Join(dir, "head"), make([]byte, 256), 0o600) }, audit.Problem{What: audit.NoHead, Seq: 8}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "audit")
			add(t, open(t, dir, clockAt(start)), approved, signed, refused, approved, signed)
			l := open(t, dir, clockAt(start.AddDate(0, 1, 0)))
			add(t, l, refused)
			if c.name == "an older head" {
				older["head"], _ = os.ReadFile(filepath.Join(dir, "head"))
				c.want = audit.Problem{What: audit.OldHead, Seq: 8}
			}
			add(t, l, approved)
			older["2026-12.jsonl"], _ = os.ReadFile(filepath.Join(dir, "2026-12.jsonl"))
			add(t, l, signed)
			if f := verify(t, dir); f.Problem != nil {
				t.Fatalf("before: %+v", *f.Problem)
			}
			c.do(t, dir)
			f := verify(t, dir)
			if f.Problem == nil || *f.Problem != c.want {
				t.Fatalf("%+v, want %+v", f.Problem, c.want)
			}
			// It does not go away when the log goes on.
			if err := l.Append(context.Background(), signed); err != nil {
				t.Fatalf("the log does not go on: %v", err)
			}
			if f := verify(t, dir); f.Problem == nil {
				t.Error("found no more once the log went on")
			}
		})
	}
}

// TestEveryByte changes each byte of a log, and cuts it at each.
func TestEveryByte(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	add(t, open(t, dir, clockAt(start)), approved, signed, refused)
	name := filepath.Join(dir, "2026-11.jsonl")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		other := []byte(string(whole))
		other[i] ^= 0x20
		if err := os.WriteFile(name, other, 0o600); err != nil {
			t.Fatal(err)
		}
		if f := verify(t, dir); f.Problem == nil {
			t.Errorf("byte %d (%q) changed, and nothing found", i, whole[i])
		}
		if err := os.WriteFile(name, whole[:i], 0o600); err != nil {
			t.Fatal(err)
		}
		// The last line's end says nothing.
		if f := verify(t, dir); f.Problem == nil && i != len(whole)-1 {
			t.Errorf("cut at byte %d, and nothing found", i)
		}
	}
}

// TestTorn: what a crash leaves is kept, and told, and is no tampering.
func TestTorn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	l := open(t, dir, clockAt(start))
	add(t, l, approved, signed)
	name := filepath.Join(dir, "2026-11.jsonl")
	two, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(filepath.Join(dir, "head"))
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, refused)
	three, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := len(two); n <= len(three); n++ {
		// The third record was written up to here when the process was killed.
		for file, data := range map[string][]byte{name: three[:n], filepath.Join(dir, "head"): head} {
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if f := verify(t, dir); f.Problem != nil {
			t.Fatalf("%d bytes: %+v", n-len(two), *f.Problem)
		}
		add(t, open(t, dir, clockAt(start)), approved)
		got, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(got), string(three[:n])) {
			t.Fatalf("%d bytes: what was there was not kept: %v", n-len(two), err)
		}
		f := verify(t, dir)
		want := int64(4) // two, a note, and the new one
		torn := 1
		if n == len(two) {
			want, torn = 3, 0
		}
		if n >= len(three)-1 { // the third is whole
			want, torn = 4, 0
		}
		if f.Problem != nil || f.Records != want || f.Interrupted != torn {
			t.Fatalf("%d bytes: %+v %+v", n-len(two), f, f.Problem)
		}
		if torn == 0 {
			continue
		}
		// The torn line is held by the chain too.
		if err := os.WriteFile(name, []byte(strings.Replace(string(got), string(three[len(two):n])+"\n", "x\n", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if f := verify(t, dir); f.Problem == nil {
			t.Fatalf("%d bytes: the torn line was changed unnoticed", n-len(two))
		}
	}
}

// TestClockPutBack: months go forward only.
func TestClockPutBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	add(t, open(t, dir, clockAt(start)), approved)
	add(t, open(t, dir, clockAt(start.AddDate(0, -3, 0))), signed)
	if f := verify(t, dir); f.Problem != nil || f.Records != 2 {
		t.Errorf("%+v", f)
	}
	if _, err := os.Stat(filepath.Join(dir, "2026-08.jsonl")); err == nil {
		t.Error("an older month was begun")
	}
}

// TestBounds: nobody's names make a line that is too long, or that cannot be
// shown; what was not agreed to takes little room.
func TestBounds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	e := approved
	e.Site = strings.Repeat("s", 1000)
	e.Documents = nil
	for range 501 {
		e.Documents = append(e.Documents, audit.Document{Name: strings.Repeat("\"\U0001F600\u202e\x1b\n", 100), Size: 1 << 40, SHA256: strings.Repeat("a", 64), SignedSHA256: strings.Repeat("a", 64), Outcome: "TIMESTAMP_UNAVAILABLE"})
	}
	no := e
	no.Decision, no.Certificate = "withdrawn", nil
	add(t, open(t, dir, clockAt(start)), e, no)
	got := lines(t, dir, "2026-11.jsonl")
	if len(got) != 2 || len(got[0]) > 1<<20 || len(got[1]) > 40<<10 || strings.ContainsAny(got[0], "\u202e\x1b") {
		t.Fatalf("%d lines of %d and %d bytes", len(got), len(got[0]), len(got[1]))
	}
	var kept []audit.Record
	if err := audit.Read(context.Background(), dir, func(r audit.Record, _ []byte) error { kept = append(kept, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(kept[0].Documents) != 500 || kept[0].Omitted != 1 || len(kept[1].Documents) != 20 || kept[1].Omitted != 481 {
		t.Errorf("%d and %d documents, %d and %d omitted", len(kept[0].Documents), len(kept[1].Documents), kept[0].Omitted, kept[1].Omitted)
	}
	if f := verify(t, dir); f.Problem != nil {
		t.Errorf("%+v", *f.Problem)
	}
	// What follows a long line is found as well.
	add(t, open(t, dir, clockAt(start)), signed)
	if f := verify(t, dir); f.Problem != nil || f.Records != 3 {
		t.Errorf("%+v %+v", f, f.Problem)
	}
}

// TestTable: no cell is a formula, and a spreadsheet's reader reads all.
func TestTable(t *testing.T) {
	var b strings.Builder
	table, err := audit.NewTable(&b)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{`=HYPERLINK("http://x","y")`, "+1", "-1", "@SUM(A1)", " =1+1", "＝1", "a,\"b\"", "công văn.pdf", "'x", "|cmd", "a;=1+1", "b; \"=1"}
	r := audit.Record{Seq: 7, Time: start, Entry: approved}
	r.Documents = nil
	for _, n := range names {
		r.Documents = append(r.Documents, audit.Document{Name: n, Size: 1})
	}
	if err := table.Add(r); err != nil {
		t.Fatal(err)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(b.String(), "\ufeff")
	// As a spreadsheet with a Vietnamese locale splits them.
	for _, cell := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if strings.IndexAny(strings.TrimLeft(cell, ` "`), "=+-@") == 0 {
			t.Errorf("a formula: %q", cell)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !ok || len(rows) != 1+len(names) {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	for i, row := range rows[1:] {
		name := row[11]
		want := names[i]
		if i < 6 || i > 7 {
			want = "'" + want
		}
		switch i {
		case 6:
			want = names[i]
		case 10:
			want = "a;'=1+1"
		case 11:
			want = "b;' \"=1"
		}
		if name != want {
			t.Errorf("%q is written %q", names[i], name)
		}
	}
}

// TestLines: the lines are JSON that others read, and hold what was handed in.
func TestLines(t *testing.T) {
	dir := filled(t)
	var first map[string]any
	if err := json.Unmarshal([]byte(lines(t, dir, "2026-11.jsonl")[0]), &first); err != nil {
		t.Fatal(err)
	}
	want := `map[certificate:map[holder:Nguyễn Văn Thử issuer:CA Thí dụ serial:4a01 sha256:` + strings.Repeat("ab", 32) + `] decision:approved documents:[map[name:công văn.pdf sha256:` +
		strings.Repeat("01", 32) + ` size:12288]] kind:document prev:` + strings.Repeat("0", 64) + ` request:r1 seq:1 site:https://eoffice.example time:2026-11-22T09:01:00Z]`
	if got := fmt.Sprint(first); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
