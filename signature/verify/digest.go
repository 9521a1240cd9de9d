package verify

import (
	"crypto"
	"hash"
	"io"
	"runtime"
	"sort"

	"kyso/signature/pades"
	"kyso/signature/small"
)

// hashBlock is read at once while hashing.
const hashBlock = 256 << 10

// digests hashes what the signatures of one document cover. Their ranges all
// begin at the first byte, so that byte is read once for all of them: where
// each signature's own value begins the state so far is kept.
type digests struct {
	doc  io.ReaderAt
	tell func(n int64)
	// stops are the offsets of all signature values, ascending.
	stops []int64
	// total is how many bytes there are to hash.
	total int64
	// kept are states over the bytes before an offset.
	kept map[crypto.Hash]map[int64]hash.Cloner
	// found are the digests asked for so far.
	found map[digestOf][]byte
}

type digestOf struct {
	signature *pades.Signature
	hash      crypto.Hash
}

func newDigests(doc io.ReaderAt, found []*pades.Signature, tell func(n int64)) *digests {
	d := &digests{doc: doc, tell: tell, kept: map[crypto.Hash]map[int64]hash.Cloner{}, found: map[digestOf][]byte{}}
	for _, f := range found {
		if f.Fault == nil {
			d.stops = append(d.stops, f.Range[1])
			d.total += f.Range[3]
		}
	}
	sort.Slice(d.stops, func(i, j int) bool { return d.stops[i] < d.stops[j] })
	if n := len(d.stops); n > 0 {
		d.total += d.stops[n-1]
	}
	return d
}

// of is the digest over the byte range of f.
func (d *digests) of(f *pades.Signature, h crypto.Hash) ([]byte, error) {
	if sum, ok := d.found[digestOf{f, h}]; ok {
		return sum, nil
	}
	state, err := d.prefix(h, f.Range[1])
	if err != nil {
		return nil, err
	}
	if err := d.feed(state, f.Range[2], f.Range[2]+f.Range[3]); err != nil {
		return nil, err
	}
	sum := state.Sum(nil)
	d.found[digestOf{f, h}] = sum
	return sum, nil
}

// prefix is the state over the bytes before end, which is one of the stops.
func (d *digests) prefix(h crypto.Hash, end int64) (hash.Hash, error) {
	kept := d.kept[h]
	if kept == nil {
		kept = map[int64]hash.Cloner{}
		d.kept[h] = kept
	}
	at, state := int64(0), h.New()
	for _, stop := range d.stops {
		if stop > end {
			break
		}
		if known := kept[stop]; known != nil {
			copied, err := known.Clone()
			if err != nil {
				return nil, err
			}
			at, state = stop, copied
			continue
		}
		if err := d.feed(state, at, stop); err != nil {
			return nil, err
		}
		at = stop
		if c, ok := state.(hash.Cloner); ok {
			copied, err := c.Clone()
			if err != nil {
				return nil, err
			}
			kept[stop] = copied
		}
	}
	if at != end {
		return nil, small.Error("hash a range that was not asked for")
	}
	return state, nil
}

// hashAll hashes for every signature what it says it signed. What cannot be
// read is found again when it is asked for.
func (j *judge) hashAll() {
	for _, s := range j.signed {
		h := crypto.Hash(0)
		switch {
		case s.Fault != nil || s.fault != nil || j.shared(s) != nil: // those that overlap are not judged
		case s.stamp != nil:
			h = s.stamp.token.Hash
		case s.SubFilter == rsaSHA1 || s.SubFilter == "adbe.pkcs7.sha1":
			h = crypto.SHA1
		case s.signer != nil:
			h = s.signer.Digest
		}
		if h.Available() {
			s.digest(h)
		}
	}
}

// aside does work beside what follows, where there is a processor for it, and
// returns how to wait for its end. A panic comes up there.
func aside(work func()) (wait func()) {
	if runtime.GOMAXPROCS(0) == 1 {
		return work
	}
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		work()
	}()
	return func() {
		if p := <-done; p != nil {
			panic(p)
		}
	}
}

// feed writes the bytes [from, to) of the document to w.
func (d *digests) feed(w io.Writer, from, to int64) error {
	buf := make([]byte, min(hashBlock, max(to-from, 1)))
	for from < to {
		n, err := d.doc.ReadAt(buf[:min(int64(len(buf)), to-from)], from)
		w.Write(buf[:n])
		from += int64(n)
		d.tell(int64(n))
		if n == 0 {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}
