package vgca

import "time"

const (
	// maxFrameBytes bounds a page's question: 500 documents with the longest
	// addresses fit, and a message of MaxDataBytes in base64.
	maxFrameBytes = 4 << 20
	// maxSockets bounds accepted connections, maxConnections those that were let
	// in, maxPerOrigin those of one site.
	maxSockets     = 64
	maxConnections = 32
	maxPerOrigin   = 8
	// maxVerifications bounds how many documents are verified at a time.
	maxVerifications = 2
	// maxSending bounds how many documents of one question are sent at a time.
	maxSending = 8
	// batchFactor times the document limit bounds all documents of one question.
	batchFactor             = 4
	defaultMaxDocumentBytes = 256 << 20
	// maxURL and maxShort bound texts of a page: addresses, and what people read.
	maxURL   = 8 << 10
	maxShort = 160
	// maxToken bounds session and token.
	maxToken = 8 << 10
	// maxNameBytes is what file systems allow for a name.
	maxNameBytes = 255
)

// timing gathers the time limits; only tests change them.
type timing struct {
	header   time.Duration // from TCP connection to complete HTTP request
	question time.Duration // from upgrade to the whole question
	work     time.Duration // from the question to the answer
	write    time.Duration // for the answer to leave
	linger   time.Duration // for the page to close after the answer
}

// work: five minutes each way for the documents, as long for the person, and
// what timestamps take.
var defaultTiming = timing{header: 5 * time.Second, question: 30 * time.Second, work: 30 * time.Minute, write: 30 * time.Second, linger: 5 * time.Second}
