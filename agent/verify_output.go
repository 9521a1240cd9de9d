package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kyso/agent/internal/report"
)

// sink writes the documents of one run, in their order.
type sink interface {
	document(report.Document) error
	// end finishes after the last document.
	end(*report.Summary) error
	// discard leaves nothing half written behind. After end it does nothing.
	discard()
	// messages is where the summary goes: away from what programs read.
	messages() io.Writer
}

func (c *verifyCmd) sink(e *env) sink {
	p := &htmlPage{e: e, made: report.Made{Program: "Kyso " + version, Time: time.Now()}}
	switch {
	case c.JSON:
		return jsonLines{e, json.NewEncoder(e.out)}
	case !c.HTML:
		return &textLines{e: e}
	case c.Output == "":
		return p
	case isFolder(c.Output):
		return &htmlFolder{e: e, dir: c.Output, made: p.made, taken: map[string]bool{}}
	}
	p.name = c.Output
	return p
}

// jsonLines writes one report a line, and what could not be fetched beside it.
type jsonLines struct {
	e   *env
	out *json.Encoder
}

func (s jsonLines) document(d report.Document) error {
	for _, problem := range d.Fetch {
		fmt.Fprintf(s.e.err, "kyso: %q: %s\n", d.File, report.FetchProblem(problem, s.e.language))
	}
	return s.out.Encode(d.Report)
}

func (s jsonLines) end(*report.Summary) error { return nil }
func (s jsonLines) discard()                  {}
func (s jsonLines) messages() io.Writer       { return s.e.err }

// textLines writes text with an empty line between documents.
type textLines struct {
	e   *env
	any bool
}

func (s *textLines) document(d report.Document) error {
	w := bufio.NewWriter(s.e.out)
	if s.any {
		fmt.Fprintln(w)
	}
	s.any = true
	if err := report.Text(w, d, style(s.e.out, s.e.language)); err != nil {
		return err
	}
	return w.Flush()
}

func (s *textLines) end(*report.Summary) error { return nil }
func (s *textLines) discard()                  {}
func (s *textLines) messages() io.Writer       { return s.e.out }

// htmlPage writes one page over all documents. Its summary comes first and is
// known last, so the sections wait in a file; memory holds a line a document.
type htmlPage struct {
	e        *env
	made     report.Made
	name     string // empty: standard output
	sections *tempFile
	n        int
}

func (s *htmlPage) document(d report.Document) (err error) {
	if s.sections == nil {
		if s.sections, err = newTempFile(); err != nil {
			return fmt.Errorf("keep the report: %w", err)
		}
	}
	s.n++
	w := bufio.NewWriter(s.sections)
	if err := report.HTMLDocument(w, s.n, d, report.Style{Language: s.e.language}); err != nil {
		return fmt.Errorf("keep the report: %w", err)
	}
	return w.Flush()
}

func (s *htmlPage) end(sum *report.Summary) error {
	defer s.discard()
	if s.name == "" {
		return s.write(s.e.out, sum)
	}
	if err := writePage(s.name, func(w io.Writer) error { return s.write(w, sum) }); err != nil {
		return err
	}
	s.e.sayWritten(s.name)
	return nil
}

func (s *htmlPage) write(to io.Writer, sum *report.Summary) error {
	w := bufio.NewWriter(to)
	style := report.Style{Language: s.e.language}
	if err := report.HTMLHead(w, sum, s.made, style); err != nil {
		return err
	}
	if s.sections != nil {
		if _, err := io.Copy(w, io.NewSectionReader(s.sections, 0, 1<<62)); err != nil {
			return err
		}
	}
	if err := report.HTMLFoot(w, style); err != nil {
		return err
	}
	return w.Flush()
}

func (s *htmlPage) discard() {
	if s.sections != nil {
		s.sections.remove()
		s.sections = nil
	}
}

func (s *htmlPage) messages() io.Writer {
	if s.name == "" {
		return s.e.err
	}
	return s.e.out
}

// htmlFolder writes one page a document.
type htmlFolder struct {
	e     *env
	dir   string
	made  report.Made
	taken map[string]bool
}

func (s *htmlFolder) document(d report.Document) error {
	var b bytes.Buffer
	if err := report.HTML(&b, []report.Document{d}, s.made, report.Style{Language: s.e.language}); err != nil {
		return err
	}
	name := filepath.Join(s.dir, s.pageName(d.File))
	err := writePage(name, func(w io.Writer) error {
		_, err := b.WriteTo(w)
		return err
	})
	if err == nil {
		s.e.sayWritten(name)
	}
	return err
}

// maxPageName leaves room for -N.html within the 255 bytes that file systems
// allow a name.
const maxPageName = 240

// pageName is the document's own name with .html behind it, shortened where
// that would be too long; a second document of the same name in this run gets a
// number.
func (s *htmlFolder) pageName(file string) string {
	base := filepath.Base(file)
	if len(base) > maxPageName {
		base = strings.ToValidUTF8(base[:maxPageName], "")
	}
	switch base {
	case "-", ".", "..", string(filepath.Separator):
		base = "kyso"
	}
	name := base + ".html"
	for n := 2; s.taken[strings.ToLower(name)]; n++ {
		name = base + "-" + strconv.Itoa(n) + ".html"
	}
	s.taken[strings.ToLower(name)] = true
	return name
}

func (s *htmlFolder) end(*report.Summary) error { return nil }
func (s *htmlFolder) discard()                  {}
func (s *htmlFolder) messages() io.Writer       { return s.e.out }

// sayWritten names a page, whose name may be that of a stranger's document.
func (e *env) sayWritten(name string) {
	name = visible(name)
	if e.language == "en" {
		fmt.Fprintln(e.out, "Report written:", name)
		return
	}
	fmt.Fprintln(e.out, "Đã ghi báo cáo:", name)
}

// isPage tells whether a name is one this program writes reports to. No other
// file is ever replaced, a signed document least of all.
func isPage(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".html" || ext == ".htm"
}

// writePage writes a whole page or none, and replaces an earlier one.
func writePage(name string, write func(io.Writer) error) error {
	st, err := os.Lstat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write the report: %w", err)
	}
	if err == nil && !st.Mode().IsRegular() {
		shown := visible(name)
		return personError{"Không ghi đè lên " + shown + " vì đó không phải là tệp thông thường. Hãy chọn tên khác.",
			shown + " is not overwritten, as it is no regular file. Choose another name."}
	}
	f, err := os.OpenFile(filepath.Join(filepath.Dir(name), ".kyso-"+rand.Text()), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
