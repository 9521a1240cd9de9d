package signing_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/testdata/pki"
)

// timedKeys measures what the key itself takes, and makes it slower like a
// token.
type timedKeys struct {
	*signingtest.Held
	pause time.Duration
	spent atomic.Int64
}

func (t *timedKeys) Open(ctx context.Context, id string, pin []byte, o signing.OpenOptions) (signing.Key, error) {
	key, err := t.Held.Open(ctx, id, pin, o)
	return timedKey{key, t}, err
}

type timedKey struct {
	signing.Key
	t *timedKeys
}

func (k timedKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	start := time.Now()
	defer func() { k.t.spent.Add(int64(time.Since(start))) }()
	time.Sleep(k.t.pause)
	return k.Key.Sign(r, digest, o)
}

// BenchmarkBatch signs 500 documents of 64 kB into files that are put on the
// disk, and tells how much longer that takes than reading them once and the
// key's own time, which is measured in the same run: with a key in software,
// which shares the processors, and with one that takes 20 ms more, as tokens do
// at the least.
func BenchmarkBatch(b *testing.B) {
	w := firstWorld()
	w.Set(date(2020, 6, 1, 9))
	const documents, size = 500, 64 << 10
	var pdf bytes.Buffer
	if _, err := signingtest.LargePDF(&pdf, size); err != nil {
		b.Fatal(err)
	}
	in := b.TempDir()
	var files []*os.File
	for i := range documents {
		f, err := os.Create(filepath.Join(in, string(rune('a'+i/26%26))+string(rune('a'+i%26))+".pdf"+string(rune('a'+i/676))))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(pdf.Bytes()); err != nil {
			b.Fatal(err)
		}
		files = append(files, f)
	}
	// RSA 3072, as persons have.
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		b.Fatal(err)
	}
	cert, err := w.Certify("Nguyễn Văn Thử", "SỞ THỬ NGHIỆM", "thu@binhminh.example", key.Public())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		pause time.Duration
	}{{"software", 0}, {"token", 20 * time.Millisecond}} {
		b.Run(c.name, func(b *testing.B) {
			keys := &timedKeys{Held: w.Hold(pki.Identity{Certificate: cert, Key: key}), pause: c.pause}
			s, err := signing.New(signing.Options{Keys: keys, Approver: signingtest.Person(signingtest.Agrees), Clock: w.Now})
			if err != nil {
				b.Fatal(err)
			}
			// As kyso sign does.
			defer debug.SetGCPercent(debug.SetGCPercent(400))
			var reading time.Duration
			for b.Loop() {
				out := b.TempDir()
				start := time.Now()
				for _, f := range files {
					if _, err := io.Copy(io.Discard, io.NewSectionReader(f, 0, int64(pdf.Len()))); err != nil {
						b.Fatal(err)
					}
				}
				reading += time.Since(start)
				r := signing.Request{Deliver: func(_ context.Context, r signing.Result) error {
					f, err := os.Create(filepath.Join(out, r.Name))
					if err != nil {
						return err
					}
					defer f.Close()
					if _, err := io.Copy(f, io.NewSectionReader(r.Signed, 0, r.Size)); err != nil {
						return err
					}
					return f.Sync()
				}}
				for _, f := range files {
					r.Documents = append(r.Documents, signing.Document{Name: filepath.Base(f.Name()), Data: f, Size: int64(pdf.Len())})
				}
				if _, err := s.Sign(b.Context(), r, nil); err != nil {
					b.Fatal(err)
				}
			}
			floor := time.Duration(keys.spent.Load()) + reading
			all := b.Elapsed() - reading
			b.ReportMetric(float64(floor.Milliseconds())/float64(b.N), "key+reading-ms/op")
			b.ReportMetric(100*float64(all-floor)/float64(floor), "%more")
		})
	}
}
