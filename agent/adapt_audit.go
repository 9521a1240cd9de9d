package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"time"

	"kyso/agent/internal/audit"
	"kyso/agent/internal/choices"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
)

// auditor writes what package signing records into the person's log.
type auditor struct {
	log *audit.Log
	// lost is told of an outcome that could not be written: what is signed is
	// signed, and the decision is on the disk.
	lost func(error)
}

func (a auditor) Record(ctx context.Context, e signing.AuditEntry) error {
	out := audit.Entry{Request: e.Request, Site: e.Origin, Kind: e.Kind, Decision: string(e.Decision), Outcome: e.Outcome}
	if e.Identity != nil && e.Identity.Certificate != nil {
		c := e.Identity.Certificate
		sum := sha256.Sum256(c.Raw)
		out.Certificate = &audit.Certificate{Serial: c.SerialNumber.Text(16), Issuer: c.Issuer.CommonName, Holder: c.Subject.CommonName, SHA256: hex.EncodeToString(sum[:])}
	}
	for _, d := range e.Documents {
		out.Documents = append(out.Documents, audit.Document{Name: d.Name, Size: d.Size, SHA256: digestText(d.SHA256),
			SignedSize: d.SignedSize, SignedSHA256: digestText(d.SignedSHA256), Outcome: d.Outcome})
	}
	err := a.log.Append(ctx, out)
	if err != nil && (e.Decision == "" || e.Identity == nil) {
		a.lost(err)
	}
	return err
}

func digestText(d [sha256.Size]byte) string {
	if d == ([sha256.Size]byte{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}

// auditLog opens the log in dir, or this person's.
func (e *env) auditLog(dir string) (signing.Auditor, error) {
	if dir == "" {
		var err error
		if dir, err = audit.Dir(); err != nil {
			return nil, fmt.Errorf("%w: %w", signing.ErrAudit, err)
		}
	}
	log, err := audit.Open(audit.Options{Dir: dir, Clock: time.Now})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", signing.ErrAudit, err)
	}
	return auditor{log, func(err error) {
		e.tell("", i18n.Text{VI: "Không ghi được kết quả vào nhật ký ký số. Kiểm tra dung lượng ổ đĩa. [" + err.Error() + "]",
			EN: "The outcome could not be written into the signing log. Check the room on the disk. [" + err.Error() + "]"})
	}}, nil
}

// remembered is where choices of certificates are kept, in dir or among this
// person's settings; nil where there is no home.
func remembered(dir string) signing.Choices {
	if dir != "" {
		return choices.At(filepath.Join(dir, "choices.json"))
	}
	f, err := choices.Default()
	if err != nil {
		return nil
	}
	return f
}
