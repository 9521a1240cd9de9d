package audit

import (
	"context"
	"io"
	"slices"
)

// Last gives the last n records of the log in dir that which chooses, the newest
// first, and says nothing of whether they are intact. No more months are read
// than hold them.
func Last(ctx context.Context, dir string, n int, which func(Record) bool) ([]Record, error) {
	s, err := look(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var last []Record
	for _, month := range slices.Backward(s.parts) {
		var found []Record
		r := &reader{parts: []part{month}}
		for {
			l, err := r.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if l.err == nil && which(l.record) {
				if found = append(found, l.record); len(found) > n {
					found = found[1:]
				}
			}
		}
		for _, r := range slices.Backward(found) {
			if len(last) < n {
				last = append(last, r)
			}
		}
		if len(last) == n {
			break
		}
	}
	return last, nil
}
