package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/demo"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// levelWorld is a PKI with services on loopback, at this machine's time.
var levelWorld = sync.OnceValue(func() *signingtest.World {
	w, err := signingtest.NewWorld(time.Time{})
	if err != nil {
		panic(err)
	}
	return w
})

// office is a folder with a person's key, the root, and a policy that allows
// the services of the PKI.
type office struct {
	*testing.T
	dir string
	*signingtest.World
}

func newOffice(t *testing.T, w *signingtest.World) *office {
	t.Helper()
	o := &office{t, t.TempDir(), w}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(o.dir, "cache"))
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(o.dir, "config"))
	t.Cleanup(func() {
		for _, path := range []string{"/tsa", "/ocsp", "/crl/sub.crl", "/crl/root.crl"} {
			w.Override(path, nil)
		}
	})
	for name, id := range map[string]pki.Identity{"person.p12": w.Persons[0], "agency.p12": w.Agencies[0], "revoked.p12": w.RevokedPerson} {
		key, err := w.PKCS12(id, demo.PIN)
		if err != nil {
			t.Fatal(err)
		}
		o.write(name, key)
	}
	o.write("root.pem", pki.PEM(w.Root.Certificate))
	o.write("sub.pem", pki.PEM(w.SubCA.Certificate))
	o.write("policy.json", fmt.Appendf(nil, `{"allowPKCS12": true, "fetchAllowPrivate": ["127.0.0.1"], "fetchPorts": [%d], "tsa": [%q]}`, w.Port(), w.TSAURL()))
	letter, err := documents.Open(documents.Letter)
	if err != nil {
		t.Fatal(err)
	}
	o.write("letter.pdf", letter)
	return o
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(name string, data []byte) {
	o.Helper()
	if err := os.WriteFile(o.path(name), data, 0o600); err != nil {
		o.Fatal(err)
	}
}

func (o *office) read(name string) []byte {
	o.Helper()
	data, err := os.ReadFile(o.path(name))
	if err != nil {
		o.Fatal(err)
	}
	return data
}

// kyso runs the program with the PIN on its standard input.
func (o *office) kyso(args ...string) (code int, stdout, stderr string) {
	o.Helper()
	return o.kysoIn(o.Context(), args...)
}

func (o *office) kysoIn(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	o.Helper()
	var out, messages bytes.Buffer
	args = append([]string{"--lang", "en", "--policy", o.path("policy.json")}, args...)
	code = run(ctx, args, streams{strings.NewReader(demo.PIN + "\n"), &out, &messages}, func(string) string { return "" })
	return code, out.String(), messages.String()
}

func (o *office) sign(key, level, in, out string) {
	o.Helper()
	code, _, messages := o.kyso("sign", "--pin-stdin", "--key", "p12:"+o.path(key), "--level", level, o.path(in), o.path(out))
	if code != exitOK {
		o.Fatalf("sign at %s: exit code %d\n%s", level, code, messages)
	}
}

// verified is what kyso verify says without a network.
func (o *office) verified(name string, more ...string) *verify.Report {
	o.Helper()
	args := append([]string{"verify", "--json", "--offline", "--trust", o.path("root.pem")}, append(more, o.path(name))...)
	_, out, messages := o.kyso(args...)
	var r verify.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		o.Fatalf("%v\n%s%s", err, out, messages)
	}
	return &r
}

// wantLevels wants the document to pass without a network, at these levels.
func (o *office) wantLevels(name string, levels ...string) {
	o.Helper()
	r := o.verified(name)
	var got []string
	for _, s := range r.Signatures {
		if s.Kind != "timestamp" {
			got = append(got, s.Level)
		}
	}
	if r.Verdict != verify.TotalPassed || !slices.Equal(got, levels) {
		o.Errorf("%s: %s %s at levels %v, want %v: %+v", name, r.Verdict, r.SubIndication, got, levels, r.Reason)
	}
}

