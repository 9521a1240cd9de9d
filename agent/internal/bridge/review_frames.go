package bridge

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/placement"
	"kyso/signature/verify"
)

// The types of a review's frames.
const (
	reviewShow    = "review"  // agent: what would be asked
	reviewRead    = "read"    // page: bytes of a document, answered by a binary frame
	reviewPlace   = "place"   // page: the stamp elsewhere, answered by a review
	reviewStamp   = "stamp"   // both: what the stamp looks like
	reviewConfirm = "confirm" // page: the person goes on
	reviewRefuse  = "refuse"  // page: the person does not
	reviewAsking  = "asking"  // agent: its window is up
	reviewEnded   = "ended"   // agent: what became of the request
)

const (
	// maxReviewFrame bounds a page's frame: a place and a profile.
	maxReviewFrame = 1 << 10
	// maxReviewReads bounds the reads under way, maxReviewBytes one of them.
	maxReviewReads = 8
	maxReviewBytes = chunkBytes
	// maxReviewAsks bounds what else waits for its answer: a person moves one stamp.
	maxReviewAsks = 8
	// maxPicture bounds the PNG of a stamp: 300 KiB in base64.
	maxPicture = 300 << 10 / 4 * 3
)

// reviewRequest is a page's frame. Pointers tell a member that is not there.
type reviewRequest struct {
	Type     string  `json:"type"`
	ID       *uint32 `json:"id,omitempty"`
	Document *int    `json:"document,omitempty"`
	Offset   *int64  `json:"offset,omitempty"`
	Length   *int    `json:"length,omitempty"`
	Place    *string `json:"place,omitempty"`
	Profile  *string `json:"profile,omitempty"`
}

// reviewAnswer is the agent's frame.
type reviewAnswer struct {
	Type     string       `json:"type"`
	ID       *uint32      `json:"id,omitempty"`
	Review   *reviewState `json:"review,omitempty"`
	Document *int         `json:"document,omitempty"`
	PNG      string       `json:"png,omitempty"`
	Outcome  string       `json:"outcome,omitempty"`
	Error    *failure     `json:"error,omitempty"`
}

// reviewState is what would be asked now.
type reviewState struct {
	Origin   string `json:"origin"`
	Language string `json:"language"`
	Level    string `json:"level"`
	// Certificate is null while there are several to choose from in the window.
	Certificate *reviewCertificate `json:"certificate"`
	Profile     string             `json:"profile"`
	Template    string             `json:"template"`
	Profiles    []string           `json:"profiles"`
	CanPlace    bool               `json:"canPlace"`
	Documents   []reviewDocument   `json:"documents"`
	LeftOut     []reviewLeftOut    `json:"leftOut"`
}

type reviewCertificate struct {
	Holder       string    `json:"holder"`
	Organisation string    `json:"organisation"`
	Issuer       string    `json:"issuer"`
	NotAfter     time.Time `json:"notAfter"`
}

type reviewDocument struct {
	Index      int         `json:"index"`
	Name       string      `json:"name"`
	Size       int64       `json:"size"`
	SHA256     string      `json:"sha256"`
	Pages      int         `json:"pages"`
	Words      string      `json:"words"`
	Signatures int         `json:"signatures"`
	Broken     int         `json:"broken"`
	Notices    []i18n.Text `json:"notices"`
	// Stamp says where it stands, and Spot too; both null without one, or without a
	// place for it, which is then among Notices.
	Stamp *i18n.Text  `json:"stamp"`
	Spot  *reviewSpot `json:"spot"`
}

