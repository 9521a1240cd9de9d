package nativehost

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Bounds of a message, in bytes of JSON.
const (
	// MaxFromExtension: the largest request, that of a document, has 2 KiB.
	MaxFromExtension = 64 << 10
	// MaxToExtension stays below the 1 MiB that browsers take from a host; the
	// largest answers are a thousand sites and the anchors.
	MaxToExtension = 512 << 10
)

// headerBytes is the length of a message's length: 32 bits in the machine's own
// order (Chrome, "Native messaging protocol"), which is little endian on all
// machines that this program is made for.
const headerBytes = 4

// errFrame is a message that is empty or too long. What follows cannot be read.
var errFrame = errors.New("message is empty or too long")

// readFrame reads one message of at most limit bytes. At the end, between two
// messages, the error is io.EOF.
func readFrame(r io.Reader, limit int) ([]byte, error) {
	var header [headerBytes]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(header[:])
	if n == 0 || uint64(n) > uint64(limit) {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", errFrame, n, limit)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return data, nil
}

// writeFrame writes one message of at most limit bytes, all at once.
func writeFrame(w io.Writer, data []byte, limit int) error {
	if len(data) == 0 || len(data) > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", errFrame, len(data), limit)
	}
	frame := make([]byte, headerBytes, headerBytes+len(data))
	binary.LittleEndian.PutUint32(frame, uint32(len(data)))
	_, err := w.Write(append(frame, data...))
	return err
}
