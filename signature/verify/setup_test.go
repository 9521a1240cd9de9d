package verify_test

import (
	"bytes"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// now is the moment all of these tests happen in. It is the real one, since
// the demo's OCSP responder stamps its answers with that.
var now = time.Now().In(time.FixedZone("", 7*3600)).Truncate(time.Second)

var world = sync.OnceValue(func() *pki.PKI {
	p, err := pki.New(pki.Options{Now: now, BaseURL: "http://127.0.0.1/pki", Keys: pki.FastKeys})
	if err != nil {
		panic(err)
	}
	return p
})

func document(t testing.TB, name string) []byte {
	t.Helper()
	b, err := documents.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, b []byte) *pdf.File {
	t.Helper()
	doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// sign adds a signature of id to b.
func sign(t testing.TB, b []byte, id pki.Identity, o pades.Options) []byte {
	t.Helper()
	o.Certificate, o.Chain, o.Time = id.Certificate, world().Chain(), now
	u, err := pades.Prepare(open(t, b), o)
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := u.Finish(value)
	if err != nil {
		t.Fatal(err)
	}
	var w bytes.Buffer
	if _, err := signed.WriteTo(&w); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// judge verifies b with the demo PKI's root and CRLs.
func judge(t testing.TB, b []byte) *verify.Report {
	t.Helper()
	r, err := verify.Document(open(t, b), evidence(), policy())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func evidence() verify.Evidence {
	return verify.Evidence{CRLs: [][]byte{world().CRL(), world().RootCRL()}}
}

func policy() verify.Policy {
	return verify.Policy{Trust: trust.NewStore(world().Anchors()...), At: now}
}

// update appends a revision to b as change makes it.
func update(t testing.TB, b []byte, change func(doc *pdf.File, u *pdf.Update)) []byte {
	t.Helper()
	doc := open(t, b)
	u, err := doc.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	change(doc, u)
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return append(append([]byte(nil), b...), more...)
}

// edit changes the dictionary ref in a new revision.
func edit(t testing.TB, u *pdf.Update, ref pdf.Ref, change func(d *pdf.Dict)) {
	t.Helper()
	d, err := u.Dict(ref)
	if err != nil {
		t.Fatal(err)
	}
	change(d)
	u.Set(ref, d)
}

func firstPage(t testing.TB, doc *pdf.File) pdf.Page {
	t.Helper()
	var first pdf.Page
	if err := doc.EachPage(func(p pdf.Page) bool { first = p; return false }); err != nil {
		t.Fatal(err)
	}
	return first
}

func rootOf(doc *pdf.File) pdf.Ref { return doc.Trailer().Get("Root").(pdf.Ref) }