// tool runs another program, which must end well, or with one of more codes.
func (o *office) tool(want string, args ...string) {
	o.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = o.dir
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		o.Errorf("%v: %v\n%s", args, err, out)
	}
}

// others asks other programs about every signature and timestamp of the file.
func (o *office) others(name string) {
	o.Helper()
	data := o.read(name)
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		o.Fatal(err)
	}
	found, err := pades.Find(doc)
	if err != nil {
		o.Fatal(err)
	}
	token := func(token, over []byte) {
		o.Helper()
		o.write("token", token)
		o.write("over", over)
		o.tool("Verification: OK", "openssl", "ts", "-verify", "-data", "over", "-in", "token", "-token_in", "-CAfile", "root.pem", "-untrusted", "sub.pem")
	}
	signatures := 0
	for _, s := range found {
		sd, rest, err := cms.Parse(s.Contents)
		if err != nil {
			o.Fatal(err)
		}
		der := s.Contents[:len(s.Contents)-len(rest)]
		signed := slices.Concat(data[:s.Range[1]], data[s.Range[2]:s.End()])
		if s.SubFilter == "ETSI.RFC3161" {
			token(der, signed)
			continue
		}
		signatures++
		o.write("cms", der)
		o.write("signed", signed)
		o.tool("successful", "openssl", "cms", "-verify", "-inform", "DER", "-in", "cms", "-content", "signed", "-binary", "-CAfile", "root.pem", "-purpose", "any", "-out", os.DevNull)
		for _, t := range sd.Signers[0].Timestamps() {
			token(t, sd.Signers[0].Value)
		}
	}
	out, err := exec.Command("pdfsig", "-nocert", o.path(name)).CombinedOutput()
	if n := strings.Count(string(out), "Signature is Valid"); err != nil || n < signatures || strings.Contains(string(out), "Invalid") || strings.Contains(string(out), "Mismatch") {
		o.Errorf("pdfsig: %v, %d valid of %d\n%s", err, n, signatures, out)
	}
	o.tool("No syntax or stream encoding errors found", "qpdf", "--check", o.path(name))
	info, err := exec.Command("mutool", "info", o.path(name)).CombinedOutput()
	if err != nil || bytes.Contains(info, []byte("repair")) || bytes.Contains(info, []byte("error")) {
		o.Errorf("mutool: %v\n%s", err, info)
	}
}

// TestSignLevels: each level, by the command, in the eyes of others.
func TestSignLevels(t *testing.T) {
	o := newOffice(t, levelWorld())
	for _, level := range []string{"B-B", "B-T", "B-LT", "B-LTA"} {
		name := level + ".pdf"
		o.sign("person.p12", level, "letter.pdf", name)
		o.others(name)
		if r := o.verified(name); r.Signatures[0].Level != level {
			t.Errorf("%s is called %s", level, r.Signatures[0].Level)
		}
	}
	o.wantLevels("B-LT.pdf", "B-LT")
	o.wantLevels("B-LTA.pdf", "B-LTA")
	// An agency signs what a person signed, and takes it all to B-LTA.
	o.sign("agency.p12", "B-LTA", "B-LT.pdf", "two.pdf")
	o.wantLevels("two.pdf", "B-LTA", "B-LTA")
	o.others("two.pdf")

	// The policy's level is the default.
	o.write("policy.json", append(bytes.TrimSuffix(o.read("policy.json"), []byte("}")), []byte(`, "level": "B-LT"}`)...))
	code, _, messages := o.kyso("sign", "--pin-stdin", "--key", "p12:"+o.path("person.p12"), o.path("letter.pdf"), o.path("policy.pdf"))
	if code != exitOK {
		t.Fatal(messages)
	}
	o.wantLevels("policy.pdf", "B-LT")

	// A revoked certificate signs nothing.
	code, _, messages = o.kyso("sign", "--pin-stdin", "--key", "p12:"+o.path("revoked.p12"), "--level", "B-B", o.path("letter.pdf"), o.path("no.pdf"))
	if _, err := os.Stat(o.path("no.pdf")); code == exitOK || !strings.Contains(messages, "CERTIFICATE_REVOKED") || err == nil {
		t.Errorf("exit code %d\n%s", code, messages)
	}
}

