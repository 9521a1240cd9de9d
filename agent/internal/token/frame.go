package token

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A frame between a Module and its token-host child:
//
//	uint32  length of what follows, big-endian
//	uint8   length of the secret
//	secret  the PIN, or nothing
//	JSON    a request or a response
//
// The PIN stays out of the JSON because encoding/json copies what it reads and
// writes into buffers nobody can zero.

const (
	// maxFrame leaves room for sixteen tokens with sixty-four certificates of
	// 3 KiB each, in base64. Real answers have a few kilobytes.
	maxFrame = 4 << 20
	// maxPIN is what one length byte can say. Tokens take 4 to 16 characters;
	// the longest PIN any known one allows is 64.
	maxPIN = 255
)

// encodeFrame builds a frame. The caller must clear it once it is written.
func encodeFrame(message any, secret []byte) ([]byte, error) {
	if len(secret) > maxPIN {
		return nil, fmt.Errorf("secret of %d bytes, at most %d", len(secret), maxPIN)
	}
	text, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	length := 1 + len(secret) + len(text)
	if length > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes, at most %d", length, maxFrame)
	}
	// Exactly sized: append must never leave a copy of the secret behind.
	frame := make([]byte, 0, 4+length)
	frame = binary.BigEndian.AppendUint32(frame, uint32(length))
	frame = append(frame, byte(len(secret)))
	frame = append(frame, secret...)
	return append(frame, text...), nil
}

// readFrame reads one frame into message and returns its secret, which the
// caller must clear. r must not be buffered: a buffer would keep the secret.
// The error is io.EOF only when the stream ends between frames.
func readFrame(r io.Reader, message any) (secret []byte, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < 1 || length > maxFrame {
		return nil, fmt.Errorf("frame announces %d bytes, at most %d", length, maxFrame)
	}
	body := make([]byte, length)
	defer clear(body)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	end := 1 + int(body[0])
	if end > len(body) {
		return nil, errors.New("frame is shorter than its secret")
	}
	if err := json.Unmarshal(body[end:], message); err != nil {
		return nil, fmt.Errorf("frame: %w", err)
	}
	return append([]byte(nil), body[1:end]...), nil
}
