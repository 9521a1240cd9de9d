// Package placement finds where a signature's image goes on a Vietnamese
// administrative document (Decree 30/2020/NĐ-CP, Appendix I): between office
// and full name, the seal over its left third, attachments and copies at the
// top right of the first page. It never answers with a place over text, and
// says so where it does not know.
package placement

import (
	"fmt"

	"kyso/signature/pdf"
)

// Millimetre is its length in points.
const Millimetre = 72 / 25.4

// Place is a rectangle on a page, in points from the lower left corner of the
// page as it is shown. Pages count from 1.
type Place struct {
	Page int
	Rect pdf.Rect
}

// String is p as the command line takes it: PAGE,X,Y,W,H.
func (p Place) String() string {
	n := func(f float64) string { return string(pdf.Number(f)) }
	return fmt.Sprintf("%d,%s,%s,%s,%s", p.Page, n(p.Rect.Left), n(p.Rect.Bottom), n(p.Rect.Width()), n(p.Rect.Height()))
}

// Message is what a person reads.
type Message struct{ Vi, En string }

// Confidence is how sure a place is.
type Confidence int

const (
	// None: there is no place; Result.Why tells the reason.
	None Confidence = iota
	// Medium: a place that a person should look at before signing.
	Medium
	// High: everything that marks the signature block is there, and once.
	High
)

func (c Confidence) String() string { return [...]string{"none", "medium", "high"}[c] }

// Options say more than the document does. Zero is allowed.
type Options struct {
	// Signer is the name of who signs, such as the common name of a personal
	// certificate. It decides between several blocks.
	Signer string
}

// Block is one office with a full name under it.
type Block struct {
	Page int
	// Office are the lines of authority and office, Name the full name with its
	// rank or degree.
	Office []string
	Name   string
	// Gap reaches from office to name. Room is the free part of it where the
	// image goes, centred under the office; empty when Problem tells why there
	// is none.
	Gap, Room pdf.Rect
	Problem   Message
	// Signed: a signature stands there already.
	Signed bool
	// Recipients tells where "Nơi nhận" stands.
	Recipients Recipients
	// Named: the name is that of Options.Signer.
	Named bool

	offCentre float64 // between office and name, points
	surname   bool    // the name begins with a common one
	copied    bool    // "(Đã ký)" stands in the gap
	unusual   bool    // the office is none that is known, the name the signer's own
}

// Recipients is where the list of recipients stands, seen from the block: it
// marks the block of the document itself, not of something appended.
type Recipients int

const (
	NoRecipients Recipients = iota
	RecipientsNear
	RecipientsBeside
)

// Result is what was found.
type Result struct {
	// Personal is the room for the image of the person's signature; see Fit. The
	// zero Place when Confidence is None.
	Personal   Place
	Confidence Confidence
	// Why tells why there is no place.
	Why      Message
	Evidence []Message
	Warnings []Message
	// Candidates are all blocks found, the chosen one first, else in the order
	// of the document.
	Candidates []Block
}

// Bounds on one document. A signature block stands at the end of the main
// text, or at the end of the file.
const (
	firstPages = 60
	lastPages  = 40
	// maxWork is some hundred pages of dense text.
	maxWork = 3_000_000
)

// Find looks for the signature block of the document. A document without one is
// a result; an error means that it could not be read.
func Find(v pdf.View, o Options) (Result, error) {
	sheets, skipped, err := readSheets(v)
	if err != nil {
		return Result{}, fmt.Errorf("look for the signature block: %w", err)
	}
	var r Result
	before := false // the page before ends in recipients without a block
	for i, s := range sheets {
		blocks := s.blocks(o.Signer)
		for k := range blocks {
			b := &blocks[k]
			b.Recipients = s.recipients(b)
			if b.Recipients == NoRecipients && before && sheets[i-1].number == s.number-1 && b.Gap.Bottom > s.text.Height/2 {
				b.Recipients = RecipientsNear // the page broke between the two
			}
		}
		before = s.ends() && len(blocks) == 0
		r.Candidates = append(r.Candidates, blocks...)
	}
	if skipped {
		r.Warnings = append(r.Warnings, say("Tài liệu dài: chỉ xem %d trang đầu và %d trang cuối, hoặc ít hơn nếu trang có quá nhiều chi tiết.",
			"A long document: only its first %d and last %d pages were looked at, or fewer where pages hold very much.", firstPages, lastPages))
	}
	r.choose(sheets, o, skipped)
	return r, nil
}

// sheet is one page, read.
type sheet struct {
	number int
	*pageText
}

// readSheets reads the first and last pages.
func readSheets(v pdf.View) (sheets []*sheet, skipped bool, err error) {
	var pages []pdf.Page
	if err := v.EachPage(func(p pdf.Page) bool { pages = append(pages, p); return true }); err != nil {
		return nil, false, err
	}
	work := 0
	for i, p := range pages {
		if i >= firstPages && i < len(pages)-lastPages || work > maxWork {
			skipped = true
			continue
		}
		t, err := readPage(v, p)
		if err != nil {
			return nil, false, fmt.Errorf("page %d: %w", i+1, err)
		}
		work += t.text.Work
		sheets = append(sheets, &sheet{i + 1, t})
	}
	return sheets, skipped, nil
}

func say(vi, en string, args ...any) Message {
	return Message{fmt.Sprintf(vi, args...), fmt.Sprintf(en, args...)}
}
