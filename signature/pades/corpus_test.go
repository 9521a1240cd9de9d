//go:build !js

package pades_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/corpus"
)

// TestCorpus signs each document of the corpora, which are not part of this
// project and may be absent, in each of three ways: invisibly, visibly, and
// into its first empty signature field. Either it is refused for a reason that
// has a type, or all earlier signatures are what they were, to pdfsig and to
// us, and the new one is valid and covers the whole file.
func TestCorpus(t *testing.T) {
	var files []string
	for _, name := range []string{"pyhanko", "dss"} {
		err := filepath.WalkDir(corpus.Path(t, name), func(path string, d fs.DirEntry, err error) error {
			if err == nil && filepath.Ext(path) == ".pdf" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	tally := &tally{count: map[string]int{}}
	work := make(chan string)
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for path := range work {
				signEachWay(t, tally, path)
			}
		})
	}
	for _, path := range files {
		work <- path
	}
	close(work)
	wait.Wait()
	t.Logf("%d files; %d earlier signatures were valid to pdfsig and stayed so, %d to us", len(files), tally.theirs, tally.ours)
	for _, line := range tally.lines() {
		t.Log(line)
	}
	if tally.theirs == 0 || tally.ours == 0 {
		t.Error("nothing with a valid signature was signed")
	}
}

// tally counts outcomes. theirs and ours are earlier signatures, once for each
// way of signing after them.
type tally struct {
	sync.Mutex
	count        map[string]int
	theirs, ours int
}

func (c *tally) add(outcome string) {
	c.Lock()
	defer c.Unlock()
	c.count[outcome]++
}

func (c *tally) lines() (lines []string) {
	for outcome, n := range c.count {
		lines = append(lines, fmt.Sprintf("%4d %s", n, outcome))
	}
	sort.Slice(lines, func(i, j int) bool { return lines[i][5:] < lines[j][5:] })
	return lines
}

// earlier is what a document's signatures were before.
type earlier struct {
	theirs map[string]bool
	ours   *verify.Report
	qpdf   int
}

func signEachWay(t *testing.T, c *tally, path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err == nil {
		preserve(t, c, path, b, doc)
		err = pades.Check(doc, pades.Options{})
	}
	if err != nil {
		// Not for want of a place, so it is refused in every way.
		c.add("refused: " + cause(t, path, err))
		if _, err := trySign(b, ecSigner(), pades.Options{}); err == nil {
			t.Errorf("%s: Prepare signs what Check refuses", path)
		}
		return
	}
	before := &earlier{qpdf: exit(t, "qpdf", "--check", path)}
	if before.ours, err = verify.Document(doc, verify.Evidence{}, verify.Policy{At: time.Now()}); err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	if len(before.ours.Signatures) > 0 {
		before.theirs = statuses(first(tool(t, "pdfsig", "-nocert", path)))
	}
	signOneWay(t, c, "invisible", path, b, before, pades.Options{})
	signOneWay(t, c, "visible", path, b, before, pades.Options{Appearance: somewhere(doc)})
	fields, err := doc.SignatureFields()
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	for _, f := range fields {
		if f.Value != nil {
			continue
		}
		o := pades.Options{Field: f.Name, Appearance: red(0, pdf.Rect{})}
		if errors.Is(pades.Check(doc, o), pades.ErrPlace) {
			o.Appearance = nil
		}
		signOneWay(t, c, "into its field", path, b, before, o)
		return
	}
}

// preserve adds evidence and then a timestamp, which no signature forbids. What
// takes evidence takes a timestamp; a store that is no store takes none.
func preserve(t *testing.T, c *tally, path string, b []byte, doc *pdf.File) {
	bad := func(format string, args ...any) {
		c.add("evidence and timestamp: bad")
		t.Errorf("%s, evidence and timestamp: %s", path, fmt.Sprintf(format, args...))
	}
	added, err := pades.AddEvidence(doc, pades.Evidence{Certificates: [][]byte{ecSigner().cert.Raw}})
	_, alone := pades.PrepareTimestamp(doc, pades.TimestampOptions{})
	if err == nil && alone != nil {
		bad("evidence could be added, but not a timestamp: %v", alone)
		return
	}
	if err != nil {
		c.add("evidence and timestamp: refused: " + cause(t, path, err))
		return
	}
	both := stamped(t, whole(t, added), pades.TimestampOptions{})
	before, err1 := verify.Document(doc, verify.Evidence{}, verify.Policy{At: time.Now()})
	after, err2 := verify.Document(open(t, both), verify.Evidence{}, verify.Policy{At: time.Now()})
	if err1 != nil || err2 != nil {
		bad("%v, %v", err1, err2)
		return
	}
	_, kept, fault := compareReports(before, after)
	switch {
	case fault != "":
		bad("%s", fault)
	case !bytes.HasPrefix(both, b):
		bad("bytes of the original changed")
	case kept > 0:
		c.add("evidence and timestamp after valid signatures: added")
	default:
		c.add("evidence and timestamp: added")
	}
}

// somewhere is a place on the first page where a stamp may stand.
func somewhere(doc *pdf.File) (a *pades.Appearance) {
	for y := 4.0; y < 800; y += 45 {
		for x := 4.0; x < 400; x += 125 {
			a = red(1, pdf.Rect{Left: x, Bottom: y, Right: x + 60, Top: y + 20})
			if err := pades.Check(doc, pades.Options{Appearance: a}); !errors.Is(err, pades.ErrPlace) {
				return a
			}
		}
	}
	return a
}

