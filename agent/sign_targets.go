package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kyso/agent/internal/signing"
)

// target is a document to sign and where it goes.
type target struct {
	in, out string
	file    *os.File
	size    int64
	mode    fs.FileMode
}

// targets opens the documents and finds out whether their outputs can be
// written, all before anybody is asked: no PIN is spent on a folder that takes
// no file. With --on-error continue, what cannot be used is told and left out.
// closeAll is never nil.
func (c *signCmd) targets(tell *signTeller) (targets []*target, closeAll func(), err error) {
	closeAll = func() {
		for _, t := range targets {
			t.file.Close()
		}
	}
	pairs, err := c.pairs()
	if err != nil {
		return nil, closeAll, err
	}
	tell.expect(len(pairs))
	for _, t := range pairs {
		switch err := t.open(c.Force); {
		case err == nil:
			targets = append(targets, t)
		case c.To != "" && c.OnError == "continue":
			tell.failed(t, err)
		case c.To != "":
			return targets, closeAll, &inputFault{t.in, err}
		default:
			return targets, closeAll, err
		}
	}
	if err := overwritten(targets); err != nil {
		return targets, closeAll, err
	}
	dir := c.To
	if dir == "" {
		dir = filepath.Dir(c.Files[1])
	}
	sweep(dir, time.Now())
	if err := probe(dir); err != nil {
		return targets, closeAll, personError{"Không ghi được vào thư mục " + visible(dir) + ". Chọn thư mục khác cho kết quả.",
			"Nothing can be written into " + visible(dir) + ". Choose another folder for the output."}
	}
	return targets, closeAll, nil
}

// inputFault names the file of a batch that an error is about.
type inputFault struct {
	name string
	err  error
}

func (f *inputFault) Error() string { return f.name + ": " + f.err.Error() }
func (f *inputFault) Unwrap() error { return f.err }

// pairs finds the names of all documents and outputs.
func (c *signCmd) pairs() ([]*target, error) {
	if c.To == "" {
		return []*target{{in: c.Files[0], out: c.Files[1]}}, nil
	}
	if st, err := os.Stat(c.To); err != nil || !st.IsDir() {
		return nil, personError{"Không có thư mục " + visible(c.To) + ". Tạo thư mục trước, hoặc chọn thư mục khác.",
			"There is no folder " + visible(c.To) + ". Make it first, or choose another."}
	}
	var pairs []*target
	taken := make(map[string]string)
	for _, pattern := range c.Files {
		for _, in := range expand(pattern, shellLeavesPatterns) {
			name := filepath.Base(in)
			ext := filepath.Ext(name)
			out := filepath.Join(c.To, strings.TrimSuffix(name, ext)+c.Suffix+ext)
			// Many file systems do not tell upper case from lower.
			if other, twice := taken[strings.ToLower(out)]; twice {
				return nil, personError{
					visible(other) + " và " + visible(in) + " sẽ ghi vào cùng một tệp " + visible(out) + ". Ký riêng từng tệp.",
					visible(other) + " and " + visible(in) + " would both be written to " + visible(out) + ". Sign them one after the other."}
			}
			taken[strings.ToLower(out)] = in
			pairs = append(pairs, &target{in: in, out: out})
		}
	}
	if len(pairs) > signing.MaxDocuments {
		return nil, personError{fmt.Sprintf("Có %d tệp; mỗi lượt ký tối đa %d tệp.", len(pairs), signing.MaxDocuments),
			fmt.Sprintf("There are %d files; at most %d are signed at once.", len(pairs), signing.MaxDocuments)}
	}
	return pairs, nil
}

// open opens the document, unless its output must not be written.
func (t *target) open(force bool) error {
	same, err := sameFile(t.in, t.out)
	switch {
	case err != nil:
		return err
	case same:
		return personError{"Không ghi đè lên chính tệp đang ký. Chọn tên khác cho kết quả.",
			"The document being signed is never overwritten. Choose another name for the output."}
	}
	if st, err := os.Lstat(t.out); err == nil {
		if st.IsDir() {
			return personError{visible(t.out) + " là thư mục. Ghi rõ tên tệp kết quả, hoặc dùng --to để ký vào thư mục.",
				visible(t.out) + " is a folder. Name the output file, or use --to to sign into a folder."}
		}
		if !force {
			return existsError(t.out)
		}
	}
	if t.file, t.size, err = openRegular(t.in); err != nil {
		return fmt.Errorf("open the document: %w", err)
	}
	st, err := t.file.Stat()
	if err != nil {
		t.file.Close()
		return fmt.Errorf("open the document: %w", err)
	}
	t.size, t.mode = st.Size(), st.Mode()
	return nil
}

// overwritten refuses an output in the place of another's document, which
// --force would write over.
func overwritten(targets []*target) error {
	ins := make([]os.FileInfo, len(targets))
	for i, t := range targets {
		st, err := t.file.Stat()
		if err != nil {
			return fmt.Errorf("open the document: %w", err)
		}
		ins[i] = st
	}
	for _, t := range targets {
		out, err := os.Stat(t.out)
		if err != nil {
			continue // there is nothing yet
		}
		for i, in := range ins {
			if os.SameFile(in, out) {
				return personError{"Kết quả của " + visible(t.in) + " sẽ ghi đè lên " + visible(targets[i].in) + ", một tệp cần ký. Chọn thư mục khác cho kết quả.",
					"The output of " + visible(t.in) + " would overwrite " + visible(targets[i].in) + ", which is to be signed too. Choose another folder for the output."}
			}
		}
	}
	return nil
}

func existsError(name string) error {
	return personError{"Tệp " + visible(name) + " đã có. Chọn tên khác, hoặc thêm --force để ghi đè.",
		visible(name) + " exists. Choose another name, or add --force to overwrite it."}
}

// write writes a signed document, only if its bytes are still those that were
// checked.
func (t *target) write(r signing.Result, force bool) error {
	o, err := newOutput(t.out, t.mode)
	if err != nil {
		return fmt.Errorf("write the signed document: %w", err)
	}
	defer o.discard()
	if err = o.write(r.Signed, r.Size, r.SHA256); err == nil {
		err = o.publish(force)
	}
	switch {
	case errors.Is(err, errDiffers):
		return fmt.Errorf("%w: %w", signing.ErrChanged, err)
	case errors.Is(err, fs.ErrExist):
		return existsError(t.out)
	case err != nil:
		return fmt.Errorf("write the signed document: %w", err)
	}
	return nil
}
