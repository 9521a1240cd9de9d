// Package report writes a verification report as text for people. It never
// judges, and never prints a reassuring word for anything but TOTAL-PASSED.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"kyso/signature/verify"
)

// Text writes r in the language "vi" or "en". The fields of each signature are
// those that TT 15/2025/TT-BKHCN, Article 6, asks for.
func Text(w io.Writer, r *verify.Report, language string) error {
	t := words["vi"]
	if language == "en" {
		t = words["en"]
	}
	p := &printer{w: w, t: t, english: language == "en"}
	p.line("%s: %s", p.clean(r.File), t.verdicts[r.Verdict])
	p.line("  %s", p.status(r.Verdict, r.SubIndication))
	if r.Reason != nil {
		p.line("  %s: %s", t.reason, p.message(*r.Reason))
	}
	for i := range r.Signatures {
		p.signature(i+1, &r.Signatures[i])
	}
	p.warnings("  ", r.Warnings)
	return p.err
}

type printer struct {
	w       io.Writer
	t       text
	english bool
	err     error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// clean makes a text from a certificate or a file name safe for a terminal.
func (p *printer) clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

func (p *printer) message(m verify.Message) string {
	if p.english {
		return p.clean(m.EN)
	}
	return p.clean(m.VI)
}

func (p *printer) status(v verify.Verdict, sub string) string {
	if sub == "" {
		return string(v)
	}
	return string(v) + " / " + sub
}

func (p *printer) yes(b bool) string {
	if b {
		return p.t.yes
	}
	return p.t.no
}

// trusted says "no" only where that was proven.
func (p *printer) trusted(s *verify.Signature) string {
	if !s.Trusted && s.Verdict != verify.TotalFailed {
		return p.t.unproven
	}
	return p.yes(s.Trusted)
}

// time is written in Vietnam's zone, which has no summer time.
func (p *printer) time(t time.Time) string {
	return t.In(time.FixedZone("+07", 7*3600)).Format("02/01/2006 15:04:05 -07:00")
}

func (p *printer) signature(n int, s *verify.Signature) {
	t := p.t
	p.line("  %d. %s \"%s\": %s", n, t.kinds[s.Kind], p.clean(s.Field), t.verdicts[s.Verdict])
	p.line("     %s", p.status(s.Verdict, s.SubIndication))
	if s.Reason != nil {
		p.line("     %s: %s", t.reason, p.message(*s.Reason))
	}
	if s.Signer != nil {
		p.line("     %s: %s", t.signer, p.clean(s.Signer.Name))
		if s.Signer.Unit != "" {
			p.line("     %s: %s", t.unit, p.clean(s.Signer.Unit))
		}
		if s.Signer.Organisation != "" {
			p.line("     %s: %s", t.organisation, p.clean(s.Signer.Organisation))
		}
		p.line("     %s: %s", t.issuer, p.clean(s.Issuer))
		p.line("     %s: %s – %s (%s %s)", t.validity, p.time(s.Signer.NotBefore), p.time(s.Signer.NotAfter), t.serial, s.Signer.Serial)
	}
	switch {
	case s.BestTime.Source != "validation-time":
		p.line("     %s: %s", t.stamped, p.time(s.BestTime.Value))
	case s.ClaimedTime != nil:
		p.line("     %s: %s", t.claimed, p.time(*s.ClaimedTime))
	}
	p.line("     %s: %s", t.intact, p.yes(s.Intact))
	p.line("     %s: %s", t.valid, p.yes(s.Valid))
	p.line("     %s: %s", t.trusted, p.trusted(s))
	p.line("     %s: %s", t.revocation, t.revocations[s.Revocation.Status])
	p.line("     %s: %s; %s: %s", t.coverage, t.coverages[s.Coverage], t.changes, t.modifications[s.Modification])
	seen := map[string]bool{}
	for _, c := range s.Changes {
		key := fmt.Sprint(c.Revision, c.Code, c.Effect)
		if !seen[key] {
			seen[key] = true
			p.line("       - %s %d: %s (%s)", t.revision, c.Revision, p.message(c.Message), t.modifications[c.Effect])
		}
	}
	p.line("     %s: %s, %s", t.level, s.Level, s.Algorithm)
	p.warnings("     ", s.Warnings)
}

func (p *printer) warnings(indent string, all []verify.Message) {
	for _, m := range all {
		p.line("%s%s: %s", indent, p.t.warning, p.message(m))
	}
}
