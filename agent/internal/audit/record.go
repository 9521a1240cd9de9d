package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Kinds of entries. Others may be used; these are what Kyso writes.
const (
	KindDocument = "document" // PDF documents were to be signed
	KindData     = "data"     // other data was
	KindHash     = "hash"     // a digest of a document nobody here has seen was
	KindPair     = "pair"     // a site was to be paired with this agent
	KindList     = "list"     // a list of allowed sites was to be signed
	KindLog      = "log"      // about the log itself; only this package writes it
)

// Entry is what is recorded. An entry with a Decision was written when it was
// taken, before any key was used; the one with the outcomes, of the same
// Request, has none.
type Entry struct {
	// Request is the same in all entries of one request, and random.
	Request string `json:"request,omitempty"`
	// Site is the web origin that asked; empty for the command line.
	Site string `json:"site"`
	Kind string `json:"kind"`
	// Decision is what the person decided, or what became of the question.
	Decision string `json:"decision,omitempty"`
	// Outcome is a code, of the request where the documents have none.
	Outcome     string       `json:"outcome,omitempty"`
	Certificate *Certificate `json:"certificate,omitempty"`
	Documents   []Document   `json:"documents,omitempty"`
	// Omitted is how many further documents there were.
	Omitted int `json:"omitted,omitempty"`
}

// Certificate is the one that was chosen.
type Certificate struct {
	Serial string `json:"serial"` // hexadecimal
	Issuer string `json:"issuer"`
	Holder string `json:"holder"`
	SHA256 string `json:"sha256"` // of the certificate
}

// Document is one of the request. Digests are SHA-256 in hexadecimal.
type Document struct {
	Name         string `json:"name,omitempty"`
	Size         int64  `json:"size"`
	SHA256       string `json:"sha256,omitempty"`
	SignedSize   int64  `json:"signedSize,omitempty"`
	SignedSHA256 string `json:"signedSha256,omitempty"`
	Outcome      string `json:"outcome,omitempty"`
}

// Record is one line of the log.
type Record struct {
	Seq  int64     `json:"seq"`  // from 1 on, over all months
	Time time.Time `json:"time"` // of this computer's clock
	Prev string    `json:"prev"` // digest of the line before; zeros in the first
	Entry
	Note *Note `json:"note,omitempty"`
}

// Note is what the log says about itself.
type Note struct {
	What string `json:"what"` // noteTorn or noteGap
	// After, of noteTorn, is the digest of the record before the torn lines, and
	// Torn are theirs.
	After string   `json:"after,omitempty"`
	Torn  []string `json:"torn,omitempty"`
	// Head, of noteGap, is what the head file said, nil for nothing.
	Head *headState `json:"head,omitempty"`
}

const (
	// noteTorn: the lines before were not written to their end, since a process
	// or the computer was stopped.
	noteTorn = "torn"
	// noteGap: when this was written, the log did not end where its head says.
	noteGap = "gap"
)

const (
	// maxLine bounds a line: 500 documents with the longest names take a third
	// of it.
	maxLine = 1 << 20
	// maxText bounds a name or another text, in characters.
	maxText = 120
	// maxDocuments is that of a batch that is signed.
	maxDocuments = 500
	// maxUnsigned bounds the documents named in an entry of what nobody agreed
	// to: a page that asks and takes back must not fill the disk.
	maxUnsigned = 20
)

// bounded is e with texts that fit a line, and that a terminal can show.
func (e Entry) bounded() Entry {
	e.Request, e.Site, e.Kind, e.Decision, e.Outcome = clean(e.Request), clean(e.Site), clean(e.Kind), clean(e.Decision), clean(e.Outcome)
	if c := e.Certificate; c != nil {
		e.Certificate = &Certificate{clean(c.Serial), clean(c.Issuer), clean(c.Holder), clean(c.SHA256)}
	}
	most := maxDocuments
	if e.Decision != "" && e.Certificate == nil {
		most = maxUnsigned
	}
	if n := len(e.Documents) - most; n > 0 {
		e.Documents, e.Omitted = e.Documents[:most], e.Omitted+n
	}
	e.Documents = slices.Clone(e.Documents)
	for i, d := range e.Documents {
		d.Name, d.SHA256, d.SignedSHA256, d.Outcome = clean(d.Name), clean(d.SHA256), clean(d.SignedSHA256), clean(d.Outcome)
		e.Documents[i] = d
	}
	return e
}

// clean is s without what cannot be seen, and not too long.
func clean(s string) string {
	var out strings.Builder
	n := 0
	for _, r := range s { // an invalid byte is U+FFFD
		if n++; n > maxText {
			out.WriteRune('…')
			break
		}
		if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
			r = unicode.ReplacementChar
		}
		out.WriteRune(r)
	}
	return out.String()
}

// encode is the line of r, with its end.
func encode(r Record) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	if b.Len() > maxLine {
		return nil, fmt.Errorf("encode record: %d bytes, at most %d", b.Len(), maxLine)
	}
	return b.Bytes(), nil
}

// decode reads a line. Members of later versions are let pass.
func decode(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return Record{}, err
	}
	if r.Seq < 1 || !isDigest(r.Prev) {
		return Record{}, errors.New("not a record")
	}
	return r, nil
}

type digest = [sha256.Size]byte

// digestOf is the SHA-256 of a line with its end, a newline, which a torn one has
// not got: what sha256sum says of it.
func digestOf(line []byte) digest {
	h := sha256.New()
	h.Write(bytes.TrimSuffix(line, []byte{'\n'}))
	h.Write([]byte{'\n'})
	return digest(h.Sum(nil))
}

func hexDigest(d digest) string { return hex.EncodeToString(d[:]) }

func isDigest(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}
