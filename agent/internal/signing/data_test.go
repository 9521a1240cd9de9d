package signing_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

// dataService signs data with keys; the person is asked through ask.
func dataService(t *testing.T, keys signing.Keys, ask func(context.Context, signing.DataQuestion) (signing.Approval, error)) *signing.Service {
	t.Helper()
	s, err := signing.New(signing.Options{Keys: keys, Approver: nobody(t), ApproveData: ask, Clock: time.Now, AskTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func agreesToData(_ context.Context, q signing.DataQuestion) (signing.Approval, error) {
	return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("1234")}, nil
}

func newWorld(t *testing.T) *signingtest.World {
	t.Helper()
	w, err := signingtest.NewWorld(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Server.Close)
	return w
}

// opensslVerifies has OpenSSL judge a detached signature over data.
func opensslVerifies(t *testing.T, der, data []byte, anchors ...*x509.Certificate) (string, error) {
	t.Helper()
	dir := t.TempDir()
	var roots bytes.Buffer
	for _, c := range anchors {
		pem.Encode(&roots, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	for name, b := range map[string][]byte{"sig": der, "data": data, "roots": roots.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "sig"), "-content", filepath.Join(dir, "data"),
		"-CAfile", filepath.Join(dir, "roots"), "-purpose", "any", "-out", filepath.Join(dir, "out")).CombinedOutput()
	return string(out), err
}

func TestSignDataCMS(t *testing.T) {
	w := newWorld(t)
	ec, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("Tôi đồng ý gửi hồ sơ số 15/QĐ-UBND.\nNgày 22/11/2026")
	for name, c := range map[string]struct {
		keys    signing.Keys
		anchors []*x509.Certificate
		pss     bool
	}{
		"RSA":     {w.Hold(w.Persons[0]), w.Anchors(), false},
		"RSA PSS": {w.Hold(w.Persons[0]), w.Anchors(), true},
		"ECDSA":   {ec, ec.Identity.Chain, false},
	} {
		t.Run(name, func(t *testing.T) {
			var asked signing.DataQuestion
			s := dataService(t, c.keys, func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error) {
				asked = q
				return agreesToData(ctx, q)
			})
			r, err := s.SignData(t.Context(), signing.DataRequest{Origin: "https://eoffice.example", Purpose: signing.PurposeMessage, Format: signing.FormatCMS, Data: message, PSS: c.pss})
			if err != nil {
				t.Fatal(err)
			}
			if asked.Text != string(message) || asked.Origin != "https://eoffice.example" || asked.SHA256 != sha256.Sum256(message) || asked.Size != int64(len(message)) || len(asked.Identities) != 1 || asked.Language != "vi" {
				t.Errorf("asked %+v", asked)
			}
			if out, err := opensslVerifies(t, r.Signature, message, c.anchors...); err != nil {
				t.Errorf("openssl: %v\n%s", err, out)
			}
			if out, err := opensslVerifies(t, r.Signature, append(bytes.Clone(message), '.'), c.anchors...); err == nil {
				t.Errorf("openssl takes it for another message: %s", out)
			}
			report, err := verify.Detached(r.Signature, func(h crypto.Hash) ([]byte, error) {
				w := h.New()
				w.Write(message)
				return w.Sum(nil), nil
			}, verify.Evidence{}, verify.Policy{Trust: trust.NewStore(c.anchors...), At: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			if sig := report.Signatures[0]; !sig.Intact || !sig.Valid {
				t.Errorf("our engine: %+v", sig)
			}
		})
	}
}

// jwsParts takes a compact serialisation apart, by RFC 7515, 7.1.
func jwsParts(t *testing.T, jws []byte) (header struct {
	Alg string
	X5C []string
}, input string, payload, value []byte) {
	t.Helper()
	parts := strings.Split(string(jws), ".")
	if len(parts) != 3 {
		t.Fatalf("%s", jws)
	}
	var decoded [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		decoded[i] = b
	}
	if err := json.Unmarshal(decoded[0], &header); err != nil {
		t.Fatal(err)
	}
	return header, parts[0] + "." + parts[1], decoded[1], decoded[2]
}

func TestSignDataJWS(t *testing.T) {
	w := newWorld(t)
	ec, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	data := []byte(`{"maHoSo":"127/STN-VP","dongY":true}`)
	rsaKey := &w.Persons[0].Key.PublicKey
	for name, c := range map[string]struct {
		keys          signing.Keys
		pss, detached bool
		alg           string
		check         func(digest [32]byte, value []byte) bool
	}{
		"RS256": {w.Hold(w.Persons[0]), false, false, "RS256", func(d [32]byte, v []byte) bool {
			return rsa.VerifyPKCS1v15(rsaKey, crypto.SHA256, d[:], v) == nil
		}},
		"PS256, detached": {w.Hold(w.Persons[0]), true, true, "PS256", func(d [32]byte, v []byte) bool {
			return rsa.VerifyPSS(rsaKey, crypto.SHA256, d[:], v, &rsa.PSSOptions{SaltLength: 32}) == nil
		}},
		"ES256": {ec, true, false, "ES256", func(d [32]byte, v []byte) bool {
			return len(v) == 64 && ecdsa.Verify(ec.Identity.Certificate.PublicKey.(*ecdsa.PublicKey), d[:], new(big.Int).SetBytes(v[:32]), new(big.Int).SetBytes(v[32:]))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := dataService(t, c.keys, agreesToData)
			r, err := s.SignData(t.Context(), signing.DataRequest{Origin: "https://eoffice.example", Purpose: signing.PurposeJSON, Format: signing.FormatJWS, Data: data, PSS: c.pss, Detached: c.detached})
			if err != nil {
				t.Fatal(err)
			}
			header, input, payload, value := jwsParts(t, r.Signature)
			if c.detached {
				if len(payload) > 0 {
					t.Errorf("the payload is in: %s", r.Signature)
				}
				input += base64.RawURLEncoding.EncodeToString(data)
			} else if !bytes.Equal(payload, data) {
				t.Errorf("payload %q", payload)
			}
			if header.Alg != c.alg || len(header.X5C) != 2 || header.X5C[0] != base64.StdEncoding.EncodeToString(r.Identity.Certificate.Raw) {
				t.Errorf("header %+v", header)
			}
			if !c.check(sha256.Sum256([]byte(input)), value) {
				t.Error("the signature is not the key's")
			}
		})
	}
}

func TestDataRefused(t *testing.T) {
	good := signing.DataRequest{Origin: "https://eoffice.example", Purpose: signing.PurposeMessage, Format: signing.FormatCMS, Data: []byte("Đồng ý")}
	pdf := pdfOf(t, 1)
	with := func(f func(*signing.DataRequest)) signing.DataRequest {
		r := good
		f(&r)
		return r
	}
	login := func(code string) signing.DataRequest {
		return with(func(r *signing.DataRequest) { r.Purpose, r.Data = signing.PurposeLogin, []byte(code) })
	}
	for name, c := range map[string]struct {
		r    signing.DataRequest
		want error
	}{
		"a PDF":                   {with(func(r *signing.DataRequest) { r.Data, r.AllowOpaqueUnsafe = pdf, true }), signing.ErrRequest},
		"a PDF behind something":  {with(func(r *signing.DataRequest) { r.Data = append([]byte("Đồng ý\n"), "%PDF-1.7"...) }), signing.ErrRequest},
		"a PDF without header":    {with(func(r *signing.DataRequest) { r.Data = []byte("7 0 obj<</Type/Sig/ByteRange[9 90 200 9]>>") }), signing.ErrRequest},
		"a PostScript header":     {with(func(r *signing.DataRequest) { r.Data = []byte("%!PS-Adobe-3.0 PDF-1.4\n1 0 obj") }), signing.ErrRequest},
		"a digest":                {with(func(r *signing.DataRequest) { r.Data = bytes.Repeat([]byte{0x9a}, 32) }), signing.ErrRequest},
		"no data":                 {with(func(r *signing.DataRequest) { r.Data = nil }), signing.ErrRequest},
		"too much":                {with(func(r *signing.DataRequest) { r.Data, r.AllowOpaqueUnsafe = make([]byte, 1<<20+1), true }), signing.ErrTooLarge},
		"too long to show":        {with(func(r *signing.DataRequest) { r.Data = []byte(strings.Repeat("a ", 501)) }), signing.ErrRequest},
		"too many lines":          {with(func(r *signing.DataRequest) { r.Data = []byte(strings.Repeat("a\n", 21)) }), signing.ErrRequest},
		"turned direction":        {with(func(r *signing.DataRequest) { r.Data = []byte("chuyển \u202e000001") }), signing.ErrRequest},
		"zero width":              {with(func(r *signing.DataRequest) { r.Data = []byte("có\u200bkhông") }), signing.ErrRequest},
		"a heap of marks":         {with(func(r *signing.DataRequest) { r.Data = []byte("a" + strings.Repeat("\u0301", 20)) }), signing.ErrRequest},
		"blank":                   {with(func(r *signing.DataRequest) { r.Data = []byte(" \n ") }), signing.ErrRequest},
		"login of two lines":      {login("abc\ndef"), signing.ErrRequest},
		"long login code":         {login(strings.Repeat("a", 513)), signing.ErrRequest},
		"no purpose":              {with(func(r *signing.DataRequest) { r.Purpose = "" }), signing.ErrRequest},
		"no format":               {with(func(r *signing.DataRequest) { r.Format = "raw" }), signing.ErrRequest},
		"certificate not plugged": {with(func(r *signing.DataRequest) { r.CertificateID = "other" }), signing.ErrNoCertificate},
		"opaque, but a login": {with(func(r *signing.DataRequest) {
			r.Purpose, r.Data, r.AllowOpaqueUnsafe = signing.PurposeLogin, []byte{1, 2}, true
		}), signing.ErrRequest},
		"line written over itself":  {with(func(r *signing.DataRequest) { r.Data = []byte("trả 1000\rtrả 1") }), signing.ErrRequest},
		"line that returns on self": {login("good\rbad"), signing.ErrRequest},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := signingtest.NewToken(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			s := dataService(t, token, func(context.Context, signing.DataQuestion) (signing.Approval, error) {
				t.Error("the person was asked")
				return signing.Approval{}, nil
			})
			if _, err := s.SignData(t.Context(), c.r); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if tries, _, signs := token.Counts(); tries+signs != 0 {
				t.Errorf("%d PINs tried, %d signatures", tries, signs)
			}
		})
	}
}

// The same care as with documents: one try, no key left open, one at a time.
func TestDataConsent(t *testing.T) {
	r := signing.DataRequest{Origin: "https://eoffice.example", Purpose: signing.PurposeLogin, Format: signing.FormatCMS, Data: []byte("b7f3-22aa")}
	pin, other := []byte("1234"), []byte("1234")
	for name, c := range map[string]struct {
		answer func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error)
		want   error
		tries  int
	}{
		"refused": {func(context.Context, signing.DataQuestion) (signing.Approval, error) { return signing.Approval{}, nil }, signing.ErrRefused, 0},
		"wrong PIN": {func(_ context.Context, q signing.DataQuestion) (signing.Approval, error) {
			return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("9999")}, nil
		}, signing.ErrPINIncorrect, 1},
		"another certificate": {func(context.Context, signing.DataQuestion) (signing.Approval, error) {
			return signing.Approval{Approved: true, CertificateID: "x", PIN: other}, nil
		}, signing.ErrConsent, 0},
		"nobody to ask": {func(context.Context, signing.DataQuestion) (signing.Approval, error) {
			return signing.Approval{}, signing.ErrNobodyToAsk
		}, signing.ErrNobodyToAsk, 0},
		"agreed": {func(_ context.Context, q signing.DataQuestion) (signing.Approval, error) {
			return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: pin}, nil
		}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := signingtest.NewToken(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			var s *signing.Service
			s = dataService(t, token, func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error) {
				// While one is asked, nobody else is.
				if _, err := s.SignData(ctx, r); !errors.Is(err, signing.ErrBusy) {
					t.Errorf("a second request gave %v", err)
				}
				if _, err := s.Sign(ctx, signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}, nil); !errors.Is(err, signing.ErrBusy) {
					t.Errorf("a document gave %v", err)
				}
				return c.answer(ctx, q)
			})
			result, err := s.SignData(t.Context(), r)
			if !errors.Is(err, c.want) || (err == nil) != (result.Signature != nil) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if tries, open, _ := token.Counts(); tries != c.tries || open != 0 {
				t.Errorf("%d tries, %d open", tries, open)
			}
		})
	}
	if !bytes.Equal(append(pin, other...), make([]byte, 8)) {
		t.Error("a PIN was not zeroed")
	}
}

// Without somebody to ask there is no signature over data.
func TestDataNeedsItsOwnQuestion(t *testing.T) {
	f := newFixture(t, nobody(t))
	_, err := f.service.SignData(t.Context(), signing.DataRequest{Purpose: signing.PurposeMessage, Format: signing.FormatCMS, Data: []byte("a")})
	if !errors.Is(err, signing.ErrConsent) {
		t.Errorf("error %v", err)
	}
	f.wantCounts(t, 0, 0)
}
