package signing

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"time"

	"kyso/signature/trust"
	"kyso/signature/verify"
)

// Levels are the parts that make PAdES levels above B-B (ETSI EN 319 142-1):
// B-T, a proof of when; B-LT, what validates the signature later, inside the
// document; B-LTA, a proof of when that was there.
type Levels struct {
	// Timestamps is required for B-T and above.
	Timestamps Timestamps
	// Evidence fetches certificates and revocation. Nil: nothing is fetched. It
	// should keep no copies between documents: a status from before the
	// signature proves less than one from after it.
	Evidence Evidence
	// Anchors are what is trusted, asked for each document so that an import
	// counts at once. Nil: nothing is. A document can reach any level without
	// trust, see UNTRUSTED_ROOT.
	Anchors func() *trust.Store
	// Clock tells the time. It is required.
	Clock func() time.Time
	// Warn, if set, is told what a person should know though it stops nothing.
	Warn func(verify.Message)
}

// Timestamps gives a timestamp token, DER, over a digest made with h, and the
// time in it, as *fetch.Timestamper does. The token must have been checked but
// for trust in its signer.
type Timestamps interface {
	Timestamp(ctx context.Context, h crypto.Hash, digest []byte) (token []byte, at time.Time, err error)
}

// Evidence judges again and again with what it could fetch of what the report
// lacks, as *fetch.Fetcher does.
type Evidence interface {
	Complete(ctx context.Context, ev verify.Evidence, judge func(verify.Evidence) (*verify.Report, error)) (*verify.Report, []error, error)
}

// levelNames are the levels, lowest first.
var levelNames = []string{"B-B", "B-T", "B-LT", "B-LTA"}

// rankOf orders levels: 0 for B-B, -1 for what is none.
func rankOf(level string) int { return slices.Index(levelNames, level) }

// check tells whether level can be made with these parts; signing at one above
// B-B always needs a timestamp, extending to B-LT only sometimes.
func (l *Levels) check(level string, signing bool) error {
	switch {
	case rankOf(level) < 0:
		return fmt.Errorf("level %q: %w", level, ErrLevel)
	case level == "B-B":
		return nil
	case l == nil || l.Clock == nil:
		return fmt.Errorf("level %q: %w: nothing is set up for it", level, ErrLevel)
	case l.Timestamps == nil && (signing || level != "B-LT"):
		return fmt.Errorf("level %q: %w: there is no timestamp authority", level, ErrLevel)
	}
	return nil
}

func (l *Levels) anchors() *trust.Store {
	if l.Anchors == nil {
		return trust.NewStore()
	}
	return l.Anchors()
}

func (l *Levels) warn(m verify.Message) {
	if l.Warn != nil {
		l.Warn(m)
	}
}

// What a person is told though it stops nothing.
func statusUnknown(subject string) verify.Message {
	return verify.Message{Code: "STATUS_UNKNOWN",
		VI: "Chưa kiểm tra được tình trạng thu hồi của chứng thư số “" + subject + "”; chữ ký vẫn được tạo, nhưng người nhận có thể chưa kiểm tra được ngay.",
		EN: "Whether the certificate “" + subject + "” is revoked could not be checked; the signature is made all the same, but whoever receives it may not be able to check it at once."}
}

func untrustedRoot(subject string) verify.Message {
	return verify.Message{Code: "UNTRUSTED_ROOT",
		VI: "CA “" + subject + "” không có trong kho tin cậy của máy này; mức chữ ký vẫn đạt, nhưng máy này chưa công nhận chữ ký.",
		EN: "The CA “" + subject + "” is not in this computer's trust store; the level is reached, but this computer does not trust the signature."}
}

func statusOlder(subject string) verify.Message {
	return verify.Message{Code: "STATUS_OLDER",
		VI: "Thông tin thu hồi hiện có về “" + subject + "” được lập trước khi ký. Khi CA phát hành danh sách mới, hãy chạy kyso extend để bổ sung, trước khi chứng thư số hết hạn.",
		EN: "The revocation information about “" + subject + "” there is now is from before the signature. Once the CA has issued a newer one, run kyso extend to add it, before the certificate expires."}
}
