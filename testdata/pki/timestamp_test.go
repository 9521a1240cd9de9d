package pki_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
)

// post sends body and returns the answer.
func post(t *testing.T, url, contentType string, body []byte) (int, []byte) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func TestTimestampsPassOpenSSL(t *testing.T) {
	w := newWorld(t)
	data := write(t, "data", []byte("Văn bản cần dấu thời gian"))
	for _, query := range [][]string{
		{"-sha256", "-cert"},
		{"-sha384", "-cert", "-no_nonce"},
		{"-sha512", "-cert", "-tspolicy", "2.999.30.2020.2"},
		{"-sha256"}, // no certificates in the token
	} {
		t.Run(strings.Join(query, " "), func(t *testing.T) {
			request := write(t, "request.tsq", nil)
			if out, ok := openssl(t, append([]string{"ts", "-query", "-data", data, "-out", request}, query...)...); !ok {
				t.Fatalf("openssl ts -query: %s", out)
			}
			der, err := os.ReadFile(request)
			if err != nil {
				t.Fatal(err)
			}
			status, answer := post(t, w.TSAURL(), "application/timestamp-query", der)
			if status != http.StatusOK {
				t.Fatalf("status %d: %s", status, answer)
			}
			verify := []string{"ts", "-verify", "-queryfile", request, "-in", write(t, "answer.tsr", answer), "-CAfile", w.file("root.pem"), "-untrusted", w.file("sub.pem")}
			if len(query) == 1 { // the verifier has to bring the certificate
				both, err := os.ReadFile(w.file("tsa.pem"))
				if err != nil {
					t.Fatal(err)
				}
				sub, err := os.ReadFile(w.file("sub.pem"))
				if err != nil {
					t.Fatal(err)
				}
				verify[len(verify)-1] = write(t, "both.pem", append(both, sub...))
			}
			if out, ok := openssl(t, verify...); !ok || !strings.Contains(out, "Verification: OK") {
				t.Errorf("openssl ts -verify: %s", out)
			}
			other := write(t, "other", []byte("Văn bản khác"))
			if out, ok := openssl(t, "ts", "-verify", "-data", other, "-in", write(t, "answer.tsr", answer), "-CAfile", w.file("root.pem"), "-untrusted", w.file("sub.pem")); ok {
				t.Errorf("the token passes for other data: %s", out)
			}
		})
	}
}

func TestTimestampReadsElsewhere(t *testing.T) {
	w := newWorld(t)
	request, err := timestamp.CreateRequest(strings.NewReader("dữ liệu"), &timestamp.RequestOptions{Certificates: true})
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Second)
	token, err := timestamp.ParseResponse(w.TimestampResponse(request))
	if err != nil {
		t.Fatal(err)
	}
	if token.Time.Before(before) || token.Time.After(time.Now()) || token.Accuracy != time.Second {
		t.Errorf("time %v, accuracy %v", token.Time, token.Accuracy)
	}
}

func TestTimestampRefusals(t *testing.T) {
	w := newWorld(t)
	data := write(t, "data", []byte("x"))
	query := func(args ...string) []byte {
		request := write(t, "request.tsq", nil)
		if out, ok := openssl(t, append([]string{"ts", "-query", "-data", data, "-out", request}, args...)...); !ok {
			t.Fatalf("openssl ts -query: %s", out)
		}
		der, err := os.ReadFile(request)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for name, test := range map[string]struct {
		request []byte
		want    string
	}{
		"SHA-1":           {query("-sha1"), "unrecognized or unsupported algorithm"},
		"another policy":  {query("-tspolicy", "1.2.3.4"), "the requested TSA policy is not supported"},
		"no DER":          {[]byte("xin chào"), "the data submitted has the wrong format"},
		"trailing bytes":  {append(query(), 0), "the data submitted has the wrong format"},
		"empty":           {nil, "the data submitted has the wrong format"},
		"cut in the half": {query()[:30], "the data submitted has the wrong format"},
	} {
		out, _ := openssl(t, "ts", "-reply", "-in", write(t, "refusal.tsr", w.TimestampResponse(test.request)), "-text")
		if !strings.Contains(out, "Rejected") || !strings.Contains(out, test.want) {
			t.Errorf("%s: want %q in %s", name, test.want, out)
		}
	}
}

func TestServicesRefuseWhatTheyCannotRead(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		url, contentType string
		body             []byte
		want             int
	}{
		"TSA, wrong type":   {w.TSAURL(), "text/plain", []byte("x"), http.StatusUnsupportedMediaType},
		"TSA, too large":    {w.TSAURL(), "application/timestamp-query", make([]byte, 1<<20), http.StatusRequestEntityTooLarge},
		"OCSP, too large":   {w.OCSPURL(), "application/ocsp-request", make([]byte, 1<<20), http.StatusRequestEntityTooLarge},
		"CRL by POST":       {w.CRLURL(), "text/plain", nil, http.StatusMethodNotAllowed},
		"a path of no file": {w.url + "/key.pem", "text/plain", nil, http.StatusNotFound},
	} {
		if status, answer := post(t, test.url, test.contentType, test.body); status != test.want {
			t.Errorf("%s: status %d (%s), want %d", name, status, answer, test.want)
		}
	}
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get(w.CRLURL())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "application/pkix-crl" {
		t.Errorf("CRL served as %q", got)
	}
}

func TestOCSPByGET(t *testing.T) {
	w := newWorld(t)
	request := write(t, "request.der", nil)
	if out, ok := openssl(t, "ocsp", "-issuer", w.file("sub.pem"), "-cert", w.file("revoked.pem"), "-reqout", request); !ok {
		t.Fatalf("openssl ocsp: %s", out)
	}
	der, err := os.ReadFile(request)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get(w.OCSPURL() + "/" + url.PathEscape(base64.StdEncoding.EncodeToString(der)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out, ok := openssl(t, "ocsp", "-respin", write(t, "answer.der", answer), "-issuer", w.file("sub.pem"), "-cert", w.file("revoked.pem"), "-CAfile", w.file("root.pem"), "-verify_other", w.file("sub.pem"))
	if !ok || !strings.Contains(out, "revoked.pem: revoked") {
		t.Errorf("openssl ocsp: %s", out)
	}
}
