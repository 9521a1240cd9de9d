package bridge

import (
	"encoding/binary"
	"encoding/json"
	"errors"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
)

// The types of JSON frames.
const (
	typeRequest  = "request"  // page: do something
	typeCancel   = "cancel"   // page: stop doing it
	typeDone     = "done"     // page: the answer has come, forget it
	typeCredit   = "credit"   // both: so many more bytes of a document may be sent
	typeAccepted = "accepted" // agent: a sign request is under way, with its ticket
	typeProgress = "progress" // agent: how far a request has come
	typeDocument = "document" // agent: a document is about to be sent
	typeResult   = "result"   // agent: a request is done
	typeError    = "error"    // agent: a request failed
	typeEvent    = "event"    // agent: something happened that nobody asked about
)

// frame is the envelope of every JSON frame in either direction.
type frame struct {
	V        int             `json:"v"`
	ID       string          `json:"id,omitempty"`
	Type     string          `json:"type"`
	Method   string          `json:"method,omitempty"`
	Params   json.RawMessage `json:"params,omitempty"`
	Credit   *credit         `json:"credit,omitempty"`
	Accepted *accepted       `json:"accepted,omitempty"`
	Progress *progress       `json:"progress,omitempty"`
	Document *announcement   `json:"document,omitempty"`
	Result   any             `json:"result,omitempty"`
	Error    *failure        `json:"error,omitempty"`
	Event    *event          `json:"event,omitempty"`
}

type credit struct {
	Channel uint32 `json:"channel"`
	Bytes   int64  `json:"bytes"`
}

// accepted answers sign and resume first: the ticket to resume with, and the
// documents that have still to come from the page.
type accepted struct {
	Ticket    string     `json:"ticket"`
	Documents []received `json:"documents"`
}

// received is how many bytes of a document one side has.
type received struct {
	Channel  uint32 `json:"channel"`
	Received int64  `json:"received"`
}

// event is told to every page that may ask. The members are those of status.
type event struct {
	Name         string `json:"name"` // "tokens"
	State        string `json:"state"`
	Certificates int    `json:"certificates"`
}

type progress struct {
	Stage    string `json:"stage"`
	Document int    `json:"document"`
	Done     int64  `json:"done"`
	Total    int64  `json:"total"`
	Finished int    `json:"finished"` // documents that have their result
}

// announcement precedes the binary frames of a document sent to the page, which
// begin at Offset.
type announcement struct {
	Channel uint32 `json:"channel"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
	Offset  int64  `json:"offset,omitempty"`
}

// failure is what a person is told, and a code for programs. The versions are
// there when the code is VERSION_UNSUPPORTED, retryAfter, in milliseconds, when
// it is RATE_LIMITED, the documents when some of a batch have reasons of their
// own.
type failure struct {
	Code       string    `json:"code"`
	Message    i18n.Text `json:"message"`
	Remedy     i18n.Text `json:"remedy"`
	MinVersion int       `json:"minVersion,omitempty"`
	MaxVersion int       `json:"maxVersion,omitempty"`
	RetryAfter int64     `json:"retryAfter,omitempty"`

	Documents []documentOutcome `json:"documents,omitempty"`
}

// decodeFrame reads a JSON frame a page sent. Unknown members, members of other
// frame types and anything after the object are errors: what we do not
// understand we do not half obey.
func decodeFrame(data []byte) (frame, error) {
	var f frame
	if err := exactjson.Decode(data, &f); err != nil {
		return frame{}, err
	}
	if f.V < 1 || f.Accepted != nil || f.Progress != nil || f.Document != nil || f.Result != nil || f.Error != nil || f.Event != nil {
		return frame{}, errors.New("not a frame a page may send")
	}
	switch f.Type {
	case typeRequest:
		if !isID(f.ID) || f.Method == "" || len(f.Method) > maxTokenBytes || f.Credit != nil {
			return frame{}, errors.New("malformed request")
		}
	case typeCancel, typeDone:
		if !isID(f.ID) || f.Method != "" || f.Params != nil || f.Credit != nil {
			return frame{}, errors.New("malformed cancel or done")
		}
	case typeCredit:
		c := f.Credit
		if f.ID != "" || f.Method != "" || f.Params != nil || c == nil || c.Channel == 0 || c.Bytes < 1 || c.Bytes > maxCredit {
			return frame{}, errors.New("malformed credit")
		}
	default:
		return frame{}, errors.New("unknown frame type")
	}
	return f, nil
}

// chunkHeader is the length of a binary frame's header: the channel, big endian.
const chunkHeader = 4

// chunkChannel reads that header.
func chunkChannel(header [chunkHeader]byte) (uint32, error) {
	channel := binary.BigEndian.Uint32(header[:])
	if channel == 0 {
		return 0, errors.New("channel 0 does not exist")
	}
	return channel, nil
}

// isID: request ids are short and plain, so that they can be logged.
func isID(s string) bool {
	if s == "" || len(s) > maxIDBytes {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
