package bridge

import (
	"time"

	"kyso/agent/internal/signing"
)

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
	// pieceBytes is how much of a binary frame is in memory at a time. What a page
	// does not send takes none.
	pieceBytes = 64 << 10
	// strangerBytes bounds a frame before the page has authenticated itself: hello
	// and authenticate take half of it.
	strangerBytes = 4 << 10
	// maxRequests bounds what one connection has under way. A page needs one
	// or two.
	maxRequests = 4
	// maxConnections bounds all connections, maxPerOrigin those of one origin,
	// so that one site with many tabs leaves room for the others. Nobody has as
	// many tabs; beyond, those go first that have not authenticated themselves.
	maxConnections = 256
	maxPerOrigin   = 32
	// maxSockets bounds accepted TCP connections, upgraded or not. It leaves half
	// of the usual 1024 file handles of a process to everything else.
	maxSockets = 512
	// maxControls bounds pings and pongs: so many at once, and one a second.
	// Browsers send one for each of the agent's pings.
	maxControls = 20
	// maxRefusalsLogged bounds the lines of log about refused connections: so many
	// at once, and one a second.
	maxRefusalsLogged = 60
	// maxExcess bounds the requests of a connection that come too fast and are
	// still answered: so many at once, and one a second. Each costs a line of log.
	maxExcess = 20
	// maxWaiting bounds the requests that wait for their turn, maxWaitingPerOrigin
	// those of one origin. A person who has sixteen windows ahead has stopped
	// reading them.
	maxWaiting          = 16
	maxWaitingPerOrigin = 4
	// maxResumes bounds how often one request is taken up again: every time its
	// limits of time begin anew.
	maxResumes = 20
	// spoolFactor times the document limit bounds all documents under way, and
	// spoolShare times it those of one origin: a whole batch, and as much is left
	// to others. spoolFiles and spoolFilesShare bound their files, which are open.
	spoolFactor     = 2 * batchFactor
	spoolShare      = batchFactor
	spoolFiles      = 4 * signing.MaxDocuments
	spoolFilesShare = 2 * signing.MaxDocuments
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
	hello    time.Duration // from upgrade until the page is authenticated
	write    time.Duration // for one frame to leave
	stall    time.Duration // without a byte or a credit for a transfer
	transfer time.Duration // for all documents of a request one way, beside their size at transferRate
	idle     time.Duration // without any frame while nothing is under way
	ping     time.Duration // between pings
	pong     time.Duration // without any sign of life
	progress time.Duration // between two progress frames of one stage
	list     time.Duration // for the token to list its certificates
	pairing  time.Duration // for the person to answer a pairing

	// A sign request whose connection dropped waits for its page: before the
	// person has approved, and after.
	away, approved time.Duration
	// done: an answer that was written waits for the page's word.
	done time.Duration

	// A review waits for its page to come, and for one that is gone to come back.
	reviewOpen, reviewAway time.Duration
}

// defaultTiming: a page on the same machine answers in milliseconds, so seconds
// are generous; only idle and pairing are about people, who leave pages open and
// read words aloud. A page comes back at once or, after a crash, when it has been
// loaded again: ten seconds; what a person has approved is worth waiting longer.
var defaultTiming = timing{
	header: 5 * time.Second, hello: 10 * time.Second, write: 30 * time.Second, stall: 60 * time.Second, transfer: 60 * time.Second,
	idle: 15 * time.Minute, ping: 20 * time.Second, pong: 60 * time.Second,
	progress: 100 * time.Millisecond, list: 30 * time.Second, pairing: 2 * time.Minute,
	away: 10 * time.Second, approved: 60 * time.Second, done: 30 * time.Second,
	// A browser that is busy takes a while to open a window.
	reviewOpen: 60 * time.Second, reviewAway: 30 * time.Second,
}

// rate is a token bucket: so many at once, and so many a minute.
type rate struct{ burst, perMinute int }

// limitsOfRate gathers what one origin may do in a time; only tests change them.
type limitsOfRate struct {
	connections rate // a site's tabs, all opened at once
	requests    rate // a signing takes two
	// So many refusals by the person in a row within refusalTime, and the origin
	// rests: it will not get an answer by asking again and again.
	refusals          int
	refusalTime, rest time.Duration
	// Pairings of one origin and windows of all within pairingTime: each is one
	// guess for whoever sits in between, and one window for the person.
	pairings, pairingWindows int
	pairingTime              time.Duration
}

var defaultRates = limitsOfRate{
	connections: rate{20, 30}, requests: rate{30, 60},
	refusals: 3, refusalTime: time.Minute, rest: 30 * time.Second,
	pairings: 3, pairingWindows: 10, pairingTime: 10 * time.Minute,
}

// maxAccounts bounds the origins whose rates are remembered. Where any origin
// may ask to be paired, it could make up names.
const maxAccounts = 256

// transferTime bounds how long all documents of a request, total bytes, may
// take one way. stall alone would let a page that sends a byte a minute hold
// one of the few places for ever.
func (t timing) transferTime(total int64) time.Duration {
	return t.transfer + time.Duration(total/(transferRate/1024))*time.Second/1024
}
