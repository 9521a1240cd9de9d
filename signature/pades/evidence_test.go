//go:build !js

package pades_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/tsp"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

var world = sync.OnceValue(func() *pki.PKI {
	p, err := pki.New(pki.Options{BaseURL: "http://127.0.0.1/pki", Keys: pki.FastKeys})
	if err != nil {
		panic(err)
	}
	return p
})

func itoa(n int) string { return strconv.Itoa(n) }

func whole(t *testing.T, s *pades.Signed) []byte {
	t.Helper()
	var w bytes.Buffer
	if _, err := s.WriteTo(&w); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// token is the demo TSA's over digest.
func token(h crypto.Hash, digest []byte) ([]byte, error) {
	return tsp.ParseResponse(world().TimestampResponse(tsp.NewRequest(h, digest, nil)))
}

// stamped adds a document timestamp.
func stamped(t *testing.T, b []byte, o pades.TimestampOptions) []byte {
	t.Helper()
	u, err := pades.PrepareTimestamp(open(t, b), o)
	if err != nil {
		t.Fatal(err)
	}
	der, err := token(u.Hash(), u.Digest())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := u.Finish(der)
	if err != nil {
		t.Fatal(err)
	}
	return whole(t, signed)
}

// TestContentTimestamp: the token lands in the signed attributes, other
// programs read it there, and verify trusts it.
func TestContentTimestamp(t *testing.T) {
	id := world().Persons[0]
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA512} {
		o := pades.Options{Certificate: id.Certificate, Chain: world().Chain(), Time: time.Now(), Hash: h, ContentTimestamp: token, Timestamp: true}
		u, err := pades.Prepare(open(t, document(t, documents.Letter)), o)
		if err != nil {
			t.Fatal(err)
		}
		value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
		if err != nil {
			t.Fatal(err)
		}
		sum := crypto.SHA256.New()
		sum.Write(value)
		stamp, err := token(crypto.SHA256, sum.Sum(nil))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := u.FinishStamped(value, stamp)
		if err != nil {
			t.Fatal(err)
		}
		b := whole(t, signed)
		pleases(t, write(t, b), 1)
		der, _ := contents(t, b, 0)
		name := write(t, der)
		out := mustTool(t, "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", name)
		before, after, ok := strings.Cut(out, "unsignedAttrs:")
		if !ok || strings.Count(before, "1.2.840.113549.1.9.16.2.20") != 1 || strings.Contains(after, "1.2.840.113549.1.9.16.2.20") {
			t.Errorf("openssl does not see one content timestamp among the signed attributes:\n%.2000s", out)
		}
		r, err := verify.Document(open(t, b), verify.Evidence{CRLs: [][]byte{world().CRL(), world().RootCRL()}},
			verify.Policy{Trust: trust.NewStore(world().Anchors()...), At: time.Now().Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != verify.TotalPassed {
			t.Errorf("%s %s %+v", r.Verdict, r.SubIndication, r.Reason)
		}
		kinds := map[string]bool{}
		for _, s := range r.Signatures[0].Timestamps {
			kinds[s.Kind] = s.Verdict == verify.TotalPassed
		}
		if !kinds["content"] || !kinds["signature"] {
			t.Errorf("timestamps %+v", r.Signatures[0].Timestamps)
		}
	}
	refused := errors.New("the TSA is asleep")
	o := pades.Options{Certificate: id.Certificate, Time: time.Now(), ContentTimestamp: func(crypto.Hash, []byte) ([]byte, error) { return nil, refused }}
	if _, err := pades.Prepare(open(t, document(t, documents.Letter)), o); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
}

// TestRoom: a token that does not fit is refused with how much it takes, and
// asking for that much is enough.
func TestRoom(t *testing.T) {
	long := append([]byte{0x30, 0x82, 0x75, 0x30}, make([]byte, 30_000)...) // a sequence of 30,000 bytes
	var room *pades.RoomError
	id := ecSigner()
	try := func(o pades.Options, stamp []byte) error {
		o.Certificate, o.Time = id.cert, time.Now()
		u, err := pades.Prepare(open(t, document(t, documents.Letter)), o)
		if err != nil {
			return err
		}
		value, err := id.key.Sign(rand.Reader, u.Digest(), u.Opts())
		if err != nil {
			t.Fatal(err)
		}
		_, err = u.FinishStamped(value, stamp)
		return err
	}
	content := func(crypto.Hash, []byte) ([]byte, error) { return long, nil }
	for name, c := range map[string]struct {
		o     pades.Options
		stamp []byte
	}{
		"signature":              {pades.Options{Timestamp: true}, long},
		"content":                {pades.Options{ContentTimestamp: content}, nil},
		"both":                   {pades.Options{Timestamp: true, ContentTimestamp: content}, long},
		"no timestamp asked for": {pades.Options{}, long},
	} {
		err := try(c.o, c.stamp)
		if !errors.As(err, &room) || room.Needed <= room.Room || room.Needed < 30_000 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.o.Timestamp = c.o.Timestamp || c.stamp != nil
		for range 2 { // with two tokens each is found out in turn
			c.o.TokenRoom = max(c.o.TokenRoom, 16<<10) + room.Needed - room.Room
			if err = try(c.o, c.stamp); !errors.As(err, &room) {
				break
			}
		}
		if err != nil {
			t.Errorf("%s, with room for %d: %v", name, c.o.TokenRoom, err)
		}
	}
	for _, n := range []int{-1, 1 << 30} {
		if err := try(pades.Options{TokenRoom: n}, nil); err == nil {
			t.Errorf("a room of %d", n)
		}
	}
	u, err := pades.PrepareTimestamp(open(t, document(t, documents.Letter)), pades.TimestampOptions{Room: 100})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Finish(long); !errors.As(err, &room) || room.Room != 100 || room.Needed != len(long) {
		t.Errorf("a document timestamp: %v", err)
	}
}

// TestLongChain: a chain of large certificates and long names fits.
func TestLongChain(t *testing.T) {
	id := world().Persons[0]
	chain := world().Chain()
	for range 40 {
		chain = append(chain, world().Root.Certificate, world().TSA.Certificate)
	}
	u, err := pades.Prepare(open(t, document(t, documents.Letter)), pades.Options{Certificate: id.Certificate, Chain: chain, Time: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Finish(value); err != nil {
		t.Error(err)
	}
}

// TestVRI: evidence is grouped under the key that the standard says, beside
// groups there are, in the same streams, in the shape the store has, and
// nothing earlier is harmed.
func TestVRI(t *testing.T) {
	crl := world().CRL()
	old := fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(crl), crl)
	const other = "0123456789ABCDEF0123456789ABCDEF01234567"
	for _, c := range []struct {
		name    string
		catalog string
		objects []string
		kept    bool // there was a group of another signature
	}{
		{"none", "", nil, false},
		{"direct", "/DSS <</CRLs [4 0 R] /VRI <</" + other + " <</CRL [4 0 R]>>>>>>", []string{old}, true},
		{"indirect", "/DSS 5 0 R", []string{old, "<</Type /DSS /CRLs 6 0 R /VRI 7 0 R /Certs []>>", "[4 0 R]", "<</Type /VRI /" + other + " 8 0 R>>", "<</Type /VRI /CRL 9 0 R /TU (D:20200101)>>", "[4 0 R]"}, true},
		{"lists that serve two", "/DSS 5 0 R", []string{old, "<</CRLs 6 0 R /VRI <</" + other + " <</CRL 6 0 R>>>>>>", "[4 0 R]"}, true},
	} {
		for _, form := range []string{"disable", "generate"} {
			t.Run(c.name+" "+form, func(t *testing.T) {
				in, out := write(t, build(t, c.catalog, c.objects...)), t.TempDir()+"/out.pdf"
				mustTool(t, "qpdf", "--object-streams="+form, "--deterministic-id", in, out)
				b, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				b = sign(t, b, rsaSigner(), pades.Options{})
				found, err := pades.Find(open(t, b))
				if err != nil {
					t.Fatal(err)
				}
				sum := sha1.Sum(found[0].Contents)
				key := fmt.Sprintf("%X", sum[:])
				if key != found[0].VRIKey() {
					t.Errorf("key %s, want %s", found[0].VRIKey(), key)
				}
				when := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
				ev := pades.Evidence{
					Certificates: [][]byte{world().Root.Certificate.Raw},
					VRI:          []pades.SignatureEvidence{{Key: key, Certificates: [][]byte{world().SubCA.Certificate.Raw}, CRLs: [][]byte{crl, world().RootCRL()}, Time: when}},
				}
				added, err := pades.AddEvidence(open(t, b), ev)
				if err != nil {
					t.Fatal(err)
				}
				after := whole(t, added)
				pleasesButCoverage(t, write(t, after), 1)
				inOrderAll(t, after, 1)
				path := write(t, after)
				show := func(where string) string {
					out := strings.Join(strings.Fields(mustTool(t, "mutool", "show", path, "trailer/Root/DSS/"+where)), " ")
					if _, object, ok := strings.Cut(out, " obj "); ok {
						out = strings.TrimSuffix(object, " endobj")
					}
					return out
				}
				if n := strings.Count(show("Certs"), " R"); n != 2 {
					t.Errorf("%d certificates: %s", n, show("Certs"))
				}
				if n := strings.Count(show("CRLs"), " R"); n != 2 {
					t.Errorf("%d CRLs: %s", n, show("CRLs"))
				}
				// The same streams.
				if show("CRLs") != show("VRI/"+key+"/CRL") || !strings.Contains(show("Certs"), strings.Trim(show("VRI/"+key+"/Cert"), "[] ")) {
					t.Errorf("CRLs %s, of the signature %s", show("CRLs"), show("VRI/"+key+"/CRL"))
				}
				if got := show("VRI/" + key + "/TU"); got != "(D:20260304050607+00'00')" {
					t.Errorf("TU %s", got)
				}
				// What stood directly in the catalog still does, an object of its own
				// is still that object.
				before, err1 := open(t, b).Catalog()
				root, err2 := open(t, after).Catalog()
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				switch was := before.Get("DSS").(type) {
				case pdf.Ref:
					if root.Get("DSS") != pdf.Object(was) {
						t.Errorf("the store was %v, and is %v", was, root.Get("DSS"))
					}
				case *pdf.Dict:
					if _, direct := root.Get("DSS").(*pdf.Dict); !direct {
						t.Errorf("the store stood in the catalog, and is %v", root.Get("DSS"))
					}
				}
				if c.kept && strings.Count(show("VRI/"+other+"/CRL"), " R") != 1 {
					t.Errorf("the other signature's group: %s", show("VRI/"+other))
				}
				if _, err := pades.AddEvidence(open(t, after), ev); !errors.Is(err, pades.ErrNothingToAdd) {
					t.Errorf("the same once more: %v", err)
				}
				// More for the same signature joins what its group has.
				more, err := pades.AddEvidence(open(t, after), pades.Evidence{VRI: []pades.SignatureEvidence{{Key: key, OCSPs: [][]byte{world().OCSPResponse(world().Persons[0].Certificate)}, Time: when.AddDate(1, 0, 0)}}})
				if err != nil {
					t.Fatal(err)
				}
				after = stamped(t, whole(t, more), pades.TimestampOptions{})
				inOrderAll(t, after, 2)
				path = write(t, after)
				if strings.Count(show("VRI/"+key+"/CRL"), " R") != 2 || strings.Count(show("VRI/"+key+"/OCSP"), " R") != 1 || !strings.Contains(show("VRI/"+key+"/TU"), "2026") {
					t.Errorf("grown: %s", show("VRI/"+key))
				}
			})
		}
	}
	b := sign(t, document(t, documents.Letter), rsaSigner(), pades.Options{})
	for _, key := range []string{"", "xyz", "0123456789abcdef0123456789abcdef01234567", "Type"} {
		if _, err := pades.AddEvidence(open(t, b), pades.Evidence{VRI: []pades.SignatureEvidence{{Key: key, CRLs: [][]byte{crl}}}}); err == nil {
			t.Errorf("the key %q", key)
		}
	}
}

// pleasesButCoverage is pleases for a file that goes on after its signatures.
func pleasesButCoverage(t *testing.T, path string, n int) {
	t.Helper()
	if out := mustTool(t, "pdfsig", "-nocert", path); strings.Count(out, "Signature is Valid") != n {
		t.Errorf("pdfsig:\n%s", out)
	}
	if out := mustTool(t, "qpdf", "--check", path); strings.Contains(out, "WARNING") {
		t.Errorf("qpdf: %s", out)
	}
}

// TestEvidenceIsSmall: lists that compress are compressed, and read back.
func TestEvidenceIsSmall(t *testing.T) {
	long := append([]byte{0x30, 0x83, 0x01, 0x86, 0xA0}, bytes.Repeat([]byte{5, 0}, 50_000)...)
	b := document(t, documents.Letter)
	added, err := pades.AddEvidence(open(t, b), pades.Evidence{CRLs: [][]byte{long}})
	if err != nil {
		t.Fatal(err)
	}
	after := whole(t, added)
	if len(after)-len(b) > 5000 {
		t.Errorf("%d bytes more", len(after)-len(b))
	}
	path := write(t, after)
	if got := mustTool(t, "mutool", "show", "-b", path, "trailer/Root/DSS/CRLs/1"); got != string(long) {
		t.Errorf("mutool reads %d bytes", len(got))
	}
	if _, err := pades.AddEvidence(open(t, after), pades.Evidence{CRLs: [][]byte{long}}); !errors.Is(err, pades.ErrNothingToAdd) {
		t.Error(err)
	}
	var none *pdf.FormatError
	if _, err := pades.AddEvidence(open(t, buildAll("<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [] /Count 0>>")), pades.Evidence{CRLs: [][]byte{long}}); !errors.As(err, &none) {
		t.Errorf("a document without pages: %v", err)
	}
}
