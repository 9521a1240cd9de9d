package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/peer"
	"kyso/agent/internal/userfile"
)

// sites is which sites may ask, by the policy and by this user. ReadOnly is for
// commands that show it.
func (e *env) sites(r rules, log *slog.Logger, readOnly bool) (*origin.Sites, error) {
	// Without a home nothing is remembered, and so nothing can be paired.
	dir, err := userfile.ConfigDir()
	if err != nil {
		dir = ""
	}
	return origin.NewSites(origin.SitesOptions{
		Allowed: r.AllowedOrigins, ListFile: r.AllowedOriginsFile, Signers: r.Signers(), Pairing: r.Pairing,
		Dir: dir, ReadOnly: readOnly, Clock: time.Now, Log: log,
	})
}

// agentKey is this user's, made when it is first asked for.
func agentKey() (*origin.Key, error) {
	dir, err := userfile.MachineDir()
	if err != nil {
		return nil, err
	}
	return origin.LoadKey(dir)
}

// peerOptions are the policy's about the programs that connect.
func peerOptions(r rules, log *slog.Logger) peer.Options {
	return peer.Options{Browsers: peer.Mode(r.BrowserCheck), Programs: r.Browsers, Log: log}
}

// listProblem tells a person why nothing of a signed list counts, and what to
// do.
func listProblem(err error) i18n.Text {
	var worded interface{ Words() (vi, en string) }
	var signer *origin.ListSignerError
	switch {
	case errors.As(err, &worded):
		vi, en := worded.Words()
		return i18n.Text{VI: vi, EN: en}
	case errors.As(err, &signer):
		sum := hexOf(sha256.Sum256(signer.Certificate.Raw))
		return i18n.Text{VI: "Danh sách không do chứng thư số nêu trong allowedOriginsSigners ký, mà do " + signer.Certificate.Subject.CommonName + ", SHA-256 " + sum + ". Nếu đúng là của đơn vị, hãy thêm SHA-256 này vào chính sách.",
			EN: "The list is not signed by a certificate of allowedOriginsSigners, but by " + signer.Certificate.Subject.CommonName + ", SHA-256 " + sum + ". If it is the agency's, add this SHA-256 to the policy."}
	case errors.Is(err, origin.ErrListSignature):
		return i18n.Text{VI: "Chữ ký của danh sách không đúng. Hãy ký lại bằng kyso policy sign và chép cả hai tệp. [" + err.Error() + "]",
			EN: "The signature of the list is not good. Sign it again with kyso policy sign, and copy both files. [" + err.Error() + "]"}
	case errors.Is(err, origin.ErrListFormat):
		return i18n.Text{VI: "Danh sách có chỗ không đúng quy cách. Hãy sửa rồi ký lại bằng kyso policy sign. [" + err.Error() + "]",
			EN: "Something in the list is not as it must be. Correct it and sign it again with kyso policy sign. [" + err.Error() + "]"}
	case errors.Is(err, origin.ErrListAge):
		return i18n.Text{VI: "Danh sách chưa có hoặc đã hết hiệu lực. Hãy xem đồng hồ của máy, hoặc ký danh sách mới. [" + err.Error() + "]",
			EN: "The list is not valid yet, or no longer. Look at the machine's clock, or sign a new list. [" + err.Error() + "]"}
	case errors.Is(err, origin.ErrListSerial):
		return i18n.Text{VI: "Danh sách này cũ hơn danh sách đã dùng trên máy, nên không được dùng. Hãy ký lại với số hiệu lớn hơn. [" + err.Error() + "]",
			EN: "This list is older than one that was in force here, and so is not used. Sign it again with a higher serial. [" + err.Error() + "]"}
	case errors.Is(err, fs.ErrNotExist):
		return i18n.Text{VI: "Không có tệp danh sách hoặc tệp chữ ký " + origin.ListSignatureSuffix + ". Hãy chép cả hai tệp vào chỗ. [" + err.Error() + "]",
			EN: "The list, or its signature " + origin.ListSignatureSuffix + ", is not there. Copy both files to their place. [" + err.Error() + "]"}
	}
	return i18n.Text{VI: "Không đọc được danh sách. Hãy xem quyền của tệp. [" + err.Error() + "]", EN: "The list cannot be read. Look at the permissions of the file. [" + err.Error() + "]"}
}

func hexOf(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }
