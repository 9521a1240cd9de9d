package token

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestFrame(t *testing.T) {
	frame, err := encodeFrame(request{Op: opOpen, Serial: "số", Key: 7}, []byte("1234"))
	if err != nil {
		t.Fatal(err)
	}
	if cap(frame) != len(frame) {
		t.Errorf("frame has %d spare bytes: append may have copied the secret", cap(frame)-len(frame))
	}
	var r request
	secret, err := readFrame(bytes.NewReader(frame), &r)
	if err != nil {
		t.Fatal(err)
	}
	if string(secret) != "1234" || r.Op != opOpen || r.Serial != "số" || r.Key != 7 {
		t.Errorf("secret %q, request %+v", secret, r)
	}
	if json := string(frame[9:]); strings.Contains(json, "1234") {
		t.Errorf("the secret is in the JSON: %s", json)
	}
	if _, err := encodeFrame(request{}, make([]byte, maxPIN+1)); err == nil {
		t.Error("a secret that does not fit was encoded")
	}
	if _, err := encodeFrame(request{Serial: strings.Repeat("a", maxFrame)}, nil); err == nil {
		t.Error("a frame that is too large was encoded")
	}
}

func TestReadFrameRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":                 "\x00\x00\x00\x00",
		"too large":             "\x00\x40\x00\x01",
		"text":                  "Driver version 1.2.3\n",
		"cut length":            "\x00\x00",
		"cut body":              "\x00\x00\x00\x09\x00{}",
		"secret beyond the end": "\x00\x00\x00\x03\x05{}",
		"no JSON":               "\x00\x00\x00\x01\x00",
		"not JSON":              "\x00\x00\x00\x03\x00{x",
		"wrong type":            "\x00\x00\x00\x09\x00{\"op\":1}",
	} {
		var r request
		if _, err := readFrame(strings.NewReader(s), &r); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readFrame(strings.NewReader(""), &request{}); err != io.EOF {
		t.Errorf("end of stream: %v", err)
	}
}

func TestErrorsCrossThePipe(t *testing.T) {
	for _, c := range wireCodes {
		w := toWire(fail(c.err, "chi tiết"))
		if err := w.err(); !errors.Is(err, c.err) || !strings.Contains(err.Error(), "chi tiết") {
			t.Errorf("%v became %v", c.err, err)
		}
	}
	if err := toWire(errors.New("x")).err(); !errors.Is(err, ErrModule) {
		t.Errorf("plain error became %v", err)
	}
	if err := (&wireError{Code: "?"}).err(); !errors.Is(err, ErrModule) {
		t.Errorf("unknown code became %v", err)
	}
}

func FuzzReadFrame(f *testing.F) {
	for _, m := range []any{request{Op: opSign, Digest: make([]byte, 32)}, response{Tokens: []wireToken{{Label: "a", Certificates: []wireCert{{DER: []byte{0x30}}}}}}} {
		frame, err := encodeFrame(m, []byte("12"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame)
	}
	f.Add([]byte("\x00\x00\x00\x03\x05{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r request
		if secret, err := readFrame(bytes.NewReader(data), &r); err == nil {
			// What one side accepts, it can say itself.
			again, err := encodeFrame(r, secret)
			if err != nil {
				t.Fatal(err)
			}
			var r2 request
			if s2, err := readFrame(bytes.NewReader(again), &r2); err != nil || !bytes.Equal(s2, secret) {
				t.Fatalf("%v, secret %q, was %q", err, s2, secret)
			}
		}
		// A library's answer must not crash the agent, whatever it holds.
		var answer response
		if _, err := readFrame(bytes.NewReader(data), &answer); err == nil {
			found, _ := identities("m", answer.Tokens)
			for _, i := range found {
				i.openRequest(OpenOptions{})
			}
			if answer.Error != nil {
				answer.Error.err()
			}
		}
	})
}
