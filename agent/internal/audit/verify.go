package audit

import (
	"context"
	"io"
	"slices"
	"time"
)

// Findings are what Verify found.
type Findings struct {
	// Records is how many are intact, up to the first problem. First and Last are
	// the times of the first and the last of them.
	Records     int64
	First, Last time.Time
	// Interrupted counts the places where writing was cut short, and the log went
	// on. That is no tampering.
	Interrupted int
	// Unfinished counts decisions to sign whose outcome is not recorded: a
	// process was stopped meanwhile, or is at it.
	Unfinished int
	// Problem is the first one, nil for an intact log.
	Problem *Problem
}

// What is wrong with a log.
type What string

// The problems.
const (
	Changed   What = "changed"   // the line is not what was written
	Removed   What = "removed"   // records before the line are missing
	Inserted  What = "inserted"  // the line was not written there
	Reordered What = "reordered" // the line stood elsewhere
	Truncated What = "truncated" // records at the end are missing, or were before the line was written
	NoHead    What = "no-head"   // the head file is missing or unreadable, or was when the line was written
	OldHead   What = "old-head"  // the head file is older than the log
)

// A Problem is a place where the chain does not hold.
type Problem struct {
	What What
	// File and Line are where; Line 0 is the end of the log.
	File string
	Line int
	// Seq is that of the record which is affected, the first where several are
	// missing.
	Seq int64
}

// Verify checks the log in dir. A problem is a finding; an error means that
// nobody could look.
func Verify(ctx context.Context, dir string) (Findings, error) {
	s, err := look(ctx, dir)
	if err != nil {
		return Findings{}, err
	}
	defer s.close()
	return verify(ctx, s)
}

// step is a record with the lines before it that are none, or those at the end of
// the log.
type step struct {
	odd  []string // their digests
	at   *line    // the first of them
	cut  bool     // the last of them has no end
	line *line    // nil at the end
}

// nextStep is io.EOF at the end.
func nextStep(r *reader) (*step, error) {
	var s step
	for {
		l, err := r.next()
		if err == io.EOF && s.at != nil {
			return &s, nil
		}
		if err != nil {
			return nil, err
		}
		if l.err == nil {
			s.line = l
			return &s, nil
		}
		if l.raw = nil; s.at == nil {
			s.at = l
		}
		if len(s.odd) <= maxTorn { // one too many is enough
			s.odd = append(s.odd, hexDigest(l.digest))
		}
		s.cut = l.torn
	}
}

// checker walks along the chain.
type checker struct {
	found Findings
	head  headState
	// seq and digest are of the last record that is good, before of the one before
	// that; last is its line.
	seq    int64
	digest digest
	before string
	last   *line
	open   map[string]struct{} // requests without an outcome
}

// maxOpen bounds the requests whose outcome is waited for; a log has a few.
const maxOpen = 10_000

func verify(ctx context.Context, s *snapshot) (Findings, error) {
	r := &reader{parts: slices.Clone(s.parts)}
	c := &checker{head: s.head, open: make(map[string]struct{})}
	cur, err := nextStep(r)
	for err == nil {
		if ctx.Err() != nil {
			return Findings{}, ctx.Err()
		}
		var next *step
		next, err = nextStep(r)
		if err != nil && err != io.EOF {
			return Findings{}, err
		}
		if c.found.Problem = c.judge(cur, next); c.found.Problem != nil {
			break
		}
		cur = next
	}
	if err != nil && err != io.EOF {
		return Findings{}, err
	}
	if c.found.Problem == nil {
		c.found.Problem = c.judgeEnd(s)
	}
	c.found.Unfinished = len(c.open)
	return c.found, nil
}

