package device

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"time"
)

// The controls of the virtual reader; everything longer is a command APDU.
const (
	controlOff   = 0
	controlOn    = 1
	controlReset = 2
	controlATR   = 4
)

// serve answers one virtual reader until the connection or ctx ends. Each
// message is two bytes of length, the high one first, and so many bytes.
func (d *Device) serve(ctx context.Context, connection net.Conn) {
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	d.Card.Reset()
	for {
		acknowledgeAtOnce(connection)
		message, err := readMessage(connection)
		if err != nil {
			return
		}
		var reply []byte
		switch {
		case len(message) == 0:
			continue
		case len(message) > 1:
			if reply = d.transmit(ctx, message); reply == nil {
				return
			}
		case message[0] == controlATR:
			reply = d.Card.ATR()
		case message[0] == controlOff, message[0] == controlReset:
			d.Card.Reset()
			continue
		case message[0] == controlOn:
			d.Card.Reset()
			d.mu.Lock()
			d.powered = true
			d.mu.Unlock()
			continue
		default:
			continue
		}
		if writeMessage(connection, reply) != nil {
			return
		}
	}
}

// transmit passes a command to the card, with the faults that were asked for;
// nil means that the card is out.
func (d *Device) transmit(ctx context.Context, command []byte) []byte {
	ins := command[1]
	d.mu.Lock()
	slow, take := d.slow, d.take
	dies := d.dieAt == faultAt{true, ins}
	lies, bitFlip := d.wrongAt == faultAt{true, ins}, d.bitFlip
	if dies {
		d.dieAt = faultAt{}
	}
	d.mu.Unlock()
	if slow > 0 {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(slow):
		}
	}
	if dies {
		take()
		return nil
	}
	reply := d.Card.Transmit(command)
	switch {
	case lies && bitFlip:
		if len(reply) > 2 {
			reply[len(reply)-3] ^= 1
		}
	case lies:
		reply = append(garbage(), 0x90, 0)
	}
	return reply
}

// garbage is a well-formed data object that no instruction answers with.
// OpenSC 0.23 takes that for success: C_Sign then gives CKR_OK and zeros.
func garbage() []byte {
	return append([]byte{0x04, 33}, "day khong phai la cau tra loi ...."[:33]...)
}

func readMessage(connection net.Conn) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(connection, head[:]); err != nil {
		return nil, err
	}
	acknowledgeAtOnce(connection)
	message := make([]byte, binary.BigEndian.Uint16(head[:]))
	_, err := io.ReadFull(connection, message)
	return message, err
}

func writeMessage(w io.Writer, message []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}
