package signing_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// TestDataSaysWhatItIs: a signature over data names its purpose and the site that
// asked, where OpenSSL reads it too.
func TestDataSaysWhatItIs(t *testing.T) {
	w := newWorld(t)
	s := dataService(t, w.Hold(w.Persons[0]), agreesToData)
	for _, purpose := range []signing.Purpose{signing.PurposeMessage, signing.PurposeLogin} {
		r, err := s.SignData(t.Context(), signing.DataRequest{Origin: "https://eoffice.example", Purpose: purpose, Format: signing.FormatCMS, Data: []byte("9f1c2b7e")})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "sig")
		if err := os.WriteFile(file, r.Signature, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("openssl", "asn1parse", "-inform", "DER", "-in", file).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		_, hint, found := strings.Cut(string(out), "id-smime-aa-contentHint")
		want := "kyso " + string(purpose) + " https://eoffice.example"
		if lines := strings.SplitN(hint, "\n", 6); !found || len(lines) < 6 || !strings.Contains(lines[3], "UTF8STRING") || !strings.HasSuffix(lines[3], ":"+want) || !strings.HasSuffix(lines[4], ":pkcs7-data") {
			t.Errorf("%s: %s", purpose, out)
		}
	}
	r, err := s.SignData(t.Context(), signing.DataRequest{Origin: "https://eoffice.example", Purpose: signing.PurposeJSON, Format: signing.FormatJWS, Data: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	head, err := base64.RawURLEncoding.DecodeString(string(r.Signature[:bytes.IndexByte(r.Signature, '.')]))
	var h map[string]any
	if err := errors.Join(err, json.Unmarshal(head, &h)); err != nil || h["kyso"] != "kyso json https://eoffice.example" || h["crit"] != nil {
		t.Errorf("%v %s", err, head)
	}
}

// TestMessageIsNoList: a message that reads like a list of allowed sites, signed
// by the very person whose lists count, is no list.
func TestMessageIsNoList(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	list, err := json.Marshal(origin.SignedList{Version: 1, Serial: 99, Issued: now.Add(-time.Hour).UTC(), Expires: now.AddDate(1, 0, 0).UTC(), Origins: []string{"https://hostile.example"}})
	if err != nil {
		t.Fatal(err)
	}
	s := dataService(t, w.Hold(w.Persons[0]), agreesToData)
	r, err := s.SignData(t.Context(), signing.DataRequest{Origin: "https://eoffice.example", Purpose: signing.PurposeMessage, Format: signing.FormatCMS, Data: list})
	if err != nil {
		t.Fatal(err)
	}
	pins := [][sha256.Size]byte{sha256.Sum256(r.Identity.Certificate.Raw)}
	if _, err := origin.CheckListSignature(list, r.Signature, pins, now); !errors.Is(err, origin.ErrListSignature) {
		t.Errorf("a page can have a list signed: %v", err)
	}
}