// judge takes in a record, or tells what is wrong. next is nil after the last.
func (c *checker) judge(cur, next *step) *Problem {
	want := c.seq + 1
	problem := func(w What, l *line, seq int64) *Problem { return &Problem{w, l.file, l.number, seq} }
	// Only a record that directly follows tells about this one.
	var after *line
	if next != nil && next.at == nil {
		after = next.line
	}
	follows := func(l *line) bool {
		return l != nil && l.record.Seq == want && l.record.Prev == hexDigest(c.digest)
	}
	l := cur.line
	if cur.at != nil {
		switch {
		case l == nil && (c.head.Seq > c.seq || len(cur.odd) > maxTorn):
			return problem(Changed, cur.at, want) // the head knows the record that it was
		case l == nil && !cur.cut, follows(l):
			return problem(Inserted, cur.at, want)
		case l == nil:
			c.found.Interrupted++
			return nil
		}
		if n := l.record.Note; n == nil || n.What != noteTorn || l.record.Seq != want || n.After != hexDigest(c.digest) || !slices.Equal(n.Torn, cur.odd) || l.record.Prev != cur.odd[len(cur.odd)-1] {
			return problem(Changed, cur.at, want)
		}
		c.found.Interrupted++
		c.accept(l)
		return nil
	}
	r := l.record
	switch {
	case follows(l):
		if n := r.Note; n != nil && n.What == noteGap {
			return c.gap(l, n)
		}
		c.accept(l)
		return nil
	case r.Note != nil && r.Note.What == noteTorn && r.Note.After == hexDigest(c.digest):
		return problem(Removed, l, want) // the torn lines
	case follows(after) && r.Seq == want+1 && r.Prev == hexDigest(after.digest):
		return problem(Reordered, l, r.Seq)
	case follows(after):
		return problem(Inserted, l, r.Seq)
	case r.Seq == want && c.last != nil && (after != nil && after.record.Prev == hexDigest(l.digest) || c.head.SHA256 == hexDigest(l.digest)):
		return problem(Changed, c.last, c.seq) // this one is what was written
	case r.Seq == want || r.Prev == hexDigest(c.digest):
		return problem(Changed, l, want)
	case r.Seq < want:
		return problem(Inserted, l, r.Seq)
	case after != nil && after.record.Seq < r.Seq:
		return problem(Reordered, l, r.Seq)
	}
	return problem(Removed, l, want)
}

// accept takes in a good record.
func (c *checker) accept(l *line) {
	r := l.record
	c.seq, c.digest, c.before, c.last = r.Seq, l.digest, r.before(), l
	l.raw = nil
	if c.found.Records++; c.found.Records == 1 {
		c.found.First = r.Time
	}
	c.found.Last = r.Time
	switch {
	case r.Request == "" || r.Note != nil:
	case r.Decision == "":
		delete(c.open, r.Request)
	case r.Certificate != nil && len(c.open) < maxOpen:
		c.open[r.Request] = struct{}{}
	}
}

// gap is what was found when l was written.
func (c *checker) gap(l *line, n *Note) *Problem {
	p := &Problem{Truncated, l.file, l.number, c.seq + 1}
	switch {
	case n.Head == nil:
		p.What = NoHead
	case n.Head.Seq < c.seq:
		p.What = OldHead
	case n.Head.Seq == c.seq:
		p.What, p.Seq = Changed, c.seq
		if c.last != nil {
			p.File, p.Line = c.last.file, c.last.number
		}
	}
	return p
}

// judgeEnd compares the end of the log with the head.
func (c *checker) judgeEnd(s *snapshot) *Problem {
	switch {
	case !s.known && len(s.parts) == 0: // nothing was ever written
	case !s.known:
		return &Problem{What: NoHead, Seq: c.seq}
	case c.head.Seq > c.seq:
		return &Problem{What: Truncated, Seq: c.seq + 1}
	case c.head.Seq == c.seq && c.head.SHA256 == hexDigest(c.digest):
	case c.head.Seq == c.seq:
		p := &Problem{What: Changed, Seq: c.seq}
		if c.last != nil {
			p.File, p.Line = c.last.file, c.last.number
		}
		return p
	case c.head.Seq == c.seq-1 && c.head.SHA256 == c.before:
		// The process ended between its two writes.
	default:
		return &Problem{What: OldHead, Seq: c.seq}
	}
	return nil
}
