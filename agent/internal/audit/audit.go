// Package audit keeps a person's own log of what Kyso was asked to sign, what was
// decided, and what came of it: one file a month in a folder of the person's,
// each record holding the digest of the one before it. It only ever appends, and
// it never serves a page.
//
// The chain shows what was changed afterwards by somebody who did not write the
// whole chain anew. Whoever may act as this person can do that; docs/audit.md
// says how a copy kept elsewhere guards against it.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// lockTime bounds the wait for other processes that write: each holds the lock
// for two writes to the disk.
const lockTime = 15 * time.Second

// Options are the parts of a Log.
type Options struct {
	// Dir is the folder of the log, made when it is not there. It is required;
	// see Dir.
	Dir string
	// Clock tells the time of a record. It is required.
	Clock func() time.Time
}

// Log appends records. Several processes may have the same log open.
type Log struct {
	o  Options
	mu sync.Mutex // within this process, where locks of files need not hold
}

// Open makes a Log. Nothing is read or written yet.
func Open(o Options) (*Log, error) {
	if o.Dir == "" || o.Clock == nil {
		return nil, errors.New("open audit log: folder and clock are required")
	}
	return &Log{o: o}, nil
}

// Append puts e on the disk, after whatever other processes have written, and
// returns when it is there. With an error nothing was added.
func (l *Log) Append(ctx context.Context, e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.append(ctx, e); err != nil {
		return fmt.Errorf("write audit log: %w", err)
	}
	return nil
}

func (l *Log) append(ctx context.Context, e Entry) error {
	if err := makeFolder(l.o.Dir); err != nil {
		return err
	}
	unlock, err := waitForLock(ctx, filepath.Join(l.o.Dir, lockName), true)
	if err != nil {
		return err
	}
	defer unlock()
	head, err := openHead(l.o.Dir)
	if err != nil {
		return err
	}
	defer head.close()
	end, err := findEnd(l.o.Dir)
	if err != nil {
		return err
	}
	for _, n := range end.notes(head.state, head.known) {
		if err := l.write(head, &end, Record{Entry: Entry{Kind: KindLog}, Note: &n}); err != nil {
			return err
		}
	}
	return l.write(head, &end, Record{Entry: e.bounded()})
}

// write appends one record and moves the head on to it.
func (l *Log) write(head *headFile, end *end, r Record) error {
	now := l.o.Clock().UTC().Truncate(time.Millisecond)
	// A clock that was put back does not begin an older month's file again.
	name := max(now.Format(monthLayout)+extension, end.file)
	r.Seq, r.Time, r.Prev = end.seq+1, now, hexDigest(end.digest)
	line, err := encode(r)
	if err != nil {
		return err
	}
	size, data := int64(0), line
	if name == end.file {
		if size = end.size; end.open {
			data = append([]byte{'\n'}, line...)
		}
	}
	f, err := os.OpenFile(filepath.Join(l.o.Dir, name), os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	undo := func(err error) error {
		// What was added is of no use to anybody; if it cannot be taken away, the
		// next to write finds it.
		f.Truncate(size)
		f.Sync()
		return err
	}
	if _, err := f.WriteAt(data, size); err != nil {
		return undo(err)
	}
	if err := f.Sync(); err != nil {
		return undo(err)
	}
	if size == 0 {
		if err := syncFolder(l.o.Dir); err != nil {
			return undo(err)
		}
	}
	next := headState{Seq: r.Seq, SHA256: hexDigest(digestOf(line)), File: name}
	if err := head.write(next); err != nil {
		return undo(err)
	}
	*end = endAfter(name, size+int64(len(data)), r, line)
	return nil
}

const (
	// The names in the folder.
	monthLayout = "2006-01"
	extension   = ".jsonl"
	headName    = "head"
	lockName    = "lock"
)

// makeFolder makes the folder of the log, and sees to it that nobody else can
// look into it.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	st, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !st.IsDir() {
		return &fs.PathError{Op: "open", Path: dir, Err: errors.New("it is no folder")}
	}
	return private(dir, st)
}

// headState is the last record as the head file knows it, so that a log that was
// cut off is noticed.
type headState struct {
	Seq    int64  `json:"seq"`
	SHA256 string `json:"sha256"`
	File   string `json:"file"`
}

// headBytes is the length of the head file. It is written in its place, in one
// go: no disk is too full for that, and none writes half a sector.
const headBytes = 256

type headFile struct {
	f     *os.File
	state headState
	// known: the state was read, and is not a new log's.
	known bool
}

// openHead opens the head file, and makes one for a new log.
func openHead(dir string) (*headFile, error) {
	f, err := os.OpenFile(filepath.Join(dir, headName), os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	h := &headFile{f: f}
	h.state, h.known = readHead(f)
	files, err := months(dir)
	if err == nil && !h.known && len(files) == 0 {
		// Before the first record, so that its loss is noticed too.
		if err = h.write(headState{SHA256: hexDigest(digest{})}); err == nil {
			err = syncFolder(dir)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return h, nil
}

// readHead reads a head file; known is false for one that holds nothing, or
// nothing that makes sense.
func readHead(f *os.File) (state headState, known bool) {
	data := make([]byte, headBytes)
	n, _ := f.ReadAt(data, 0)
	if json.Unmarshal(data[:n], &state) != nil || state.Seq < 0 || !isDigest(state.SHA256) {
		return headState{}, false
	}
	return state, true
}

func (h *headFile) write(s headState) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	data := make([]byte, headBytes)
	for i := range data {
		data[i] = ' '
	}
	copy(data, text)
	data[headBytes-1] = '\n'
	if _, err := h.f.WriteAt(data, 0); err != nil {
		return err
	}
	if err := h.f.Sync(); err != nil {
		return err
	}
	h.state, h.known = s, true
	return nil
}

func (h *headFile) close() { h.f.Close() }
