package fetch

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxCacheBytes and maxCacheFiles bound the folder: the CRLs of every CA of
	// the country, and the answers for a few thousand certificates.
	maxCacheBytes = 128 << 20
	maxCacheFiles = 4096
	// maxFresh is how long a copy is used without asking again, even when it
	// is valid for longer: a CA may revoke, and publish, before the time it
	// announced.
	maxFresh = 24 * time.Hour
	// abandoned is when an unfinished file was left behind by a crash.
	abandoned = time.Hour
)

// cache keeps answers in a folder, each in a file whose name is a hash and
// whose first line says until when it is valid. A file that is damaged counts
// as none. It keeps what was proven only, and is no more trusted than the
// network: whatever comes from it is judged again. A nil cache keeps nothing.
type cache struct {
	dir string
	now func() time.Time

	mu    sync.Mutex
	dirty bool // something was written since tidy
}

// DefaultCacheDir is this user's folder for what was fetched.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(dir, "kyso", "evidence"), nil
}

// cacheKey names a question.
func cacheKey(r request) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%d %s\n", r.kind, len(r.url), r.url)
	h.Write(r.body)
	return hex.EncodeToString(h.Sum(nil))
}

// copied is a copy from the disk that is still valid; without data there is
// none.
type copied struct {
	data []byte
	// fresh: it need not be asked for again.
	fresh bool
}

// cacheHeader is the first line of a file: when the answer was fetched, until
// when it is valid, both in Unix seconds, and the SHA-256 of what follows.
const cacheHeader = "kyso evidence 1 %d %d %64s\n"

// maxHeaderLine bounds that line.
const maxHeaderLine = 160

func (c *cache) get(key string, limit int64) copied {
	if c == nil {
		return copied{}
	}
	path := filepath.Join(c.dir, key)
	// Asked before opening: a pipe would wait for its writer.
	if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() || st.Size() > limit+maxHeaderLine {
		return copied{}
	}
	f, err := os.Open(path)
	if err != nil {
		return copied{}
	}
	defer f.Close()
	all, err := io.ReadAll(io.LimitReader(f, limit+maxHeaderLine))
	if err != nil {
		return copied{}
	}
	line, data, _ := bytes.Cut(all, []byte("\n"))
	var fetched, until int64
	var sum string
	if _, err := fmt.Sscanf(string(line)+"\n", cacheHeader, &fetched, &until, &sum); err != nil || sum != hexSum(data) {
		return copied{}
	}
	now := c.now()
	from, to := time.Unix(fetched, 0), time.Unix(until, 0)
	// A clock that was set back makes the copy one from the future: of no use.
	if !now.Before(to) || now.Before(from) {
		return copied{}
	}
	return copied{data: data, fresh: now.Sub(from) < maxFresh}
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// put keeps data until the given time. What cannot be written is fetched again
// next time: no error is worth stopping for.
func (c *cache) put(key string, data []byte, until time.Time) {
	if c == nil {
		return
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return
	}
	temp := filepath.Join(c.dir, tempPrefix+rand.Text())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, err = fmt.Fprintf(f, cacheHeader, c.now().Unix(), until.Unix(), hexSum(data))
	if err == nil {
		_, err = f.Write(data)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(c.dir, key))
	}
	if err != nil {
		os.Remove(temp)
		return
	}
	c.mu.Lock()
	c.dirty = true
	c.mu.Unlock()
}

const tempPrefix = "new-"

// tidy removes the oldest files until a quarter of the bounds is free, when
// they are exceeded, and what crashes left behind. Files it did not name are
// not its own.
func (c *cache) tidy() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dirty {
		return
	}
	c.dirty = false
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	var files []os.FileInfo
	total := int64(0)
	for _, e := range entries {
		st, err := e.Info()
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		switch {
		case strings.HasPrefix(e.Name(), tempPrefix):
			if c.now().Sub(st.ModTime()) > abandoned {
				os.Remove(filepath.Join(c.dir, e.Name()))
			}
		case isKey(e.Name()):
			files = append(files, st)
			total += st.Size()
		}
	}
	if total <= maxCacheBytes && len(files) <= maxCacheFiles {
		return
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for n, st := range files {
		if total <= maxCacheBytes*3/4 && len(files)-n <= maxCacheFiles*3/4 {
			break
		}
		os.Remove(filepath.Join(c.dir, st.Name()))
		total -= st.Size()
	}
}

func isKey(name string) bool {
	b, err := hex.DecodeString(name)
	return err == nil && len(b) == sha256.Size
}
