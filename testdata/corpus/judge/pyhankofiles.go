package main

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/cms"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/corpus"
)

// passwords open the collection's encrypted documents.
var passwords = []string{"", "ownersecret", "usersecret", "secret"}

// pyhankoJudge finds the record's signature. It is nil, and the answer says
// why, when the document cannot be looked at or has no such field.
func pyhankoJudge(dir string, r corpus.PyHankoRecord) (_ *verify.Signature, ev verify.Evidence, _ answer, err error) {
	data, err := os.ReadFile(filepath.Join(dir, r.File))
	if err != nil {
		return nil, ev, answer{}, err
	}
	p := verify.Policy{At: r.Time(), Process: pyhankoProcess(r)}
	if p.At.IsZero() {
		return nil, ev, answer{}, errors.New("the record has no time")
	}
	roots, err := readAll(dir, r.TrustRoots, r.TSTrustRoots)
	if err != nil {
		return nil, ev, answer{}, err
	}
	anchors := trust.NewStore().Anchors()
	for _, der := range roots {
		certs, err := trust.ParseCertificates(der)
		if err != nil {
			return nil, ev, refused(fmt.Errorf("read an anchor: %w", err)), nil
		}
		anchors = append(anchors, certs...)
	}
	p.Trust = trust.NewStore(anchors...)
	for names, to := range map[*[]string]*[][]byte{&r.OtherCerts: &ev.Certificates, &r.CRLs: &ev.CRLs, &r.OCSPs: &ev.OCSPs} {
		if *to, err = readAll(dir, *names); err != nil {
			return nil, ev, answer{}, err
		}
	}
	var report *verify.Report
	if strings.HasSuffix(r.File, ".pdf") {
		report, err = judgePDF(data, ev, p)
	} else {
		report, err = judgeCMS(data, r, ev, p)
	}
	if err != nil {
		return nil, ev, refused(err), nil
	}
	for i := range report.Signatures {
		if s := &report.Signatures[i]; s.Field == r.Field || r.Field == "" && len(report.Signatures) == 1 {
			return s, ev, answer{}, nil
		}
	}
	a := answer{Verdict: string(report.Verdict), SubIndication: report.SubIndication, why: "no such field"}
	if report.Reason != nil {
		a.Code = report.Reason.Code
	}
	return nil, ev, a, nil
}

// refused is the answer about what could not be looked at.
func refused(err error) answer {
	return answer{Verdict: "refused", why: err.Error()}
}

func judgePDF(data []byte, ev verify.Evidence, p verify.Policy) (*verify.Report, error) {
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	if doc.Encrypted() {
		unlock(doc)
	}
	return verify.Document(doc, ev, p)
}

// unlock tries the collection's passwords. A document that stays locked is
// judged as one.
func unlock(doc *pdf.File) {
	for _, password := range passwords {
		if doc.Unlock([]byte(password)) == nil {
			return
		}
	}
}

// judgeCMS judges a SignedData over the digest recorded with it.
func judgeCMS(signed []byte, r corpus.PyHankoRecord, ev verify.Evidence, p verify.Policy) (*verify.Report, error) {
	recorded, err := hex.DecodeString(r.RawDigest)
	if err != nil {
		return nil, fmt.Errorf("read the recorded digest: %w", err)
	}
	return verify.Detached(contentInfo(signed), func(h crypto.Hash) ([]byte, error) {
		if len(recorded) != h.Size() {
			return nil, fmt.Errorf("the recorded digest has %d bytes, not %d", len(recorded), h.Size())
		}
		return recorded, nil
	}, ev, p)
}

// contentInfo puts a SignedData, bare or with the tag it has within a
// ContentInfo, into one. Anything else comes back as it is.
func contentInfo(der []byte) []byte {
	tag := asn1.Tag(0).Constructed().ContextSpecific()
	s := cryptobyte.String(der)
	tagged := s.PeekASN1Tag(tag)
	var inner cryptobyte.String
	if bare := s.ReadASN1(&inner, asn1.SEQUENCE) && inner.PeekASN1Tag(asn1.INTEGER); !tagged && !bare {
		return der
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(cms.OIDSignedData)
		if tagged {
			b.AddBytes(der)
			return
		}
		b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(der) })
	})
	return b.BytesOrPanic()
}

func readAll(dir string, lists ...[]string) (out [][]byte, err error) {
	for _, names := range lists {
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return nil, err
			}
			out = append(out, data)
		}
	}
	return out, nil
}
