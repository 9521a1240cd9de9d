package audit

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// end is where a log ends, and the next record goes.
type end struct {
	file string // the newest month's, empty for a new log
	size int64
	// open: the file does not end with a line's end; cut: the last line, which may
	// be in an older one, has none.
	open, cut bool
	// digest is that of the last line, whatever it holds.
	digest digest
	// seq and whole are of the last record, zero for none. before is the digest
	// of the record before that.
	seq    int64
	whole  digest
	before string
	// torn are the digests of what follows the last record and is none.
	torn []string
	// lost: no record was found where one should be.
	lost bool
}

// endAfter is the end behind a record that was just written.
func endAfter(file string, size int64, r Record, line []byte) end {
	d := digestOf(line)
	return end{file: file, size: size, seq: r.Seq, digest: d, whole: d, before: r.before()}
}

// before is the digest of the record before r, which torn lines may stand
// between.
func (r Record) before() string {
	if r.Note != nil && r.Note.What == noteTorn {
		return r.Note.After
	}
	return r.Prev
}

// notes are what is to be recorded before the next entry.
func (e end) notes(head headState, known bool) (list []Note) {
	if len(e.torn) > 0 && !e.cut {
		e.lost = true // whoever is stopped leaves no line's end
	} else if len(e.torn) > 0 {
		list = append(list, Note{What: noteTorn, After: hexDigest(e.whole), Torn: e.torn})
	}
	switch {
	case !known:
		list = append(list, Note{What: noteGap})
	case e.lost:
		list = append(list, Note{What: noteGap, Head: &head})
	case head.Seq == e.seq && head.SHA256 == hexDigest(e.whole):
	case head.Seq == e.seq-1 && head.SHA256 == e.before:
		// The process ended between its two writes.
	default:
		list = append(list, Note{What: noteGap, Head: &head})
	}
	return list
}

// maxTorn bounds the torn lines that are looked past: one a crash, and who
// writes next says so.
const maxTorn = 8

// findEnd reads the end of the log.
func findEnd(dir string) (end, error) {
	files, err := months(dir)
	if err != nil {
		return end{}, err
	}
	var e end
	seen := false // a line
	for _, name := range slices.Backward(files) {
		lines, size, whole, err := tail(filepath.Join(dir, name))
		if err != nil {
			return end{}, err
		}
		if e.file == "" {
			e.file, e.size = name, size
			e.open = len(lines) > 0 && !bytes.HasSuffix(lines[len(lines)-1], []byte{'\n'})
		}
		for _, line := range slices.Backward(lines) {
			d := digestOf(line)
			if !seen {
				e.digest, seen = d, true
				e.cut = !bytes.HasSuffix(line, []byte{'\n'})
			}
			r, err := decode(line)
			if err == nil {
				e.seq, e.whole, e.before = r.Seq, d, r.before()
				return e, nil
			}
			if len(e.torn) == maxTorn {
				e.lost = true
				return e, nil
			}
			e.torn = append([]string{hexDigest(d)}, e.torn...)
		}
		if !whole {
			e.lost = true
			return e, nil
		}
	}
	return e, nil
}

// tail are the last lines of a file, which may be torn; whole tells whether
// these are all.
func tail(name string) (lines [][]byte, size int64, whole bool, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil, 0, false, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, 0, false, err
	}
	if !st.Mode().IsRegular() {
		return nil, 0, false, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is no regular file")}
	}
	size = st.Size()
	// A batch's line is long and rare.
	for _, most := range []int64{64 << 10, 2*maxLine + 64<<10} {
		from := max(0, size-most)
		data := make([]byte, size-from)
		if _, err := f.ReadAt(data, from); err != nil {
			return nil, 0, false, err
		}
		if from > 0 { // not at the beginning of a line
			data = data[bytes.IndexByte(data, '\n')+1:]
		}
		lines = slices.DeleteFunc(bytes.SplitAfter(data, []byte{'\n'}), func(l []byte) bool { return len(l) == 0 })
		if whole = from == 0; whole || slices.ContainsFunc(lines, func(l []byte) bool { _, err := decode(l); return err == nil }) {
			break
		}
	}
	return lines, size, whole, nil
}

var monthName = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}\.jsonl$`)

// maxNames bounds what is read of the folder: a file a month for a life.
const maxNames = 10_000

// months are the names of the log's files, the oldest first.
func months(dir string) (names []string, err error) {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	all, err := d.Readdirnames(maxNames)
	if err != nil && len(all) > 0 {
		return nil, err
	}
	for _, name := range all {
		if monthName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