// TestExtendCommand: one file, several, the input never touched, nothing
// overwritten.
func TestExtendCommand(t *testing.T) {
	o := newOffice(t, levelWorld())
	o.sign("person.p12", "B-B", "letter.pdf", "b.pdf")
	o.sign("person.p12", "B-LTA", "letter.pdf", "lta.pdf")
	before := o.read("b.pdf")
	for _, level := range []string{"B-T", "B-LT", "B-LTA"} {
		name := "to-" + level + ".pdf"
		code, out, messages := o.kyso("extend", "--trust", o.path("root.pem"), "--level", level, o.path("b.pdf"), o.path(name))
		if code != exitOK || !strings.Contains(out, "B-B → "+level) {
			t.Fatalf("%s: exit code %d\n%s%s", level, code, out, messages)
		}
		o.others(name)
		if r := o.verified(name); r.Signatures[0].Level != level {
			t.Errorf("%s is called %s", level, r.Signatures[0].Level)
		}
	}
	o.wantLevels("to-B-LTA.pdf", "B-LTA")
	if !bytes.Equal(o.read("b.pdf"), before) {
		t.Error("the input was touched")
	}

	if err := os.Mkdir(o.path("out"), 0o700); err != nil {
		t.Fatal(err)
	}
	code, out, messages := o.kyso("extend", "--trust", o.path("root.pem"), "--to", o.path("out"), o.path("b.pdf"), o.path("lta.pdf"))
	if code != exitOK || !strings.Contains(out, "B-B → B-LTA") || !strings.Contains(out, "renewed") {
		t.Errorf("several: exit code %d\n%s%s", code, out, messages)
	}
	o.wantLevels("out/lta.pdf", "B-LTA")
	o.others("out/lta.pdf")

	// What is there stays, unless forced; the input itself always.
	code, _, messages = o.kyso("extend", o.path("b.pdf"), o.path("lta.pdf"))
	if code != exitNotLooked || !strings.Contains(messages, "exists") {
		t.Errorf("overwrite: exit code %d\n%s", code, messages)
	}
	code, _, messages = o.kyso("extend", "--force", o.path("b.pdf"), o.path("b.pdf"))
	if code != exitNotLooked || !strings.Contains(messages, "never overwritten") {
		t.Errorf("itself: exit code %d\n%s", code, messages)
	}
	code, _, messages = o.kyso("extend", "--force", "--level", "B-T", "--trust", o.path("root.pem"), o.path("b.pdf"), o.path("to-B-LTA.pdf"))
	if code != exitOK {
		t.Errorf("forced: exit code %d\n%s", code, messages)
	}
	// Nothing of what was tried is left behind.
	if left, err := filepath.Glob(o.path(".kyso-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestExtendExitCodes: the codes of verify.
func TestExtendExitCodes(t *testing.T) {
	o := newOffice(t, levelWorld())
	o.sign("person.p12", "B-B", "letter.pdf", "b.pdf")
	o.sign("person.p12", "B-T", "letter.pdf", "t.pdf")
	tampered := bytes.Replace(o.read("b.pdf"), []byte("/MediaBox"), []byte("/mediaBox"), 1)
	o.write("tampered.pdf", tampered)
	encrypted, err := documents.Open(documents.Encrypted)
	if err != nil {
		t.Fatal(err)
	}
	o.write("encrypted.pdf", encrypted)
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"tampered", []string{"tampered.pdf", "out.pdf"}, exitFailed, "SIGNATURE_BAD"},
		{"not signed", []string{"letter.pdf", "out.pdf"}, exitNotLooked, "NOT_SIGNED"},
		{"encrypted", []string{"encrypted.pdf", "out.pdf"}, exitNotLooked, "ENCRYPTED_PDF"},
		{"missing", []string{"missing.pdf", "out.pdf"}, exitNotLooked, "missing.pdf"},
		{"no folder", []string{"b.pdf", "none/out.pdf"}, exitNotLooked, "Choose another folder"},
		{"one name", []string{"b.pdf"}, exitUsage, "IN.pdf OUT.pdf"},
		{"offline timestamp", []string{"--offline", "b.pdf", "out.pdf"}, exitUsage, "--offline"},
		{"no TSA", []string{"--tsa", "http://127.0.0.1:9/", "b.pdf", "out.pdf"}, exitIndeterminate, "127.0.0.1:9"},
		{"bad TSA", []string{"--tsa", "tsa.example", "b.pdf", "out.pdf"}, exitUsage, "must look like"},
		{"offline, no evidence", []string{"--offline", "--level", "B-LT", "t.pdf", "out.pdf"}, exitIndeterminate, "EVIDENCE_UNAVAILABLE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"extend", "--trust", o.path("root.pem")}
			for _, a := range c.args {
				if strings.HasSuffix(a, ".pdf") {
					a = o.path(a)
				}
				args = append(args, a)
			}
			code, out, messages := o.kyso(args...)
			if code != c.code || !strings.Contains(messages, c.says) || out != "" {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out, messages)
			}
			if _, err := os.Stat(o.path("out.pdf")); err == nil {
				t.Error("something was written")
			}
		})
	}
	// Handed over, evidence needs no network.
	for name, der := range map[string][]byte{"sub.crl": o.CRL(), "root.crl": o.RootCRL()} {
		o.write(name, der)
	}
	code, _, messages := o.kyso("extend", "--trust", o.path("root.pem"), "--offline", "--level", "B-LT", "--evidence", o.path("sub.crl"), "--evidence", o.path("root.crl"), o.path("t.pdf"), o.path("offline.pdf"))
	if code != exitOK {
		t.Fatalf("offline: exit code %d\n%s", code, messages)
	}
	o.wantLevels("offline.pdf", "B-LT")
}

