package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"slices"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/pki"
)

// levelsAt are the parts of a moment, with the services of the worlds and the
// authority of the first.
func levelsAt(t *testing.T, at time.Time, worlds ...*signingtest.World) *signing.Levels {
	t.Helper()
	now := func() time.Time { return at }
	o := fetch.Options{AllowPrivate: []string{"127.0.0.1"}, Now: now}
	var anchors []*x509.Certificate
	for _, w := range worlds {
		w.Set(at)
		o.Ports, anchors = append(o.Ports, w.Port()), append(anchors, w.Anchors()...)
	}
	f, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	stamps, err := fetch.NewTimestamper(fetch.TimestampOptions{URLs: []string{worlds[0].TSAURL()}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return &signing.Levels{Timestamps: stamps, Evidence: f, Clock: now, Anchors: func() *trust.Store { return trust.NewStore(anchors...) }}
}

// TestRenewedFile: what was signed at B-LTA in 2020 and renewed in 2028 with
// the authority of another CA passes without a network the day after the first
// authority's certificate ended, five years after the signer's did.
func TestRenewedFile(t *testing.T) {
	first, err := signingtest.NewWorld(time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	second, err := signingtest.NewWorld(time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	defer first.Server.Close()
	defer second.Server.Close()
	o := newOffice(t, first)
	letter := o.read("letter.pdf")

	levels := levelsAt(t, time.Date(2020, 6, 1, 9, 0, 0, 0, time.UTC), first, second)
	service, err := signing.New(signing.Options{Keys: first.Hold(first.Persons[0]), Approver: signingtest.Person(signingtest.Agrees), Clock: levels.Clock, Levels: levels})
	if err != nil {
		t.Fatal(err)
	}
	results, err := service.Sign(t.Context(), signing.Request{Documents: []signing.Document{{Name: "a.pdf", Data: bytes.NewReader(letter), Size: int64(len(letter))}}, Level: "B-LTA"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	end := first.TSA.Certificate.NotAfter
	levels = levelsAt(t, end.Add(-18*time.Hour), second, first)
	x, err := levels.Extend(context.Background(), signing.Document{Name: "a.pdf", Data: results[0].Signed, Size: results[0].Size}, verify.Evidence{}, "B-LTA", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*io.SectionReader{"signed.pdf": io.NewSectionReader(results[0].Signed, 0, results[0].Size), "renewed.pdf": io.NewSectionReader(x.Signed, 0, x.Size)} {
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		o.write(name, data)
	}
	o.write("root.pem", slices.Concat(pki.PEM(first.Root.Certificate), pki.PEM(second.Root.Certificate)))
	after := end.Add(3 * time.Hour).Format(time.RFC3339)
	if r := o.verified("renewed.pdf", "--at", after); r.Verdict != verify.TotalPassed || r.Signatures[0].Level != "B-LTA" {
		t.Errorf("renewed: %s %s %+v", r.Verdict, r.SubIndication, r.Reason)
	}
	if r := o.verified("signed.pdf", "--at", after); r.Verdict != verify.Indeterminate {
		t.Errorf("not renewed: %s %s", r.Verdict, r.SubIndication)
	}
}
