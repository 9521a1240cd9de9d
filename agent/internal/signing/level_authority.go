package signing

import (
	"encoding/asn1"
	"slices"
	"time"

	"kyso/signature/trust"
	"kyso/signature/tsp"
	"kyso/signature/verify"
)

// timeStamping is id-kp-timeStamping (RFC 3161, 2.3).
var timeStamping = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}

// knowAuthority warns when the signer of a token that was accepted is nobody
// this computer trusts: authorities are mostly asked over plain http, and who
// sits between can answer with a token of his own. From B-LT on tell does it,
// with what was fetched.
func (l *Levels) knowAuthority(token []byte, imprint []byte, at time.Time) {
	name := "?"
	if t, err := tsp.Parse(token); err == nil {
		if signer, err := t.Verify(imprint); err == nil {
			name = shown(signer.Subject.CommonName)
			store := l.anchors()
			pool := slices.Concat(store.Anchors(), t.CMS.Certificates)
			if _, err := store.Build(signer, trust.Options{At: at, Intermediates: pool, Usage: timeStamping}); err == nil {
				return
			}
		}
	}
	l.warn(unknownAuthority(name))
}

func unknownAuthority(name string) verify.Message {
	return verify.Message{Code: "UNKNOWN_AUTHORITY",
		VI: "Dấu thời gian do “" + name + "” ký; máy này chưa xác nhận được đơn vị đó là TSA đáng tin cậy, nên thời điểm ký chưa được chứng minh.",
		EN: "The timestamp is signed by “" + name + "”, which this computer cannot confirm as a trusted authority; the time of signing is not proven by it."}
}
