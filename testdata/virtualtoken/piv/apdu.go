package piv

import "encoding/binary"

// A statusWord ends each answer (ISO/IEC 7816-4, 5.1.3).
type statusWord uint16

const (
	swOK                  statusWord = 0x9000
	swMoreData            statusWord = 0x6100 // the low byte: how much more there is
	swTriesLeft           statusWord = 0x63C0 // the low half-byte: tries left
	swWrongLength         statusWord = 0x6700
	swLastExpected        statusWord = 0x6883
	swSecurityStatus      statusWord = 0x6982
	swBlocked             statusWord = 0x6983
	swConditions          statusWord = 0x6985
	swWrongData           statusWord = 0x6A80
	swNotFound            statusWord = 0x6A82
	swWrongParameters     statusWord = 0x6A86
	swReferenceNotFound   statusWord = 0x6A88
	swUnknownInstruction  statusWord = 0x6D00
	swClassNotSupported   statusWord = 0x6E00
	swNothingMoreDetailed statusWord = 0x6F00
)

// The class bytes that are spoken: without secure messaging, on channel 0.
const (
	classPlain   = 0x00
	classChained = 0x10 // more of the same command follows
)

// The instructions of SP 800-73-4, part 2, 3.
const (
	insVerify              = 0x20
	insChangeReferenceData = 0x24
	insResetRetryCounter   = 0x2C
	insGeneralAuthenticate = 0x87
	insSelect              = 0xA4
	insGetResponse         = 0xC0
	insGetData             = 0xCB
	insPutData             = 0xDB
)

// A command is a short command APDU.
type command struct {
	class, ins, p1, p2 byte
	data               []byte
	// expected is Ne, how many bytes of answer the terminal has room for: 0
	// when it wants none, at most 256.
	expected int
}

// parseCommand reads a short command APDU of any of the four cases (ISO/IEC
// 7816-3, 12.1). Extended ones are refused: the ATR does not offer them.
func parseCommand(raw []byte) (command, statusWord) {
	if len(raw) < 4 {
		return command{}, swWrongLength
	}
	c := command{class: raw[0], ins: raw[1], p1: raw[2], p2: raw[3]}
	body := raw[4:]
	switch {
	case len(body) == 0: // case 1
	case len(body) == 1: // case 2
		c.expected = expectedLength(body[0])
	default:
		length := int(body[0])
		if length == 0 { // an extended length
			return command{}, swWrongLength
		}
		body = body[1:]
		switch len(body) - length {
		case 0: // case 3
		case 1: // case 4
			c.expected = expectedLength(body[length])
		default:
			return command{}, swWrongLength
		}
		c.data = body[:length]
	}
	return c, swOK
}

func expectedLength(le byte) int {
	if le == 0 {
		return 256
	}
	return int(le)
}

// answer is a response APDU.
func answer(data []byte, sw statusWord) []byte {
	return binary.BigEndian.AppendUint16(append([]byte(nil), data...), uint16(sw))
}
