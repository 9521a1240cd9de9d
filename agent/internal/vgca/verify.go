package vgca

import (
	"context"
	"crypto"
	"fmt"
	"strings"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/verify"
)

// verifyReply answers VerifyPDF and VerifyMsg. Status is 0 only when every
// signature, and there is one, passed: pages take 0 for good. Signatures has the
// incumbent's form, Report is ours (docs/report.md).
type verifyReply struct {
	Status     int
	Message    string
	Error      string
	Code       string `json:",omitempty"`
	FileName   string `json:",omitempty"`
	Signatures []signatureInfo
	Report     *verify.Report
}

type signatureInfo struct {
	SigInfo           sigInfo
	ValidationDetails validationDetails
}

type sigInfo struct {
	SignerCert  signerCert
	SigningTime string
	IsValid     bool
}

type signerCert struct{ Subject, Issuer, SerialNumber, ValidFrom, ValidTo string }

type validationDetails struct{ SignerCertStatus certStatus }

type certStatus struct {
	Status      int
	Description string
}

// verifyPDF gets a document and judges it with what is trusted here. It shows no
// window.
func verifyPDF(ctx context.Context, k *call, question []byte) (any, error) {
	var r fileRequest
	if err := read(question, &r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := k.s.o.Sites.Check(k.origin, strings.TrimSpace(string(r.FileName))); err != nil {
		return nil, refusedAddress(err)
	}
	leave, ok := k.s.verifying()
	if !ok {
		return nil, signing.ErrBusy
	}
	defer leave()
	x := k.exchange("", r.SessionId, r.JWTToken, nil)
	documents, closeAll, err := x.download(ctx, []string{string(r.FileName)}, nil)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	report, err := k.s.o.Signing.Look(ctx, documents[0], verify.Evidence{}, k.s.o.Policy())
	if err != nil {
		return nil, err
	}
	out := k.verdict(report)
	out.FileName = documents[0].Name
	return out, nil
}

// verifying takes one of the places for those who verify.
func (s *Server) verifying() (leave func(), ok bool) {
	select {
	case s.verifySlot <- struct{}{}:
		return func() { <-s.verifySlot }, true
	default:
		return nil, false
	}
}

// messageRequest is the question of VerifyMsg.
type messageRequest struct{ Base64Content, Signature text }

// verifyMessage judges a detached CMS over a message.
func verifyMessage(_ context.Context, k *call, question []byte) (any, error) {
	var r messageRequest
	if err := read(question, &r); err != nil {
		return nil, err
	}
	content, err := decodeBase64(string(r.Base64Content))
	if err != nil {
		return nil, errBadRequest
	}
	der, err := decodeBase64(string(r.Signature))
	if err != nil {
		return nil, errBadRequest
	}
	leave, ok := k.s.verifying()
	if !ok {
		return nil, signing.ErrBusy
	}
	defer leave()
	report, err := verify.Detached(der, func(h crypto.Hash) ([]byte, error) {
		if !h.Available() {
			return nil, fmt.Errorf("no hash %d", h)
		}
		w := h.New()
		w.Write(content)
		return w.Sum(nil), nil
	}, verify.Evidence{}, k.s.o.Policy())
	if err != nil {
		return nil, err
	}
	return k.verdict(report), nil
}

var noSignature = i18n.Text{VI: "Tài liệu chưa có chữ ký số.", EN: "The document has no signature."}

// verdict puts a report into the incumbent's form.
func (k *call) verdict(r *verify.Report) verifyReply {
	in := func(m *verify.Message) string {
		if m == nil {
			return ""
		}
		return i18n.Text{VI: m.VI, EN: m.EN}.In(k.s.o.Language)
	}
	out := verifyReply{Status: statusOK, Report: r, Signatures: []signatureInfo{}}
	switch {
	case len(r.Signatures) == 0:
		out.Status, out.Message, out.Code = statusFailed, noSignature.In(k.s.o.Language), i18n.NotSigned
	case r.Verdict != verify.TotalPassed:
		out.Status, out.Message, out.Code = statusFailed, in(r.Reason), string(r.Verdict)
	}
	out.Error = out.Message
	for _, s := range r.Signatures {
		if s.Kind == "timestamp" {
			continue
		}
		var info signatureInfo
		info.SigInfo.IsValid = s.Verdict == verify.TotalPassed
		if s.ClaimedTime != nil {
			info.SigInfo.SigningTime = timeText(*s.ClaimedTime)
		}
		if c := s.Signer; c != nil {
			info.SigInfo.SignerCert = signerCert{c.Name, s.Issuer, evenHex(c.Serial), timeText(c.NotBefore), timeText(c.NotAfter)}
		}
		info.ValidationDetails.SignerCertStatus = certStatus{certificateStatus(s), in(s.Reason)}
		out.Signatures = append(out.Signatures, info)
	}
	return out
}

// certificateStatus is the incumbent's number for what our verdict says of the
// signer's certificate. Whatever it has no number for is 3, an invalid chain: 0
// is for a certificate that was proven good.
func certificateStatus(s verify.Signature) int {
	switch {
	case s.Trusted && s.Verdict == verify.TotalPassed:
		return 0
	case s.Revocation.Status == "revoked":
		return 8
	}
	switch s.SubIndication {
	case "OUT_OF_BOUNDS_NO_POE", "OUT_OF_BOUNDS_NOT_REVOKED":
		return 1
	case "NOT_YET_VALID":
		return 2
	case "NO_CERTIFICATE_CHAIN_FOUND":
		return 4
	case "TRY_LATER":
		return 6
	case "REVOKED_CA_NO_POE":
		return 9
	}
	return 3
}
