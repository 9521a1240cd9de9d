package main

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"os"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/tsp"
	"kyso/testdata/pki"
)

// archive signs in and gives it all the evidence there can be: a signature
// timestamp, certificates and CRLs, and a document timestamp over them
// (level B-LTA).
func archive(p *pki.PKI, in, out string) error {
	f, err := os.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	doc, err := pdf.Open(f, st.Size())
	if err != nil {
		return err
	}
	id := p.Persons[0]
	u, err := pades.Prepare(doc, pades.Options{Certificate: id.Certificate, Chain: p.Chain(), Time: time.Now(), Timestamp: true})
	if err != nil {
		return err
	}
	value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		return err
	}
	sum := sha256.Sum256(value)
	token, err := stamp(p, sum[:])
	if err != nil {
		return err
	}
	signed, err := u.FinishStamped(value, token)
	if err != nil {
		return err
	}
	if doc, err = pdf.Open(signed, signed.Size()); err != nil {
		return err
	}
	signed, err = pades.AddEvidence(doc, pades.Evidence{
		Certificates: [][]byte{p.SubCA.Certificate.Raw, p.Root.Certificate.Raw, p.TSA.Certificate.Raw},
		CRLs:         [][]byte{p.CRL(), p.RootCRL()},
	})
	if err != nil {
		return err
	}
	if doc, err = pdf.Open(signed, signed.Size()); err != nil {
		return err
	}
	t, err := pades.PrepareTimestamp(doc, pades.TimestampOptions{})
	if err != nil {
		return err
	}
	if token, err = stamp(p, t.Digest()); err != nil {
		return err
	}
	if signed, err = t.Finish(token); err != nil {
		return err
	}
	w, err := os.Create(out)
	if err != nil {
		return err
	}
	if _, err := signed.WriteTo(w); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}

func stamp(p *pki.PKI, digest []byte) ([]byte, error) {
	return tsp.ParseResponse(p.TimestampResponse(tsp.NewRequest(crypto.SHA256, digest, nil)))
}
