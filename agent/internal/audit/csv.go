package audit

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
)

// Table writes records as CSV, a row for each document.
type Table struct{ w *csv.Writer }

// NewTable begins a table. A byte order mark tells spreadsheets that it is UTF-8.
func NewTable(w io.Writer) (*Table, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	t := &Table{csv.NewWriter(w)}
	t.w.UseCRLF = true // RFC 4180
	return t, t.w.Write([]string{"seq", "time", "request", "site", "kind", "decision", "outcome", "serial", "issuer", "holder", "certificateSha256",
		"name", "size", "sha256", "signedSize", "signedSha256", "documentOutcome"})
}

// Add writes the rows of r.
func (t *Table) Add(r Record) error {
	var c Certificate
	if r.Certificate != nil {
		c = *r.Certificate
	}
	kind := r.Kind
	if r.Note != nil {
		kind += " " + r.Note.What
	}
	row := []string{strconv.FormatInt(r.Seq, 10), r.Time.Format(time.RFC3339Nano), r.Request, r.Site, kind, r.Decision, r.Outcome, c.Serial, c.Issuer, c.Holder, c.SHA256}
	documents := r.Documents
	if len(documents) == 0 {
		documents = []Document{{}}
	}
	for _, d := range documents {
		cells := append(row[:len(row):len(row)], d.Name, number(d.Size), d.SHA256, number(d.SignedSize), d.SignedSHA256, d.Outcome)
		for i := range cells {
			cells[i] = inert(cells[i])
		}
		if err := t.w.Write(cells); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is left, and closes nothing else.
func (t *Table) Close() error {
	t.w.Flush()
	return t.w.Error()
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// inert keeps spreadsheets from running a cell that begins like a formula: the
// names of documents are a stranger's. Some trim spaces first, and take the wide
// forms of the signs too. Where a comma is the decimal sign, as in Vietnamese, a
// spreadsheet splits cells at semicolons, quoted or not.
func inert(cell string) string {
	if parts := strings.Split(cell, ";"); len(parts) > 1 {
		for i, p := range parts {
			parts[i] = inert(p)
		}
		return strings.Join(parts, ";")
	}
	if strings.HasPrefix(cell, "'") || strings.ContainsAny(cell, "\t\r\n") || strings.IndexAny(strings.TrimLeft(strings.TrimSpace(cell), "\" "), "=+-@＝＋－＠|%") == 0 {
		return "'" + cell
	}
	return cell
}
