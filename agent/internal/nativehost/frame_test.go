package nativehost

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestFrames: the bytes are those of Chrome's documentation, "native byte order".
func TestFrames(t *testing.T) {
	var b bytes.Buffer
	if err := writeFrame(&b, []byte(`{"text":"é"}`), 100); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != "\x0d\x00\x00\x00{\"text\":\"\xc3\xa9\"}" {
		t.Errorf("%q", got)
	}
	if got, err := readFrame(&b, 13); err != nil || string(got) != `{"text":"é"}` {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := readFrame(&b, 13); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	for in, want := range map[string]error{
		"\x0e\x00\x00\x00": errFrame, "\x00\x00\x00\x00": errFrame, "\xff\xff\xff\xff": errFrame, "\x00\x00\x00\x0d": errFrame,
		"\x0d\x00": io.ErrUnexpectedEOF, "\x02\x00\x00\x00": io.ErrUnexpectedEOF, "\x02\x00\x00\x00{": io.ErrUnexpectedEOF,
	} {
		if _, err := readFrame(strings.NewReader(in), 13); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
	if err := writeFrame(&b, make([]byte, 14), 13); !errors.Is(err, errFrame) || b.Len() > 0 {
		t.Errorf("too long: %v, and %d bytes were written", err, b.Len())
	}
}

// FuzzFrames: whatever comes is read to its end or to an error, and what was
// read is what is written.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00{}"))
	f.Add([]byte("\x02\x00\x00\x00{}\x05\x00\x00\x00[1,2]"))
	f.Add([]byte("\xff\xff\x00\x00{}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1000
		r := bytes.NewReader(in)
		var again bytes.Buffer
		for {
			data, err := readFrame(r, limit)
			if err != nil {
				break
			}
			if len(data) == 0 || len(data) > limit {
				t.Fatalf("%d bytes", len(data))
			}
			if err := writeFrame(&again, data, limit); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(in, again.Bytes()) {
			t.Fatalf("%q became %q", in, again.Bytes())
		}
	})
}

// FuzzRequest: nothing that is no request gets past the decoder.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"id":"1","type":"request","method":"sites"}`))
	f.Add([]byte(`{"id":"1","type":"request","method":"open","params":{"document":{"origin":"https://a.example","topOrigin":"https://a.example","tab":1,"frame":0,"documentId":"","incognito":false}}}`))
	f.Add([]byte(`{"host":{"version":"1","extension":"extension@kyso"}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if r, err := parseRequest(in); err == nil && (r.ID == "" || len(r.ID) > maxID || r.Method == "" || r.Type != "request") {
			t.Fatalf("%+v", r)
		}
		parseGreeting(in)
	})
}
