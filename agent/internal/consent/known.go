package consent

import (
	"fmt"
	"strings"
	"time"
)

// Earlier is a signature that a document carries, judged.
type Earlier struct {
	Name         string    `json:"name"` // from the certificate
	Organisation string    `json:"organisation,omitempty"`
	Verdict      string    `json:"verdict"` // one of the Earlier constants
	Time         time.Time `json:"time"`
	Proven       bool      `json:"proven,omitempty"` // a timestamp proves Time
}

// The verdicts over an earlier signature; any other is EarlierUnknown.
const (
	EarlierPassed  = "passed"
	EarlierFailed  = "failed"
	EarlierUnknown = "unknown"
)

const (
	// maxEarlier is how many earlier signatures are told one by one: a document
	// passes through a few hands; those of fifty are counted.
	maxEarlier = 5
	// maxShownNotice is room for a rule of the law with its number, three lines.
	maxShownNotice = 320
	// maxShownTerm is room for all the words of a stamp, which the caller bounds.
	maxShownTerm = 700
)

// known are the lines on what is known of a document beside its size: who has
// signed it, where the visible signature will stand and what it says, what the
// signature certifies and locks, what is unusual.
func (v view) known(d Document) (lines []string) {
	for i, e := range d.Earlier {
		if i == maxEarlier {
			lines = append(lines, v.moreEarlier)
			break
		}
		lines = append(lines, v.signedBy(e))
	}
	if text := shown(d.Reason, maxShownNote); text != "" {
		lines = append(lines, fmt.Sprintf(v.reason, text))
	}
	if text := shown(d.Stamp, maxShownNotice); text != "" {
		lines = append(lines, fmt.Sprintf(v.stamp, text))
	}
	for _, t := range d.Terms {
		if text := shown(t, maxShownTerm); text != "" {
			lines = append(lines, text)
		}
	}
	return append(lines, v.noticeLines(d.Notices)...)
}

func (v view) noticeLines(notices []string) (lines []string) {
	for _, n := range notices {
		if text := shown(n, maxShownNotice); text != "" {
			lines = append(lines, fmt.Sprintf(v.notice, text))
		}
	}
	return lines
}

// unusual and usual are known in one line each.
func (v view) unusual(d Document) string { return strings.Join(v.noticeLines(d.Notices), " · ") }

func (v view) usual(d Document) string {
	d.Notices = nil
	return strings.Join(v.known(d), " · ")
}

// signedBy is one earlier signature in one line.
func (v view) signedBy(e Earlier) string {
	name := shown(e.Name, maxShownParty)
	if name == "" {
		name = v.unnamed
	}
	if organisation := shown(e.Organisation, maxShownParty); organisation != "" && organisation != name {
		name += " – " + organisation
	}
	verdict := v.earlierUnknown
	switch e.Verdict {
	case EarlierPassed:
		verdict = v.earlierPassed
	case EarlierFailed:
		verdict = v.earlierFailed
	}
	line := name + ": " + verdict
	if !e.Time.IsZero() {
		at := v.claimedAt
		if e.Proven {
			at = v.provenAt
		}
		line += ", " + fmt.Sprintf(at, e.Time.In(vietnam).Format("15:04 "+v.date))
	}
	return line
}

// vietnam is the zone that all times are told in, as in reports.
var vietnam = time.FixedZone("+07", 7*60*60)

// remarks is known in one line, what is unusual first, for lists.
func (v view) remarks(d Document) string {
	return strings.TrimPrefix(strings.TrimSuffix(v.unusual(d)+" · "+v.usual(d), " · "), " · ")
}

// notices are what is known of the certificates.
func (v view) notices() []string { return v.noticeLines(v.q.Notices) }
