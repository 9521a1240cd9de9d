package vgca

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"time"

	"kyso/agent/internal/signing"
)

// certificateReply answers GetCertInfo.
type certificateReply struct {
	Status   int
	Message  string
	CertInfo certInfo
}

type certInfo struct {
	Subject, Issuer, SerialNumber string
	ValidFrom, ValidTo            string
	Base64Data                    string
}

// certificateInfo tells an allowed site the certificate, as the incumbent tells
// any. The administrator turns it off with the method.
func certificateInfo(ctx context.Context, k *call, _ []byte) (any, error) {
	limited, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	usable, err := k.s.o.Signing.Usable(limited)
	if err != nil {
		return nil, err
	}
	if len(usable) > 1 {
		if k.s.o.ChooseCertificate == nil {
			return nil, errManyCertificates
		}
		id, err := k.s.o.ChooseCertificate(ctx, k.origin, usable)
		if err != nil {
			return nil, err
		}
		for _, u := range usable {
			if u.ID == id {
				usable = []signing.Identity{u}
				break
			}
		}
		if len(usable) > 1 {
			return nil, signing.ErrNoCertificate
		}
	}
	return certificateReply{CertInfo: describe(usable[0].Certificate)}, nil
}

// listTime is how long a token may take to list its certificates.
const listTime = 30 * time.Second

func describe(c *x509.Certificate) certInfo {
	return certInfo{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), SerialNumber: serialOf(c),
		ValidFrom: timeText(c.NotBefore), ValidTo: timeText(c.NotAfter), Base64Data: base64.StdEncoding.EncodeToString(c.Raw),
	}
}

// serialOf is upper-case hexadecimal of whole bytes, as Windows writes it.
func serialOf(c *x509.Certificate) string { return evenHex(c.SerialNumber.Text(16)) }

func evenHex(s string) string {
	if len(s)%2 == 1 {
		s = "0" + s
	}
	return strings.ToUpper(s)
}

var vietnam = time.FixedZone("+07", 7*60*60)

// timeText is ISO 8601 in Vietnam's time, which scripts read.
func timeText(t time.Time) string { return t.In(vietnam).Format(time.RFC3339) }

// versionReply answers GetVersion. To pages, any answer means installed.
type versionReply struct {
	Status           int
	Message, Version string
	Product          string
}

func versionInfo(_ context.Context, k *call, _ []byte) (any, error) {
	return versionReply{Version: k.s.o.Version, Product: "Kyso"}, nil
}

// openSettings tells the agent that a page would like the settings shown. A page
// opens no window here.
func openSettings(_ context.Context, k *call, _ []byte) (any, error) {
	if k.s.o.OpenSettings != nil {
		k.s.o.OpenSettings()
	}
	return dataReply{}, nil
}
