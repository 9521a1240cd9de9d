package origin

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// vector is testdata/protocol/vectors/transcript.json, which the client's tests read too.
type vector struct {
	Transcript struct {
		Origin                                              string
		Port, PageMin, PageMax, AgentMin, AgentMax, Version int
		PageNonce, AgentNonce, PageKey, AgentKey            string
	}
	Text              string // what both sign, after the line that names the role
	AgentSignature    string // by AgentKey, of "kyso v1 agent"
	PageSignature     string
	Secret, Challenge string
	Commitment        string // hexadecimal
	Words             []int
}

func readVector(t *testing.T) (vector, Transcript) {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/protocol/vectors/transcript.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	b := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	o, err := Parse(v.Transcript.Origin)
	if err != nil {
		t.Fatal(err)
	}
	in := v.Transcript
	return v, Transcript{o, in.Port, in.PageMin, in.PageMax, in.AgentMin, in.AgentMax, in.Version,
		b(in.PageNonce), b(in.AgentNonce), b(in.PageKey), b(in.AgentKey)}
}

// The vector's signatures and hashes were made with openssl; openssl is asked
// again.
func TestVector(t *testing.T) {
	v, tr := readVector(t)
	if string(tr.Bytes()) != v.Text {
		t.Errorf("transcript is\n%s\nwant\n%s", tr.Bytes(), v.Text)
	}
	for role, s := range map[Role]string{Agent: v.AgentSignature, Page: v.PageSignature} {
		signature, err := Decode(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Verify(role, signature); err != nil {
			t.Errorf("%s: %v", role, err)
		}
		other := Page
		if role == Page {
			other = Agent
		}
		if tr.Verify(other, signature) == nil {
			t.Errorf("the signature of %s passes for the other end's", role)
		}
		later := tr
		later.PageMin++
		if later.Verify(role, signature) == nil {
			t.Errorf("%s: passes over other versions", role)
		}
	}
	secret, _ := Decode(v.Secret, NonceBytes)
	challenge, _ := Decode(v.Challenge, NonceBytes)
	if got := hex.EncodeToString(Commitment(tr, secret)); got != v.Commitment {
		t.Errorf("commitment %s, want %s", got, v.Commitment)
	}
	code := PairingCode(tr, secret, challenge)
	for i, w := range v.Words {
		if int(code[i]) != w {
			t.Errorf("words %v, want %v", code, v.Words)
			break
		}
	}
	if len(v.Words) != PairingCodeBytes || PairingCodeBytes*8 < 40 {
		t.Error("fewer than 40 bits are compared")
	}
	commitment, _ := hex.DecodeString(v.Commitment)
	if !CheckCommitment(tr, commitment, secret) || CheckCommitment(tr, commitment, challenge) {
		t.Error("the commitment does not bind the secret")
	}
}

func TestKeySignsForOpenssl(t *testing.T) {
	_, tr := readVector(t)
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := key.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if key, err = UnmarshalKey(der); err != nil {
		t.Fatal(err)
	}
	tr.AgentKey = key.Public()
	signature, err := key.Sign(tr, Agent)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Verify(Agent, signature); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inDER, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "dgst", "-sha256",
		"-verify", file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key.Public()})),
		"-signature", file("signature", inDER), file("text", append([]byte("kyso v1 agent\n"), tr.Bytes()...))).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	_, tr := readVector(t)
	longer := append(bytes.Clone(tr.PageKey), 0)
	off := bytes.Clone(tr.PageKey)
	off[len(off)-1] ^= 1 // no point of the curve
	for name, der := range map[string][]byte{"nothing": nil, "trailing byte": longer, "off the curve": off} {
		if _, err := ParseKey(der); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCapability(t *testing.T) {
	site, other := Origin{"https", "a.example", 443}, Origin{"https", "b.example", 443}
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	grant := Grant{site, "sign", "1"}
	for name, test := range map[string]struct {
		use  Grant
		at   time.Time
		want error
	}{
		"used":               {grant, now.Add(CapabilityLife - 1), nil},
		"expired":            {grant, now.Add(CapabilityLife), ErrCapability},
		"another origin":     {Grant{other, "sign", "1"}, now, ErrCapability},
		"another operation":  {Grant{site, "certificates", "1"}, now, ErrCapability},
		"another connection": {Grant{site, "sign", "2"}, now, ErrCapability},
	} {
		t.Run(name, func(t *testing.T) {
			var c Capabilities
			token, err := c.Mint(grant, now)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Redeem(token, test.use, test.at); !errors.Is(err, test.want) {
				t.Errorf("redeemed with %v, want %v", err, test.want)
			}
			if err := c.Redeem(token, grant, now); !errors.Is(err, ErrCapability) {
				t.Error("redeemed a second time")
			}
		})
	}
	var c Capabilities
	token, _ := c.Mint(grant, now)
	c.Forget("1")
	if c.Redeem(token, grant, now) == nil {
		t.Error("a connection that has ended still has its capability")
	}
	for range maxCapabilities {
		if _, err := c.Mint(grant, now); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Mint(grant, now); !errors.Is(err, ErrTooManyCapabilities) {
		t.Error("there is no bound")
	}
	if _, err := c.Mint(grant, now.Add(CapabilityLife)); err != nil {
		t.Errorf("expired ones are not forgotten: %v", err)
	}
}

func TestDecode(t *testing.T) {
	sum := sha256.Sum256(nil)
	if got, err := Decode(Encode(sum[:]), 32); err != nil || !bytes.Equal(got, sum[:]) {
		t.Errorf("%x, %v", got, err)
	}
	for _, s := range []string{"", Encode(sum[:31]), Encode(sum[:]) + "=", Encode(sum[:])[:42] + "\n", "?" + Encode(sum[:])[1:], Encode(sum[:])[:42] + "9"} {
		if _, err := Decode(s, 32); err == nil {
			t.Errorf("decoded %q", s)
		}
	}
}