// red is an appearance of 120 by 40, red all over.
func red(page int, r pdf.Rect) *pades.Appearance {
	return &pades.Appearance{Page: page, Rect: r, Width: 120, Height: 40, Form: func(u *pdf.Update) (pdf.Ref, error) {
		return u.Add(&pdf.Data{Dict: pdf.MakeDict(pdf.Name("Type"), pdf.Name("XObject"), pdf.Name("Subtype"), pdf.Name("Form"),
			pdf.Name("BBox"), pdf.Array{0, 0, 120, 40}, pdf.Name("Resources"), &pdf.Dict{}), Bytes: []byte("1 0 0 rg 0 0 120 40 re f")}), nil
	}}
}

func signOneWay(t *testing.T, c *tally, way, path string, b []byte, before *earlier, o pades.Options) {
	bad := func(format string, args ...any) {
		c.add(way + ": bad")
		t.Errorf("%s, %s: %s", path, way, fmt.Sprintf(format, args...))
	}
	signed, err := trySign(b, ecSigner(), o)
	if err != nil {
		c.add(way + ": refused: " + cause(t, path, err))
		return
	}
	if !bytes.HasPrefix(signed, b) {
		bad("bytes of the original changed")
		return
	}
	after, err := verify.Document(open(t, signed), verify.Evidence{}, verify.Policy{At: time.Now()})
	if err != nil {
		bad("%v", err)
		return
	}
	made, ours, fault := compareReports(before.ours, after)
	if fault != "" {
		bad("%s", fault)
		return
	}
	out := filepath.Join(t.TempDir(), way+".pdf")
	if err := os.WriteFile(out, signed, 0o600); err != nil {
		t.Error(err)
		return
	}
	defer os.Remove(out)
	if code := exit(t, "qpdf", "--check", out); code != 0 && code != before.qpdf && before.qpdf != 2 {
		bad("qpdf --check says %d after %d (2 are errors, 3 warnings)", code, before.qpdf)
		return
	}
	text := first(tool(t, "pdfsig", "-nocert", out))
	now := statuses(text)
	for field := range before.theirs {
		if !now[field] {
			bad("pdfsig called the signature in %q valid, and does no more", field)
			return
		}
	}
	if len(now) != len(before.theirs)+1 || before.theirs[made] || !now[made] || strings.Count(text, "- Total document signed") < 1 {
		bad("pdfsig on the new signature in %q:\n%s", made, text)
		return
	}
	c.Lock()
	c.theirs, c.ours = c.theirs+len(before.theirs), c.ours+ours
	c.Unlock()
	if len(before.theirs) > 0 {
		way += " after valid ones"
	}
	c.add(way + ": signed")
}

// compareReports tells which field is new, how many earlier signatures were in
// order and are, and what is wrong.
func compareReports(before, after *verify.Report) (made string, kept int, fault string) {
	was := map[string]verify.Signature{}
	for _, s := range before.Signatures {
		was[s.Field] = s
	}
	for _, s := range after.Signatures {
		old, existed := was[s.Field]
		if !existed {
			if made != "" {
				return "", 0, "two new signatures"
			}
			if made = s.Field; !s.Intact || !s.Valid || s.Coverage != verify.CoverageWholeFile || s.Modification != verify.ModificationNone {
				return "", 0, fmt.Sprintf("the new signature: %+v", s)
			}
			continue
		}
		if old.Intact != s.Intact || old.Valid != s.Valid {
			return "", 0, fmt.Sprintf("%q was intact %v, valid %v, and is %v, %v", s.Field, old.Intact, old.Valid, s.Intact, s.Valid)
		}
		if inOrder(old) {
			kept++
			if !inOrder(s) {
				return "", 0, fmt.Sprintf("%q is %s now: %+v", s.Field, s.Modification, s.Changes)
			}
		}
	}
	if made == "" || len(after.Signatures) != len(before.Signatures)+1 {
		return "", 0, fmt.Sprintf("%d signatures became %d", len(before.Signatures), len(after.Signatures))
	}
	return made, kept, ""
}

func inOrder(s verify.Signature) bool {
	return s.Intact && s.Valid && (s.Modification == verify.ModificationNone || s.Modification == verify.ModificationAllowed)
}

func first(out string, _ error) string { return out }

// exit is the exit code of a program.
func exit(t *testing.T, name string, args ...string) int {
	_, err := tool(t, name, args...)
	var e interface{ ExitCode() int }
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return 0
}

// statuses reads which fields pdfsig calls valid.
func statuses(out string) map[string]bool {
	valid := map[string]bool{}
	field := ""
	for _, line := range strings.Split(out, "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "- Signature Field Name: "); ok {
			field = name
		}
		if strings.HasPrefix(line, "Signature #") {
			field = line // pdfsig gives no name where a field has none
		}
		if line == "- Signature Validation: Signature is Valid." {
			valid[field] = true
		}
	}
	return valid
}

// cause names a refusal, which must have a type.
func cause(t *testing.T, path string, err error) string {
	var format *pdf.FormatError
	var seed *pades.SeedError
	for _, known := range []error{pades.ErrEncrypted, pades.ErrLocked, pades.ErrDynamicForm, pades.ErrPlace, pades.ErrNoField, pades.ErrFieldSigned} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	switch {
	case errors.As(err, &seed):
		return "seed value, " + seed.Demand
	case errors.As(err, &format):
		return "damaged"
	}
	t.Errorf("%s is refused for no reason with a type: %v", path, err)
	return err.Error()
}
