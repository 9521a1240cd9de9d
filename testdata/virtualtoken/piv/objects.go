package piv

import (
	"bytes"
	"crypto/x509"
)

// applicationID names the PIV card application (SP 800-73-4, part 1, 2.2), with
// its version at the end.
var applicationID = []byte{0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0}

// unversionedLength is how much of applicationID a terminal must name.
const unversionedLength = 9

// The tags of data objects (SP 800-73-4, part 1, table 3).
const (
	tagDiscovery     = 0x7E
	tagCHUID         = 0x5FC102
	tagCapabilities  = 0x5FC107
	tagPrintedInfo   = 0x5FC109
	tagFingerprints  = 0x5FC103
	tagFace          = 0x5FC108
	tagIris          = 0x5FC121
	tagSecurity      = 0x5FC106
	tagObject        = 0x53
	tagListOfTags    = 0x5C
	tagTemplate      = 0x61
	tagIdentifier    = 0x4F
	tagAuthority     = 0x79
	tagLabel         = 0x50
	tagCertificate   = 0x70
	tagCompressed    = 0x71
	tagErrorCheck    = 0xFE
	tagPINUsage      = 0x5F2F
	tagGUID          = 0x34
	tagAgencyCode    = 0x30
	tagExpiry        = 0x35
	tagCHUIDSign     = 0x3E
	tagCardID        = 0xF0
	tagContainerVer  = 0xF1
	tagGrammarVer    = 0xF2
	tagDataModel     = 0xF5
	dataModelOfPIV   = 0x10
	versionOfThree73 = 0x21
)

// noAgency is a FASC-N (SP 800-73-4, part 1, 3.1.2) of agency 9999, which is
// none: OpenSC then takes the GUID for the token's serial number.
var noAgency = []byte{
	0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68,
	0x58, 0x21, 0x08, 0x42, 0x10, 0x84, 0x21, 0x80, 0x42, 0x10, 0xC3, 0xE2,
}

// certificateTag says where a slot's certificate is.
var certificateTag = map[Slot]uint32{
	Authentication: 0x5FC105, Signature: 0x5FC10A, KeyManagement: 0x5FC10B, CardAuthentication: 0x5FC101,
}

// initObjects makes the objects every card has. serial is the GUID by which
// OpenSC tells cards apart; it has 16 bytes.
func (c *Card) initObjects(serial []byte) {
	c.objects[tagDiscovery] = encodeTLV(tagDiscovery,
		encodeTLV(tagIdentifier, applicationID),
		encodeTLV(tagPINUsage, []byte{0x40, 0})) // the card's own PIN, no global one
	c.objects[tagCHUID] = encodeTLV(tagObject,
		encodeTLV(tagAgencyCode, noAgency),
		encodeTLV(tagGUID, serial),
		encodeTLV(tagExpiry, []byte("20991231")),
		encodeTLV(tagCHUIDSign),
		encodeTLV(tagErrorCheck))
	c.objects[tagCapabilities] = encodeTLV(tagObject,
		encodeTLV(tagCardID, append([]byte{0xA0, 0, 0, 1, 0x16, 0xFF, 2}, serial[:14]...)),
		encodeTLV(tagContainerVer, []byte{versionOfThree73}),
		encodeTLV(tagGrammarVer, []byte{versionOfThree73}),
		encodeTLV(0xF3), encodeTLV(0xF4, []byte{0}),
		encodeTLV(tagDataModel, []byte{dataModelOfPIV}),
		encodeTLV(0xF6), encodeTLV(0xF7), encodeTLV(0xFA), encodeTLV(0xFB), encodeTLV(0xFC), encodeTLV(0xFD),
		encodeTLV(tagErrorCheck))
	c.objects[tagPrintedInfo] = encodeTLV(tagObject,
		encodeTLV(0x01, []byte("KYSO THU NGHIEM")), encodeTLV(tagErrorCheck))
}

// certificateObject wraps a certificate (SP 800-73-4, part 1, appendix A, table 10).
func certificateObject(certificate *x509.Certificate) []byte {
	return encodeTLV(tagObject,
		encodeTLV(tagCertificate, certificate.Raw),
		encodeTLV(tagCompressed, []byte{0}),
		encodeTLV(tagErrorCheck))
}

// certificateIn reads a slot's certificate back; nil when there is none that
// can be read.
func (c *Card) certificateIn(slot Slot) *x509.Certificate {
	outer, err := parseTLV(c.objects[certificateTag[slot]])
	if err != nil {
		return nil
	}
	object, _ := find(outer, tagObject)
	fields, err := parseTLV(object)
	if err != nil {
		return nil
	}
	der, _ := find(fields, tagCertificate)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return certificate
}

// selectApplication is SELECT, part 2, 3.1.1.
func (c *Card) selectApplication(cmd command) ([]byte, statusWord) {
	if cmd.p1 != 4 || cmd.p2 != 0 {
		return nil, swWrongParameters
	}
	if len(cmd.data) < unversionedLength || !bytes.HasPrefix(applicationID, cmd.data) {
		return nil, swNotFound // the application stays selected
	}
	c.selected, c.admin = true, false
	c.challenge, c.witness = nil, false
	return encodeTLV(tagTemplate,
		encodeTLV(tagIdentifier, applicationID[5:]),
		encodeTLV(tagAuthority, encodeTLV(tagIdentifier, applicationID[:5])),
		encodeTLV(tagLabel, []byte("Kyso THU NGHIEM"))), swOK
}

// getData is GET DATA, part 2, 3.1.2.
func (c *Card) getData(cmd command) ([]byte, statusWord) {
	if cmd.p1 != 0x3F || cmd.p2 != 0xFF {
		return nil, swWrongParameters
	}
	fields, err := parseTLV(cmd.data)
	if err != nil || len(fields) != 1 || fields[0].tag != tagListOfTags {
		return nil, swWrongData
	}
	tag, rest, err := parseTag(fields[0].value)
	if err != nil || len(rest) > 0 {
		return nil, swWrongData
	}
	switch tag {
	case tagPrintedInfo, tagFingerprints, tagFace, tagIris:
		if !c.verified {
			return nil, swSecurityStatus
		}
	}
	object, ok := c.objects[tag]
	if !ok {
		return nil, swNotFound
	}
	return object, swOK
}

// putData is PUT DATA, part 2, 3.3.2: a tag and what is to be there. An empty
// object takes it away.
func (c *Card) putData(cmd command) statusWord {
	if cmd.p1 != 0x3F || cmd.p2 != 0xFF {
		return swWrongParameters
	}
	if !c.admin {
		return swSecurityStatus
	}
	fields, err := parseTLV(cmd.data)
	if err != nil || len(fields) != 2 || fields[0].tag != tagListOfTags || fields[1].tag != tagObject {
		return swWrongData
	}
	tag, rest, err := parseTag(fields[0].value)
	if err != nil || len(rest) > 0 || tag>>8 != 0x5FC1 {
		return swWrongData
	}
	if len(fields[1].value) == 0 {
		delete(c.objects, tag)
		return swOK
	}
	c.objects[tag] = encodeTLV(tagObject, fields[1].value)
	return swOK
}