// TestExtendSecondTSA: one that is down is passed over, and that is said.
func TestExtendSecondTSA(t *testing.T) {
	o := newOffice(t, levelWorld())
	o.sign("person.p12", "B-B", "letter.pdf", "b.pdf")
	code, _, messages := o.kyso("extend", "--trust", o.path("root.pem"), "--tsa", "http://127.0.0.1:9/", "--tsa", o.TSAURL(), o.path("b.pdf"), o.path("out.pdf"))
	if code != exitOK || !strings.Contains(messages, "now asking") {
		t.Errorf("exit code %d\n%s", code, messages)
	}
	o.wantLevels("out.pdf", "B-LTA")
}

// TestExtendCancelled: Ctrl-C while the authority is waited for leaves nothing.
func TestExtendCancelled(t *testing.T) {
	o := newOffice(t, levelWorld())
	o.sign("person.p12", "B-B", "letter.pdf", "b.pdf")
	ctx, cancel := context.WithCancel(t.Context())
	o.Override("/tsa", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	}))
	code, _, messages := o.kysoIn(ctx, "extend", "--trust", o.path("root.pem"), o.path("b.pdf"), o.path("out.pdf"))
	if code != exitNotLooked || !strings.Contains(messages, "Stopped as asked: 0 of 1") {
		t.Errorf("exit code %d\n%s", code, messages)
	}
	left, err := filepath.Glob(o.path(".kyso-*"))
	if _, statErr := os.Stat(o.path("out.pdf")); err != nil || len(left) > 0 || statErr == nil {
		t.Errorf("left behind: %v", left)
	}
}
