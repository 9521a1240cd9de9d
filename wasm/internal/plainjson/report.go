package plainjson

import "kyso/signature/verify"

// Report is r as encoding/json writes it by the tags of its type.
func Report(r *verify.Report) (string, error) {
	var w Writer
	w.Open("")
	w.Some("file", r.File)
	w.String("verdict", string(r.Verdict))
	w.Some("subIndication", r.SubIndication)
	w.reason(r.Reason)
	w.Time("time", r.Time)
	w.Number("size", r.Size)
	w.Number("pages", int64(r.Pages))
	w.Number("revisions", int64(r.Revisions))
	if r.Signatures == nil {
		w.Null("signatures")
	} else {
		w.List("signatures", len(r.Signatures), func(i int) { w.signature(&r.Signatures[i]) })
	}
	w.warnings(r.Warnings)
	if len(r.Missing) > 0 {
		w.List("missing", len(r.Missing), func(i int) { w.missing(&r.Missing[i]) })
	}
	w.Close()
	return w.Text()
}

func (w *Writer) reason(m *verify.Message) {
	if m != nil {
		w.Open("reason")
		w.message(m)
		w.Close()
	}
}

func (w *Writer) warnings(list []verify.Message) {
	if list == nil {
		w.Null("warnings")
		return
	}
	w.List("warnings", len(list), func(i int) {
		w.Open("")
		w.message(&list[i])
		w.Close()
	})
}

func (w *Writer) message(m *verify.Message) {
	w.String("code", m.Code)
	w.String("vi", m.VI)
	w.String("en", m.EN)
}

func (w *Writer) missing(m *verify.Missing) {
	w.Open("")
	w.String("need", m.Need)
	w.String("subject", m.Subject)
	w.String("sha256", m.SHA256)
	w.SomeStrings("ocsps", m.OCSPs)
	w.SomeStrings("crls", m.CRLs)
	w.SomeStrings("issuers", m.Issuers)
	w.Close()
}

func (w *Writer) signature(s *verify.Signature) {
	w.Open("")
	w.String("field", s.Field)
	w.String("kind", s.Kind)
	w.String("verdict", string(s.Verdict))
	w.Some("subIndication", s.SubIndication)
	w.reason(s.Reason)
	w.String("level", s.Level)
	w.String("subFilter", s.SubFilter)
	w.Bool("intact", s.Intact)
	w.Bool("valid", s.Valid)
	w.Bool("trusted", s.Trusted)
	w.String("coverage", string(s.Coverage))
	w.Number("revision", int64(s.Revision))
	w.String("modification", string(s.Modification))
	if s.Changes == nil {
		w.Null("changes")
	} else {
		w.List("changes", len(s.Changes), func(i int) { w.change(&s.Changes[i]) })
	}
	if s.Signer != nil {
		w.signer(s.Signer)
	}
	w.Some("issuer", s.Issuer)
	w.SomeTime("claimedTime", s.ClaimedTime)
	w.Open("bestTime")
	w.Time("value", s.BestTime.Value)
	w.String("source", s.BestTime.Source)
	w.Close()
	w.revocation(&s.Revocation)
	w.Some("algorithm", s.Algorithm)
	if s.Timestamps == nil {
		w.Null("timestamps")
	} else {
		w.List("timestamps", len(s.Timestamps), func(i int) { w.timestamp(&s.Timestamps[i]) })
	}
	w.warnings(s.Warnings)
	w.Close()
}

func (w *Writer) change(c *verify.Change) {
	w.Open("")
	w.Number("revision", int64(c.Revision))
	w.Number("object", int64(c.Object))
	w.Some("path", c.Path)
	w.String("effect", string(c.Effect))
	w.message(&c.Message)
	w.Close()
}

func (w *Writer) signer(s *verify.Signer) {
	w.Open("signer")
	w.String("name", s.Name)
	w.Some("organisation", s.Organisation)
	w.Some("unit", s.Unit)
	w.Some("email", s.Email)
	w.String("serial", s.Serial)
	w.Time("notBefore", s.NotBefore)
	w.Time("notAfter", s.NotAfter)
	w.String("sha256", s.SHA256)
	w.Close()
}

func (w *Writer) revocation(r *verify.Revocation) {
	w.Open("revocation")
	w.String("status", r.Status)
	w.Some("source", r.Source)
	if r.Age != 0 {
		w.Number("age", r.Age)
	}
	w.SomeTime("revokedAt", r.RevokedAt)
	w.Close()
}

func (w *Writer) timestamp(t *verify.Timestamp) {
	w.Open("")
	w.String("kind", t.Kind)
	w.Time("time", t.Time)
	w.String("verdict", string(t.Verdict))
	w.Some("subIndication", t.SubIndication)
	w.reason(t.Reason)
	w.Some("signer", t.Signer)
	w.Some("issuer", t.Issuer)
	w.Close()
}
