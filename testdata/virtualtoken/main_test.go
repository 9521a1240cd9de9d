//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/testdata/virtualtoken/device"
	"kyso/testdata/virtualtoken/piv"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

// output is what the program wrote so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startProgram runs the program on an empty reader until the test ends, and
// returns what it writes, its console and its control's address.
func startProgram(t *testing.T, args ...string) (*output, io.Writer, string) {
	t.Helper()
	tokens := virtualtokentest.Start(t, virtualtokentest.Options{Cards: []piv.Options{{}}, Removed: true})
	in, console := io.Pipe()
	out := &output{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, append(args, "--reader", tokens.Devices[0].Status().Reader), in, out) }()
	t.Cleanup(func() {
		stop()
		console.Close()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	virtualtokentest.Await(t, "the program is ready", func() bool { return strings.Contains(out.String(), "help lists") })
	for line := range strings.Lines(out.String()) {
		if url, ok := strings.CutPrefix(line, "control "); ok {
			return out, console, strings.TrimSpace(url)
		}
	}
	t.Fatalf("no control's address in:\n%s", out)
	return nil, nil, ""
}

func listed(t *testing.T, label string) func() bool {
	return func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, _ := exec.CommandContext(ctx, "pkcs11-tool", "--module", virtualtokentest.Module(t), "--list-slots").Output()
		if label == "" {
			return !bytes.Contains(out, []byte("token label"))
		}
		return bytes.Contains(out, []byte(label))
	}
}

// command posts a line and returns status and answer.
func command(t *testing.T, url, line string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequest("POST", url+"/command", strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	if len(header) == 2 {
		request.Header.Set(header[0], header[1])
		if header[0] == "Host" {
			request.Host = header[1]
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func status(t *testing.T, url string) device.Status {
	t.Helper()
	response, err := http.Get(url + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var s device.Status
	if err := json.NewDecoder(response.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConsoleAndControl(t *testing.T) {
	out, console, url := startProgram(t)
	virtualtokentest.Await(t, "the demo person's token is there", listed(t, "Nguyễn Văn Thử"))
	io.WriteString(console, "remove\n")
	virtualtokentest.Await(t, "the token is gone", listed(t, ""))
	if code, text := command(t, url, "insert"); code != 200 || text != "ok\n" {
		t.Errorf("insert: %d %s", code, text)
	}
	virtualtokentest.Await(t, "the token is back", listed(t, "Nguyễn Văn Thử"))
	for _, line := range []string{"lock", "slow 5", "die-at sign", "wrong-answers CB"} {
		if code, text := command(t, url, line); code != 200 {
			t.Errorf("%s: %d %s", line, code, text)
		}
	}
	if s := status(t, url); !s.Inserted || s.Card.PINTries != 0 || s.Slow != 5*time.Millisecond || s.DieAt != "87" || s.WrongAnswers != "CB" {
		t.Errorf("%+v", s)
	}
	command(t, url, "heal")
	command(t, url, "unlock")
	command(t, url, "tries 1")
	if s := status(t, url); s.Card.PINTries != 1 || s.Slow != 0 || s.DieAt != "" || s.WrongAnswers != "" {
		t.Errorf("%+v after heal, unlock and tries 1", s)
	}
	for _, line := range []string{"insert now", "tries", "slow soon", "die-at 100", "jump", "quit"} {
		if code, _ := command(t, url, line); code != 400 {
			t.Errorf("%s: %d, want 400", line, code)
		}
	}
	io.WriteString(console, "jump\nstatus\n")
	virtualtokentest.Await(t, "the console answers", func() bool {
		return strings.Contains(out.String(), `what is "jump"?`) && strings.Contains(out.String(), `"pinTries": 1`)
	})
}

// TestPagesCommandNothing: a page in a browser reaches loopback as well.
func TestPagesCommandNothing(t *testing.T) {
	_, _, url := startProgram(t)
	for _, header := range [][]string{{"Origin", "https://example.com"}, {"Origin", "null"}, {"Sec-Fetch-Mode", "no-cors"}, {"Host", "rebound.example"}} {
		if code, _ := command(t, url, "remove", header...); code != 403 {
			t.Errorf("%v: %d, want 403", header, code)
		}
	}
	if !status(t, url).Inserted {
		t.Error("the card is out")
	}
}

// TestOwnKey signs with a key from files and asks the demo authority for
// nothing.
func TestOwnKey(t *testing.T) {
	key, cert := filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")
	openssl(t, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-subj", "/CN=Khoa rieng", "-keyout", key, "-out", cert)
	startProgram(t, "--key", key, "--cert", cert, "--pin", "97531864", "--slot", "9C")
	virtualtokentest.Await(t, "the token is there", listed(t, "Khoa rieng"))
	message, signature, public := filepath.Join(t.TempDir(), "message"), filepath.Join(t.TempDir(), "signature"), filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(message, []byte("nội dung"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pkcs11-tool", "--module", virtualtokentest.Module(t), "--login", "--pin", "97531864", "--sign", "--id", "02",
		"--mechanism", "ECDSA-SHA384", "--signature-format", "openssl", "--input-file", message, "--output-file", signature).CombinedOutput(); err != nil {
		t.Fatalf("pkcs11-tool: %s", out)
	}
	openssl(t, "x509", "-in", cert, "-noout", "-pubkey", "-out", public)
	openssl(t, "dgst", "-sha384", "-verify", public, "-signature", signature, message)
}

func openssl(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %v: %s", args, out)
	}
}

// TestDemoAuthorityAnswers: the certificate's own addresses work.
func TestDemoAuthorityAnswers(t *testing.T) {
	_, _, url := startProgram(t, "--name", "Trần Thị Mẫu", "--algorithm", "p256")
	virtualtokentest.Await(t, "the token is there", listed(t, "Trần Thị Mẫu"))
	for _, path := range []string{"/pki/crl/sub.crl", "/pki/ca/sub.crt", "/pki/ca/root.crt"} {
		response, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			t.Errorf("%s: %s", path, response.Status)
		}
	}
}

func TestCommandLineIsChecked(t *testing.T) {
	for name, args := range map[string][]string{
		"key alone": {"--key", "x"}, "slot": {"--slot", "9d"}, "algorithm": {"--algorithm", "rsa512"},
		"short PIN": {"--pin", "1"}, "everybody's control": {"--control", "0.0.0.0:0"}, "words": {"insert"},
	} {
		if err := run(t.Context(), args, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%s: ran", name)
		}
	}
}
