package report

import (
	"errors"
	"fmt"
	"slices"

	"kyso/signature/verify"
)

// Document is a report and what its caller met on the way to it.
type Document struct {
	*verify.Report
	// Unread says that the document could not be looked at; the report's
	// reason says why.
	Unread bool
	// Fetch is what could not be fetched, and why.
	Fetch []error
}

// Style is how a report is written.
type Style struct {
	// Language is "vi" or "en"; anything else is "vi".
	Language string
	// Color adds a terminal's colours to Text. No meaning rests on them.
	Color bool
	// Width is the columns that Text wraps at. Zero leaves lines long.
	Width int
}

// maxListed bounds the lines of one list for people. The JSON report has all.
const maxListed = 50

// view is a report in one language, cleaned, as text and HTML both show it:
// neither adds a word to it.
type view struct {
	W          *text
	File       string
	Mark       string // "passed", "failed" or "unknown"
	Verdict    string
	Status     string
	Why        string
	Do         []string
	Fetch      []string
	Missing    []string
	Warnings   []string
	Signatures []signatureView
	Details    []row
}

type row struct{ Label, Value string }

type signatureView struct {
	Number  int
	Title   string
	Mark    string
	Verdict string
	Status  string
	Why     string
	Do      []string
	// Fields are the seven that TT 15/2025/TT-BKHCN, Article 6, asks for.
	Fields  []row
	More    []row
	Stamps  []stampView
	Changes []changeView
	// Unlisted counts the changes left out of Changes.
	Unlisted string
	Warnings []string
	Details  []row
}

type stampView struct{ Time, Kind, Signer, Verdict, Status, Why string }

type changeView struct{ Revision, What, Effect string }

func newView(d Document, language string) *view {
	w := wordsIn(language)
	r := d.Report
	v := &view{W: w, File: fileName(w, r.File), Status: status(r.Verdict, r.SubIndication), Why: w.message(r.Reason)}
	v.Mark, v.Verdict = w.verdictOf(d)
	v.Do = remedies(w, r.Verdict, r.SubIndication, r.Reason)
	for _, err := range d.Fetch[:min(len(d.Fetch), maxListed)] {
		v.Fetch = append(v.Fetch, FetchProblem(err, language))
	}
	if later := w.pick(runLater.vi, runLater.en); len(v.Fetch) > 0 && r.Verdict != verify.TotalPassed && !slices.Contains(v.Do, later) {
		v.Do = append(v.Do, later)
	}
	v.Missing = missing(w, r.Missing)
	v.Warnings = w.messages(r.Warnings)
	for i := range r.Signatures {
		s := w.signature(r, &r.Signatures[i])
		s.Number = i + 1
		if len(r.Signatures) == 1 && s.Why == v.Why {
			s.Why, s.Do = "", nil // said above already
		}
		v.Signatures = append(v.Signatures, s)
	}
	v.Details = []row{{w.judgedFor, moment(r.Time)}}
	if r.Size > 0 {
		v.Details = append(v.Details, row{w.size, fmt.Sprint(r.Size, " B")})
	}
	if r.Pages > 0 {
		v.Details = append(v.Details, row{w.pages, fmt.Sprint(r.Pages)})
	}
	if r.Revisions > 0 {
		v.Details = append(v.Details, row{w.revisions, fmt.Sprint(r.Revisions)})
	}
	if r.Reason != nil {
		v.Details = append(v.Details, row{w.code, clean(r.Reason.Code)})
	}
	return v
}

// FetchProblem says what could not be fetched, in the reader's language where
// the error has words for people, on one line that is safe to show.
func FetchProblem(err error, language string) string {
	var own interface {
		error
		Words() (vi, en string)
	}
	if !errors.As(err, &own) {
		return clean(err.Error())
	}
	vi, en := own.Words()
	return clean(wordsIn(language).pick(vi, en))
}

// verdictOf gives the mark and the word of a document.
func (w *text) verdictOf(d Document) (mark, word string) {
	if d.Unread {
		return "unknown", w.unread
	}
	return markOf(d.Verdict), w.verdicts[d.Verdict]
}

func (w *text) signature(r *verify.Report, s *verify.Signature) signatureView {
	out := signatureView{
		Title: w.kinds[s.Kind] + " " + quoted(clean(s.Field)), Mark: markOf(s.Verdict), Verdict: w.verdicts[s.Verdict],
		Status: status(s.Verdict, s.SubIndication), Why: w.message(s.Reason), Do: remedies(w, s.Verdict, s.SubIndication, s.Reason),
		Fields: w.sevenFields(r, s), Warnings: w.messages(s.Warnings),
	}
	out.More = []row{
		{w.revocation, w.revoked(s.Revocation)},
		{w.coverage, w.coverages[s.Coverage]},
		{w.Changes, w.modifications[s.Modification]},
		{w.level, joined(", ", s.Level, s.Algorithm)},
	}
	for _, t := range s.Timestamps {
		if len(out.Stamps) == maxListed {
			break
		}
		out.Stamps = append(out.Stamps, stampView{
			Time: moment(t.Time), Kind: w.stampKinds[t.Kind], Signer: joined(", ", clean(t.Signer), clean(t.Issuer)),
			Verdict: w.stampVerdicts[t.Verdict], Status: status(t.Verdict, t.SubIndication), Why: w.message(t.Reason),
		})
	}
	left := 0
	seen := map[string]bool{}
	for _, c := range s.Changes {
		key := fmt.Sprint(c.Revision, c.Code, c.Effect)
		if seen[key] {
			continue
		}
		seen[key] = true
		if len(out.Changes) == maxListed {
			left++
			continue
		}
		out.Changes = append(out.Changes, changeView{fmt.Sprint(c.Revision), w.message(&c.Message), w.modifications[c.Effect]})
	}
	if left > 0 {
		out.Unlisted = fmt.Sprintf(w.andMore, left)
	}
	out.Details = []row{{w.valid, w.yesNo(s.Valid)}, {w.trusted, w.trust(s)}}
	if s.Signer != nil {
		out.Details = append(out.Details, row{w.serial, clean(s.Signer.Serial)}, row{w.sha256, clean(s.Signer.SHA256)})
		if s.Signer.Email != "" {
			out.Details = append(out.Details, row{w.email, clean(s.Signer.Email)})
		}
	}
	if s.ClaimedTime != nil {
		out.Details = append(out.Details, row{w.claimed, moment(*s.ClaimedTime)})
	}
	out.Details = append(out.Details, row{w.judgedFor, joined(", ", moment(s.BestTime.Value), w.sources[s.BestTime.Source])},
		row{w.format, clean(s.SubFilter)})
	if s.Revision > 0 {
		out.Details = append(out.Details, row{w.signedRevision, fmt.Sprint(s.Revision)})
	}
	if s.Reason != nil {
		out.Details = append(out.Details, row{w.code, clean(s.Reason.Code)})
	}
	return out
}

func (w *text) message(m *verify.Message) string {
	switch {
	case m == nil:
		return ""
	case w.english:
		return clean(m.EN)
	}
	return clean(m.VI)
}

func (w *text) messages(all []verify.Message) (out []string) {
	seen := map[string]bool{}
	for i := range all {
		if s := w.message(&all[i]); !seen[s] && len(out) < maxListed {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func markOf(v verify.Verdict) string {
	switch v {
	case verify.TotalPassed:
		return "passed"
	case verify.TotalFailed:
		return "failed"
	}
	return "unknown"
}

func status(v verify.Verdict, sub string) string { return joined(" / ", string(v), clean(sub)) }
