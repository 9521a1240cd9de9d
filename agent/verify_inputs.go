package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kyso/signature/verify"
)

// input is one thing to verify: a file, "-" for standard input, or, with a
// fault, what could not be searched.
type input struct {
	name  string
	fault error
}

const (
	// maxInputs bounds the files of one run: their names are kept for the
	// summary. A ministry's archive of one year has fewer in one folder.
	maxInputs = 50_000
	// maxDepth bounds folders within folders; people's have a dozen.
	maxDepth = 64
)

// inputError is why there is nothing to look at, with its own words.
type inputError struct{ verify.Message }

func (e inputError) Error() string { return e.EN }

var (
	errNoPDF = inputError{verify.Message{Code: "NO_PDF_IN_FOLDER", VI: "Thư mục không có tệp PDF nào.", EN: "The folder holds no PDF file."}}
	errDeep  = inputError{verify.Message{Code: "TOO_MANY_FILES", VI: "Thư mục lồng nhau quá sâu nên không được xem hết.",
		EN: "Folders lie too deep within each other and were not all searched."}}
	errMany = inputError{verify.Message{Code: "TOO_MANY_FILES",
		VI: fmt.Sprintf("Có quá %d tệp nên các tệp sau không được kiểm tra.", maxInputs),
		EN: fmt.Sprintf("There are more than %d files; the rest was not verified.", maxInputs)}}
)

// findInputs replaces patterns by the files they match, where the shell does
// not, and folders by the PDF files in them. The error is ctx's alone.
func findInputs(ctx context.Context, names []string) ([]input, error) {
	s := &search{ctx: ctx}
	for _, name := range names {
		for _, match := range expand(name, shellLeavesPatterns) {
			if match == "-" || !isFolder(match) {
				s.add(input{name: match})
				continue
			}
			before := len(s.found)
			s.folder(match, 0)
			if len(s.found) == before {
				s.add(input{match, errNoPDF})
			}
		}
	}
	return s.found, ctx.Err()
}

// expand matches a pattern. What matches nothing stays, to be called missing.
func expand(name string, patterns bool) []string {
	if _, err := os.Lstat(name); err != nil && patterns && strings.ContainsAny(name, "*?") {
		if matches, err := filepath.Glob(name); err == nil && len(matches) > 0 {
			return matches
		}
	}
	return []string{name}
}

type search struct {
	ctx   context.Context
	found []input
}

// add keeps one input more than maxInputs, which says so.
func (s *search) add(in input) {
	switch {
	case len(s.found) < maxInputs:
		s.found = append(s.found, in)
	case len(s.found) == maxInputs:
		s.found = append(s.found, input{in.name, errMany})
	}
}

// folder adds the PDF files in a folder and below, in the order of names. Names
// that begin with a dot are left out: they are what systems and programs keep
// for themselves. A link to a file counts, a link to a folder is not followed,
// and so none can lead in a circle.
func (s *search) folder(dir string, depth int) {
	if depth > maxDepth {
		s.add(input{dir, errDeep})
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		s.add(input{dir, err})
	}
	for _, e := range entries {
		if s.ctx.Err() != nil || len(s.found) > maxInputs {
			return
		}
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			s.folder(path, depth+1)
		case strings.EqualFold(filepath.Ext(path), ".pdf") && mayBeFile(path, e):
			s.add(input{name: path})
		}
	}
}

// mayBeFile leaves out pipes, devices and links to folders. A link that leads
// nowhere is kept, and will be called missing.
func mayBeFile(path string, e fs.DirEntry) bool {
	if e.Type().IsRegular() {
		return true
	}
	if e.Type()&fs.ModeSymlink == 0 {
		return false
	}
	st, err := os.Stat(path)
	return err != nil || st.Mode().IsRegular()
}

// unreadable is the report over an input that could not be looked at, with
// plain words for what happens every day.
func (l *looker) unreadable(name string, err error) *verify.Report {
	r := verify.Unreadable(err, l.policy.At)
	r.File = name
	own := inputError{verify.Message{Code: r.Reason.Code}}
	switch {
	case errors.As(err, &own):
	case errors.Is(err, fs.ErrNotExist):
		own.VI, own.EN = "Không có tệp hoặc thư mục này.", "There is no such file or folder."
	case errors.Is(err, fs.ErrPermission):
		own.VI, own.EN = "Không có quyền đọc.", "Reading is not permitted."
	case errors.Is(err, errNotRegular):
		own.VI, own.EN = "Đây không phải là tệp thông thường.", "This is not a regular file."
	default:
		return r
	}
	r.Reason = &own.Message
	return r
}
