package consent

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// view turns a question into lines of safe text, the same for every kind of
// window. Everything from outside passes through shown or parseSite.
type view struct {
	texts
	q    Question
	site site
	now  time.Time
}

// newView expects a question that passed check.
func newView(q Question, now time.Time) view {
	s, _ := parseSite(q.Site)
	t := textsIn(q.Language).of(q.Kind)
	if q.blind() {
		t = t.blind()
	}
	return view{texts: t, q: q, site: s, now: now}
}

// siteWarnings are the lines that must stand beside the site, if any.
func (v view) siteWarnings() []string {
	var lines []string
	if v.site.mixed {
		lines = append(lines, fmt.Sprintf(v.mixedSite, v.site.unicode))
	} else if v.site.foreign {
		lines = append(lines, fmt.Sprintf(v.foreignSite, v.site.unicode))
	}
	if v.site.plain {
		lines = append(lines, v.plainSite)
	}
	return lines
}

// siteBlock is the origin between two rules: plain text has no larger letters
// for what matters most.
func (v view) siteBlock() []string {
	rule := strings.Repeat("─", 44)
	block := []string{rule}
	for _, part := range siteLines(v.site.origin, 60) {
		block = append(block, "    "+part)
	}
	return append(block, rule)
}

// signedTexts are the lines of what goes into the signature beside the
// documents, as the caller wrote it, and of its level.
func (v view) signedTexts() []string {
	var lines []string
	for _, t := range []struct{ format, text string }{{v.reason, v.q.Reason}, {v.location, v.q.Location}, {v.field, v.q.Field}} {
		if text := shown(t.text, maxShownNote); text != "" {
			lines = append(lines, fmt.Sprintf(t.format, text))
		}
	}
	means := map[string]string{"B-B": v.levelBB, "B-T": v.levelBT, "B-LT": v.levelBLT, "B-LTA": v.levelBLTA}
	if text := means[v.q.Level]; text != "" {
		lines = append(lines, fmt.Sprintf(v.level, v.q.Level, text))
	}
	return lines
}

func (v view) name(d Document) string {
	if name := shown(d.Name, maxShownName); name != "" {
		return name
	}
	return v.unnamed
}

func (v view) pageCount(d Document) string {
	switch d.Pages {
	case 0:
		return v.noPages
	case 1:
		return v.onePage
	}
	return fmt.Sprintf(v.pages, d.Pages)
}

func (v view) earlier(d Document) string {
	if d.Signatures == 0 {
		return v.unsigned
	}
	text := v.oneSigned
	if d.Signatures > 1 {
		text = fmt.Sprintf(v.signed, d.Signatures)
	}
	if d.Broken > 0 {
		text += " · " + fmt.Sprintf(v.broken, d.Broken)
	}
	return text
}

func (v view) words(d Document) string {
	sum, _ := hex.DecodeString(d.SHA256)
	return Words(sum)
}

// facts is the line under a document's name.
func (v view) facts(d Document) string {
	return strings.Join([]string{v.pageCount(d), v.size(d.Size), v.earlier(d)}, " · ")
}

// documentRow is one document in one line, for long lists.
func (v view) documentRow(i int) string {
	d := v.q.Documents[i]
	row := fmt.Sprintf("%d. %s", i+1, v.name(d))
	// A window may cut the end of a row.
	for _, part := range []string{v.unusual(d), v.facts(d), v.words(d), v.usual(d)} {
		if part != "" {
			row += "  |  " + part
		}
	}
	return row
}

// inAll sums up a long list.
func (v view) inAll() string {
	pages, bytes := 0, int64(0)
	for _, d := range v.q.Documents {
		pages += d.Pages
		bytes += d.Size
	}
	return fmt.Sprintf(v.total, pages, v.size(bytes))
}

// leftOutRow is one document that will not be signed, in one line.
func (v view) leftOutRow(i int) string {
	l := v.q.LeftOut[i]
	name := shown(l.Name, maxShownName)
	if name == "" {
		name = v.unnamed
	}
	return fmt.Sprintf(v.texts.leftOutRow, name, shown(l.Why, maxShownNote))
}

// leftOutLines tell what will not be signed; inline bounds the rows.
func (v view) leftOutLines(inline int) []string {
	if len(v.q.LeftOut) == 0 {
		return nil
	}
	lines := []string{"", fmt.Sprintf(v.leftOut, len(v.q.LeftOut))}
	for i := range v.q.LeftOut {
		if i == inline {
			return append(lines, "    "+fmt.Sprintf(v.moreLeftOut, len(v.q.LeftOut)-inline))
		}
		lines = append(lines, "    "+v.leftOutRow(i))
	}
	return lines
}

// rows is the whole list, a document in a line: what will be signed, then what
// will not.
func (v view) rows() []string {
	if v.q.Kind == KindData {
		return v.dataText()
	}
	rows := make([]string, 0, len(v.q.Documents)+len(v.q.LeftOut))
	for i := range v.q.Documents {
		rows = append(rows, v.documentRow(i))
	}
	for i := range v.q.LeftOut {
		rows = append(rows, v.leftOutRow(i))
	}
	return rows
}