// reviewSpot is in points from the lower left corner of the page as it is shown.
type reviewSpot struct {
	Page int     `json:"page"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	W    float64 `json:"w"`
	H    float64 `json:"h"`
}

type reviewLeftOut struct {
	Name    string    `json:"name"`
	Message i18n.Text `json:"message"`
}

// decodeReviewRequest reads a page's frame: exactly the members of its type.
func decodeReviewRequest(data []byte) (reviewRequest, error) {
	var f reviewRequest
	if err := exactjson.Decode(data, &f); err != nil {
		return f, err
	}
	const id, document, offset, length, place, profile = 1, 2, 4, 8, 16, 32
	has := 0
	for bit, there := range map[int]bool{id: f.ID != nil, document: f.Document != nil, offset: f.Offset != nil, length: f.Length != nil, place: f.Place != nil, profile: f.Profile != nil} {
		if there {
			has |= bit
		}
	}
	ok := false
	switch f.Type {
	case reviewRead:
		ok = has == id|document|offset|length && *f.Document >= 0 && *f.Offset >= 0 && *f.Length >= 1 && *f.Length <= maxReviewBytes
	case reviewPlace:
		ok = has&^profile == document|place && *f.Document >= signing.All && plain(*f.Place, maxPlace) && (f.Profile == nil || plain(*f.Profile, maxIDBytes))
	case reviewStamp:
		ok = has == document && *f.Document >= 0
	case reviewConfirm, reviewRefuse:
		ok = has == 0
	}
	if !ok {
		return f, errors.New("not a frame a review page may send")
	}
	return f, nil
}

// at is the place of a place frame, zero for "auto".
func (f reviewRequest) at() (placement.Place, error) {
	at, err := stampParams{Place: *f.Place}.at()
	if err != nil || *f.Place == "" {
		return at, badRequest("place")
	}
	return at, nil
}

// stateOf is what the page is told of a proposal.
func stateOf(p signing.Proposal, words func([]byte) string) *reviewState {
	s := &reviewState{Origin: p.Origin, Language: p.Language, Level: p.Level, Profile: string(p.Profile), Template: p.Template, Profiles: []string{}, CanPlace: p.CanPlace,
		Documents: []reviewDocument{}, LeftOut: []reviewLeftOut{}}
	for _, profile := range p.Profiles {
		s.Profiles = append(s.Profiles, string(profile))
	}
	if len(p.Identities) == 1 {
		c := describe(p.Identities[0])
		s.Certificate = &reviewCertificate{Holder: c.Holder, Organisation: c.Organisation, Issuer: c.Issuer, NotAfter: c.NotAfter}
	}
	for i, d := range p.Documents {
		out := reviewDocument{Index: i, Name: d.Name, Size: d.Size, SHA256: hex.EncodeToString(d.SHA256[:]), Pages: d.Pages, Words: words(d.SHA256[:]),
			Signatures: d.Signatures, Broken: d.Broken, Notices: []i18n.Text{}}
		for _, n := range d.Notices {
			out.Notices = append(out.Notices, textOf(n))
		}
		if d.Stamp.VI != "" {
			text := textOf(d.Stamp)
			out.Stamp = &text
		}
		if spot := p.Spots[i]; spot.Page > 0 {
			out.Spot = &reviewSpot{spot.Page, spot.Rect.Left, spot.Rect.Bottom, spot.Rect.Width(), spot.Rect.Height()}
		} else if spot.Missing != nil {
			out.Notices = slices.Insert(out.Notices, 0, reviewFailure(spot.Missing).Message)
		}
		s.Documents = append(s.Documents, out)
	}
	for _, l := range p.LeftOut {
		s.LeftOut = append(s.LeftOut, reviewLeftOut{l.Name, reviewFailure(l.Err).Message})
	}
	return s
}

func textOf(m verify.Message) i18n.Text { return i18n.Text{VI: m.VI, EN: m.EN} }

// reviewFailure is what the person is told of err: the cause in its own words
// where it has any. What a page is told has none, since they quote the document;
// here the person reads it.
func reviewFailure(err error) *failure {
	f := explain(err)
	var cause interface{ Words() (vi, en string) }
	if errors.As(err, &cause) {
		vi, en := cause.Words()
		f.Message = i18n.Text{VI: sentence(vi), EN: sentence(en)}
	}
	return f
}

// sentence writes a cause as a sentence.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
