package piv

import "errors"

// errTLV is about bytes that are not BER-TLV as cards use it.
var errTLV = errors.New("not BER-TLV data")

// A tlv is a tag with its value.
type tlv struct {
	tag   uint32
	value []byte
}

// maxTagBytes bounds a tag: PIV's longest has three bytes (5FC102).
const maxTagBytes = 3

// parseTLV reads all data objects in data, one level deep.
func parseTLV(data []byte) ([]tlv, error) {
	var all []tlv
	for len(data) > 0 {
		tag, rest, err := parseTag(data)
		if err != nil {
			return nil, err
		}
		length, rest, err := parseLength(rest)
		if err != nil || length > len(rest) {
			return nil, errTLV
		}
		all = append(all, tlv{tag, rest[:length]})
		data = rest[length:]
	}
	return all, nil
}

// parseTag reads a tag (ISO/IEC 7816-4, 5.2.2.1).
func parseTag(data []byte) (tag uint32, rest []byte, err error) {
	if len(data) == 0 {
		return 0, nil, errTLV
	}
	tag = uint32(data[0])
	if data[0]&0x1F != 0x1F {
		return tag, data[1:], nil
	}
	for i := 1; i < maxTagBytes && i < len(data); i++ {
		tag = tag<<8 | uint32(data[i])
		if data[i]&0x80 == 0 {
			return tag, data[i+1:], nil
		}
	}
	return 0, nil, errTLV
}

// parseLength reads a length of up to two bytes after the first (ISO/IEC
// 7816-4, 5.2.2.2); nothing on a card is longer.
func parseLength(data []byte) (length int, rest []byte, err error) {
	switch {
	case len(data) >= 1 && data[0] < 0x80:
		return int(data[0]), data[1:], nil
	case len(data) >= 2 && data[0] == 0x81:
		return int(data[1]), data[2:], nil
	case len(data) >= 3 && data[0] == 0x82:
		return int(data[1])<<8 | int(data[2]), data[3:], nil
	}
	return 0, nil, errTLV
}

// find returns the value of the first object with tag, and whether there is one.
func find(all []tlv, tag uint32) ([]byte, bool) {
	for _, t := range all {
		if t.tag == tag {
			return t.value, true
		}
	}
	return nil, false
}

// encodeTLV writes one data object. The value must be shorter than 64 KiB.
func encodeTLV(tag uint32, value ...[]byte) []byte {
	var out []byte
	for shift := 16; shift >= 0; shift -= 8 {
		if b := byte(tag >> shift); b != 0 || len(out) > 0 {
			out = append(out, b)
		}
	}
	length := 0
	for _, v := range value {
		length += len(v)
	}
	switch {
	case length < 0x80:
		out = append(out, byte(length))
	case length < 0x100:
		out = append(out, 0x81, byte(length))
	default:
		out = append(out, 0x82, byte(length>>8), byte(length))
	}
	for _, v := range value {
		out = append(out, v...)
	}
	return out
}