// long tells whether the list needs a place of its own.
func (v view) long(inline int) bool {
	return len(v.q.Documents) > inline || len(v.q.LeftOut) > inline || v.q.Kind == KindData && len(v.dataText()) > maxInlineData
}

// size tells bytes in units of 1024, with one decimal below 10.
func (v view) size(bytes int64) string {
	if bytes < 1024 {
		return strconv.FormatInt(bytes, 10) + " byte"
	}
	value, unit := float64(bytes)/1024, 0
	units := []string{"KB", "MB", "GB", "TB"}
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	digits := 0
	if value < 9.95 {
		digits = 1
	}
	number := strconv.FormatFloat(value, 'f', digits, 64)
	return strings.Replace(number, ".", v.decimal, 1) + " " + units[unit]
}

// holder is who the certificate names, with the agency.
func (v view) holder(c Certificate) string {
	holder := shown(c.Holder, maxShownParty)
	if holder == "" {
		holder = v.unnamed
	}
	if organisation := shown(c.Organisation, maxShownParty); organisation != "" {
		holder += " – " + organisation
	}
	return holder
}

func (v view) issuer(c Certificate) string {
	return fmt.Sprintf(v.issuedBy, shown(c.Issuer, maxShownParty))
}

func (v view) expiry(c Certificate) string {
	date := c.NotAfter.Local().Format(v.date)
	left := c.NotAfter.Sub(v.now)
	switch days := int(math.Floor(left.Hours() / 24)); {
	case left < 0:
		return fmt.Sprintf(v.expired, date)
	case days == 0:
		return fmt.Sprintf(v.expiresToday, date)
	default:
		return fmt.Sprintf(v.expires, date, days)
	}
}

// certificateRow is one usable certificate in one line.
func (v view) certificateRow(i int) string {
	c := v.q.usable()[i]
	return fmt.Sprintf("%d. %s  |  %s  |  %s", i+1, v.holder(c), v.issuer(c), v.expiry(c))
}

// lockedLine names what cannot be chosen, or is "".
func (v view) lockedLine() string {
	var names []string
	for _, c := range v.q.Certificates {
		if c.PINState == PINLocked && v.q.Kind != KindChoose {
			names = append(names, v.holder(c))
		}
	}
	if len(names) == 0 {
		return ""
	}
	const enough = 3 // a hint, not a list
	if len(names) > enough {
		names = append(names[:enough], "…")
	}
	return fmt.Sprintf(v.locked, strings.Join(names, "; "))
}

// pinWarning is the line about wrong PINs, or "".
func (v view) pinWarning(c Certificate) string {
	if v.q.Kind == KindChoose {
		return ""
	}
	switch c.PINState {
	case PINLow:
		return v.low
	case PINFinal:
		return v.final
	}
	return ""
}

// instruction says what to do to sign with c.
func (v view) instruction(c Certificate) string {
	switch {
	case v.q.needsPIN(c):
		return v.enterPIN
	case v.q.AskPIN: // on the reader's keypad
		return v.enterPad
	}
	return v.confirm
}

// documentLines are one document in full.
func (v view) documentLines(i int) []string {
	d := v.q.Documents[i]
	lines := []string{fmt.Sprintf("    %d. %s", i+1, v.name(d)), "        " + v.facts(d)}
	for _, line := range v.known(d) {
		lines = append(lines, "        "+line)
	}
	return append(lines, "        "+fmt.Sprintf(v.compare, v.words(d)))
}

// maxInline is how many documents the asking window itself lists; beyond it
// the whole list has a window of its own, shown before.
const maxInline = 4

// lines is the whole question as plain text: for zenity and the terminal.
// inline bounds the documents listed; the others are counted.
func (v view) lines(c Certificate, inline int) []string {
	lines := []string{}
	if v.site.origin == "" {
		lines = append(lines, v.fromCommand)
	} else {
		lines = append(append(lines, v.fromSite), v.siteBlock()...)
		lines = append(lines, v.siteWarnings()...)
	}
	lines = append(lines, v.subject(inline)...)
	if v.q.Kind == KindPair {
		return append(lines, "")
	}
	lines = append(lines, "", v.certificate, "    "+v.holder(c), "    "+v.issuer(c), "    "+v.expiry(c))
	if locked := v.lockedLine(); locked != "" {
		lines = append(lines, "    "+locked)
	}
	for _, line := range v.notices() {
		lines = append(lines, "    "+line)
	}
	lines = append(lines, "")
	if warning := v.pinWarning(c); warning != "" {
		lines = append(lines, warning)
	}
	return lines
}

// documentList is the subject of KindSign.
func (v view) documentList(inline int) []string {
	var lines []string
	if texts := v.signedTexts(); len(texts) > 0 {
		lines = append(append(lines, ""), texts...)
	}
	lines = append(lines, "", fmt.Sprintf(v.documents, len(v.q.Documents)))
	if len(v.q.Documents) > inline {
		lines = append(lines, "    "+v.inAll())
	}
	for i := range v.q.Documents {
		if i == inline {
			lines = append(lines, "    "+fmt.Sprintf(v.moreBefore, len(v.q.Documents)-inline))
			break
		}
		lines = append(lines, v.documentLines(i)...)
	}
	return append(lines, v.leftOutLines(inline)...)
}
