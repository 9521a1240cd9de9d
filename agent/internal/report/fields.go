package report

import (
	"fmt"
	"strings"
	"time"

	"kyso/signature/verify"
)

// sevenFields are those that verifying software shows under TT
// 15/2025/TT-BKHCN, Article 6(4), in its order.
func (w *text) sevenFields(r *verify.Report, s *verify.Signature) []row {
	issuer, signer, body, period := w.notStated, w.notStated, w.notStated, w.notStated
	if s.Signer != nil {
		issuer, signer = or(clean(s.Issuer), w.notStated), or(clean(s.Signer.Name), w.notStated)
		body = or(joined(" – ", clean(s.Signer.Unit), clean(s.Signer.Organisation)), w.notStated)
		period = moment(s.Signer.NotBefore) + " – " + moment(s.Signer.NotAfter)
		switch {
		case r.Time.After(s.Signer.NotAfter):
			period += " (" + w.expired + ")"
		case r.Time.Before(s.Signer.NotBefore):
			period += " (" + w.notYet + ")"
		}
	}
	return []row{
		{w.issuer, issuer}, {w.signer, signer}, {w.body, body}, {w.signedAt, w.signingTime(s)},
		{w.integrity, w.intact(s)}, {w.validity, w.validAt(s)}, {w.period, period},
	}
}

func (w *text) signingTime(s *verify.Signature) string {
	switch {
	case s.BestTime.Source == "timestamp" || s.BestTime.Source == "document-timestamp":
		return moment(s.BestTime.Value) + " (" + w.provenBy + ")"
	case s.ClaimedTime != nil:
		return moment(*s.ClaimedTime) + " (" + w.claimedOnly + ")"
	}
	return w.notStated
}

// intact calls the content intact for a signature that passed alone: a digest
// that fits proves nothing where the signer is not proven.
func (w *text) intact(s *verify.Signature) string {
	out := w.notProven
	switch {
	case s.Verdict == verify.TotalPassed && s.Intact && s.Valid:
		out = w.contentIntact
	case s.Intact && s.Valid:
		out = w.digestFits
	case s.Intact:
		out = w.foreignKey
	case s.Reason != nil && s.Reason.Code == "CONTENT_CHANGED":
		out = w.contentChanged
	}
	if s.Modification == verify.ModificationNone || s.Modification == verify.ModificationAllowed && s.Verdict != verify.TotalPassed {
		return out
	}
	return joined("; ", out, w.later[s.Modification])
}

func (w *text) validAt(s *verify.Signature) string {
	out := w.verdicts[s.Verdict]
	if s.Verdict != verify.TotalPassed {
		return out
	}
	if s.BestTime.Source == "validation-time" {
		return out + " (" + fmt.Sprintf(w.judgedNow, moment(s.BestTime.Value)) + ")"
	}
	return out
}

// revoked never says "not revoked" without saying what says so.
func (w *text) revoked(r verify.Revocation) string {
	out := w.revocations[r.Status]
	switch {
	case r.Status == "good":
		out += " (" + strings.ToUpper(clean(r.Source)) + ", " + w.age(time.Duration(r.Age)*time.Second) + ")"
	case r.RevokedAt != nil:
		out += " (" + moment(*r.RevokedAt) + ")"
	}
	return out
}

func (w *text) age(d time.Duration) string {
	switch {
	case d < time.Hour:
		return w.fresh
	case d < 48*time.Hour:
		return fmt.Sprintf(w.hoursOld, d/time.Hour)
	}
	return fmt.Sprintf(w.daysOld, d/(24*time.Hour))
}

// trust says "no" only where that was proven.
func (w *text) trust(s *verify.Signature) string {
	if !s.Trusted && s.Verdict != verify.TotalFailed {
		return w.unproven
	}
	return w.yesNo(s.Trusted)
}

func (w *text) yesNo(b bool) string {
	if b {
		return w.yes
	}
	return w.no
}
