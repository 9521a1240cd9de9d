package verify

import (
	"crypto"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/small"
	"kyso/signature/trust"
)

// Detached judges one CMS signature, DER or BER, over content that digest
// hashes: CAdES as in ETSI EN 319 122-1, or plain CMS, whose missing
// signing-certificate attribute is then told. The report has one signature,
// without what only a PDF has: coverage, revisions, changes. Archive timestamps
// inside the CMS are not judged.
func Detached(der []byte, digest func(crypto.Hash) ([]byte, error), ev Evidence, p Policy) (*Report, error) {
	if p.At.IsZero() {
		return nil, small.Error("verify: the time to judge for is required")
	}
	if p.Trust == nil {
		p.Trust = trust.NewStore()
	}
	j := &judge{policy: p, evidence: newPool(p.At, ev), work: algorithm.NewWork(maxWork)}
	s := &signed{Signature: &pades.Signature{SubFilter: "ETSI.CAdES.detached"}, digest: digest}
	j.signed = []*signed{s}
	out := &Signature{
		Kind: "signature", Level: "legacy", Coverage: CoverageNone, Modification: ModificationNone,
		Changes: []Change{}, Timestamps: []Timestamp{}, Warnings: []Message{}, Revocation: Revocation{Status: "unknown"},
		BestTime: BestTime{p.At, "validation-time"},
	}
	j.detached(der, s, out)
	return &Report{
		Verdict: out.Verdict, SubIndication: out.SubIndication, Reason: out.Reason, Time: p.At, Size: int64(len(der)),
		Signatures: []Signature{*out}, Warnings: []Message{}, Missing: j.missing,
	}, nil
}

func (j *judge) detached(der []byte, s *signed, out *Signature) {
	sd, rest, err := cms.Parse(der)
	if err == nil {
		err = pades.CheckPadding(rest)
	}
	if err == nil && len(sd.Signers) != 1 {
		err = small.Errorf("%d signers instead of one", len(sd.Signers))
	}
	if err != nil {
		out.fail(TotalFailed, "FORMAT_FAILURE", with(&msgCMS, err.Error()))
		return
	}
	j.parsed(s, sd, der)
	out.Algorithm = s.signer.Algorithm.String()
	if t, ok := s.signer.ClaimedTime(); ok {
		out.ClaimedTime = &t
	}
	j.findCertificate(s)
	if s.cert != nil {
		out.identify(s.cert)
	}
	err = j.cryptography(s)
	out.Intact, out.Valid = s.intact, s.valid
	if s.cert == nil {
		out.fail(Indeterminate, "NO_SIGNING_CERTIFICATE_FOUND", &msgNoCertificate)
		return
	}
	f := cryptoFailure(err)
	if f == nil {
		f = j.signingCertificate(s, out)
	}
	if f != nil {
		out.fail(f.verdict, f.sub, f.reason)
		return
	}
	j.conclude(s, out)
}
