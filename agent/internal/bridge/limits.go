package bridge

import "time"

// The versions of the protocol this agent speaks. A version below min is never
// spoken, whatever a page asks for.
const (
	minVersion = 1
	maxVersion = 1
)

// path is the one resource of the listener.
const path = "/kyso/v1"

// DefaultPorts are tried in this order. They are not assigned by IANA and lie
// below the ephemeral ranges of Windows, macOS and Linux, so that no outgoing
// connection takes one. Five let five people be logged on to one machine; a
// page has to try them all, so there are no more.
var DefaultPorts = []int{17810, 17811, 17812, 17813, 17814}

const (
	// chunkBytes is the largest payload of a binary frame: large enough that
	// framing costs nothing, small enough that a cancel is never stuck behind it.
	chunkBytes = 256 << 10
	// windowBytes is how much of a document may be on its way unacknowledged.
	// Four chunks keep loopback full.
	windowBytes = 4 * chunkBytes
	// maxControlBytes bounds a page's JSON frame: the manifest of 500 documents
	// with the longest names fits (381 bytes each), and the reader has room for a
	// chunk anyway.
	maxControlBytes = 224 << 10
	// maxRequests bounds what one connection has under way. A page needs one
	// or two.
	maxRequests = 4
	// maxConnections bounds all connections, maxPerOrigin those of one origin,
	// so that one site with many tabs leaves room for the others.
	maxConnections = 32
	maxPerOrigin   = 8
	// maxSockets bounds accepted TCP connections, upgraded or not.
	maxSockets = 64
	// maxVerifications bounds how many documents are verified at a time: each
	// takes a processor and its size in disk space.
	maxVerifications = 2
	// batchFactor times the document limit bounds all documents of one request.
	batchFactor = 4
	// maxEvidenceItems and maxEvidenceBytes bound what verify takes beside the
	// document, which is held in memory. The largest CRL of a national CA is a
	// few megabytes.
	maxEvidenceItems = 64
	maxEvidenceBytes = 16 << 20
	// transferRate, in bytes per second, is what a page must reach on average
	// beside timing.transfer. Loopback carries hundreds of times as much, and a
	// page that reads from a slow network drive still passes.
	transferRate = 1 << 20
	// maxCredit bounds one grant, so that sums of grants cannot overflow.
	maxCredit = 1 << 40
	// Bounds on texts, in bytes of UTF-8: what file systems allow for a name,
	// and what a person reads of a reason.
	maxNameBytes  = 255
	maxTextBytes  = 500
	maxIDBytes    = 64
	maxTokenBytes = 200 // certificate ids, field names, the client's name
)

// defaultMaxDocumentBytes is what Options.MaxDocumentBytes 0 means.
const defaultMaxDocumentBytes = 256 << 20

// timing gathers the time limits; only tests change them.
type timing struct {
	header   time.Duration // from TCP connection to complete HTTP request
	hello    time.Duration // from upgrade to hello
	write    time.Duration // for one frame to leave
	stall    time.Duration // without a byte or a credit for a transfer
	transfer time.Duration // for all documents of a request one way, beside their size at transferRate
	idle     time.Duration // without any frame while nothing is under way
	ping     time.Duration // between pings
	pong     time.Duration // without any sign of life
	progress time.Duration // between two progress frames of one stage
	list     time.Duration // for the token to list its certificates
}

// defaultTiming: a page on the same machine answers in milliseconds, so seconds
// are generous; only idle is about people, who leave pages open.
var defaultTiming = timing{
	header: 5 * time.Second, hello: 5 * time.Second, write: 30 * time.Second, stall: 60 * time.Second, transfer: 60 * time.Second,
	idle: 15 * time.Minute, ping: 20 * time.Second, pong: 60 * time.Second,
	progress: 100 * time.Millisecond, list: 30 * time.Second,
}

// transferTime bounds how long all documents of a request, total bytes, may
// take one way. stall alone would let a page that sends a byte a minute hold
// one of the few places for ever.
func (t timing) transferTime(total int64) time.Duration {
	return t.transfer + time.Duration(total/(transferRate/1024))*time.Second/1024
}
