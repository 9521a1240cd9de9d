package nativehost

import (
	"encoding/json"
	"errors"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
)

const (
	// maxID bounds a request's id, which goes back as it came.
	maxID = 64
	// minProfile is as short as a profile's name may be: nobody guesses another's.
	minProfile = 16
	// maxText bounds a version or another short text of the extension.
	maxText = 200
)

// greeting is the first message, of the host itself: which extension the browser
// started it for.
type greeting struct {
	Host *hostGreeting `json:"host"`
}

type hostGreeting struct {
	Version   string `json:"version"`
	Extension string `json:"extension"`
}

// parseGreeting reads the host's message, and the id in it.
func parseGreeting(data []byte) (origin.ExtensionID, error) {
	var g greeting
	if err := exactjson.Decode(data, &g); err != nil {
		return "", err
	}
	if g.Host == nil || len(g.Host.Version) > maxText {
		return "", errors.New("not the host's first message")
	}
	return parseAsking(g.Host.Extension)
}

// request is what the extension sends, answer what it gets.
type request struct {
	ID     string          `json:"id"`
	Type   string          `json:"type"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type answer struct {
	ID     string   `json:"id,omitempty"`
	Type   string   `json:"type"`
	Result any      `json:"result,omitempty"`
	Error  *failure `json:"error,omitempty"`
}

// failure has the members of protocol v1's.
type failure struct {
	Code       string    `json:"code"`
	Message    i18n.Text `json:"message"`
	Remedy     i18n.Text `json:"remedy"`
	MinVersion int       `json:"minVersion,omitempty"`
	MaxVersion int       `json:"maxVersion,omitempty"`
	RetryAfter int64     `json:"retryAfter,omitempty"` // milliseconds
}

// Fault is an error with a code of package i18n, which the extension is told.
// Any other error is told as INTERNAL.
type Fault string

func (f Fault) Error() string { return string(f) }

func failureOf(err error) *failure {
	code := i18n.Internal
	var f Fault
	if errors.As(err, &f) {
		code = string(f)
	}
	e := i18n.Lookup(code)
	return &failure{Code: e.Code, Message: e.Message, Remedy: e.Remedy}
}

// errorMessage is an error that answers no request.
func errorMessage(code string) []byte {
	data, _ := json.Marshal(answer{Type: "error", Error: failureOf(Fault(code))})
	return data
}

func parseRequest(data []byte) (request, error) {
	var r request
	if err := exactjson.Decode(data, &r); err != nil {
		return request{}, err
	}
	if r.Type != "request" || !isID(r.ID) || r.Method == "" || len(r.Method) > maxText {
		return request{}, errors.New("not a request")
	}
	return r, nil
}

// isID: short and plain, as in protocol v1.
func isID(s string) bool {
	if s == "" || len(s) > maxID {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
