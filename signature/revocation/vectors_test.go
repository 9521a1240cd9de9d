package revocation_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/certificate"
	"kyso/signature/revocation"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

// anyAlgorithm is for vectors older than the rules about algorithms.
func anyAlgorithm(algorithm.Signature, crypto.PublicKey, time.Time) error { return nil }

// blocks are the PEM blocks of a file by type, the first of each.
func blocks(t *testing.T, path string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for rest := corpus.Read(t, path); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return found
		}
		if found[block.Type] == nil {
			found[block.Type] = block.Bytes
		}
	}
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	cert, err := certificate.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// crlDiffers are the vectors this package judges in another way, and why.
var crlDiffers = map[string]string{
	"bad_crldp_has_crlissuer.pem":           "the CA's own complete CRL counts whatever the points say (RFC 5280 6.3.3, last paragraph)",
	"bad_idp_indirectcrl.pem":               "BoringSSL does not do indirect CRLs; this one is the CA's own",
	"bad_thisupdate_too_old.pem":            "BoringSSL's limit of seven days; nextUpdate is not reached",
	"good_no_nextupdate.pem":                "nextUpdate is required in CRLs (RFC 5280 5.1.2.5); without it they count for a day",
	"good_fake_extension_no_nextupdate.pem": "as above",
	"invalid_revoked_empty_sequence.pem":    "an empty list and an absent one say the same",
}

// TestBoringCRL runs BoringSSL's CRL vectors: good_* is Good, revoked* is
// Revoked, and neither is anything else.
func TestBoringCRL(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus.Path(t, "pkits", "boringssl-pki", "crl_unittest"), "*.pem"))
	if len(files) < 60 {
		t.Fatalf("%d files", len(files))
	}
	at := time.Date(2017, 3, 9, 0, 0, 0, 0, time.UTC)
	agree, misses, falseAlarms := 0, 0, 0
	for _, file := range files {
		name := filepath.Base(file)
		b := blocks(t, file)
		cert, err := certificate.Parse(b["CERTIFICATE"])
		if err != nil {
			t.Logf("%s: %v", name, err)
			agree++
			continue
		}
		ev := revocation.Evidence{CRLs: [][]byte{b["CRL"]}, Algorithms: anyAlgorithm, Latest: at}
		if extra := b["CA CERTIFICATE 2"]; extra != nil {
			// The CA's other key; BoringSSL takes it for validated too.
			ev.Authorities = []*x509.Certificate{parse(t, extra)}
		}
		issuer := parse(t, b["CA CERTIFICATE"])
		r := revocation.Check(cert, issuer, ev, at)
		want := revocation.Unknown
		switch {
		case strings.HasPrefix(name, "good"):
			want = revocation.Good
		case strings.HasPrefix(name, "revoked"):
			want = revocation.Revoked
		}
		switch {
		case r.Status == want:
			agree++
		case r.Status == revocation.Good:
			misses++
			if crlDiffers[name] == "" {
				t.Errorf("miss: %s is %v", name, r.Status)
			}
		default:
			falseAlarms++
			if crlDiffers[name] == "" {
				t.Errorf("false alarm: %s is %v, want %v: %s %s", name, r.Status, want, r.WhyCode, r.Why)
			}
		}
	}
	t.Logf("BoringSSL CRL: %d agree, %d misses, %d false alarms", agree, misses, falseAlarms)
}

// TestBoringOCSP runs BoringSSL's OCSP vectors.
func TestBoringOCSP(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus.Path(t, "pkits", "boringssl-pki", "ocsp_unittest"), "*.pem"))
	if len(files) < 30 {
		t.Fatalf("%d files", len(files))
	}
	good := []string{"good_response", "good_response_next_update", "good_response_sha256", "has_extension", "has_single_extension",
		"has_version", "multiple_response", "ocsp_extra_certs", "ocsp_sign_direct", "ocsp_sign_indirect", "responder_id", "responder_name"}
	revoked := []string{"multiple_response_good_revoked", "revoke_response", "revoke_response_reason"}
	at := time.Date(2017, 3, 1, 12, 0, 0, 0, time.UTC)
	agree, misses, falseAlarms := 0, 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pem")
		b := blocks(t, file)
		if name == "good_response_invalid_serial" {
			// Refused: a list may name the same number in its DER form.
			if _, err := certificate.Parse(b["CERTIFICATE"]); err == nil {
				t.Error("a serial number that is not DER is read")
			}
			continue
		}
		ev := revocation.Evidence{OCSPs: [][]byte{b["OCSP RESPONSE"]}, Algorithms: anyAlgorithm, Latest: at.AddDate(0, 0, 2)}
		r := revocation.Check(parse(t, b["CERTIFICATE"]), parse(t, b["CA CERTIFICATE"]), ev, at)
		want := revocation.Unknown
		if slices.Contains(good, name) {
			want = revocation.Good
		} else if slices.Contains(revoked, name) {
			want = revocation.Revoked
		}
		switch {
		case r.Status == want:
			agree++
		case r.Status == revocation.Good:
			misses++
			t.Errorf("miss: %s is %v", name, r.Status)
		default:
			falseAlarms++
			t.Errorf("false alarm: %s is %v, want %v: %s %s", name, r.Status, want, r.WhyCode, r.Why)
		}
	}
	t.Logf("BoringSSL OCSP: %d agree, %d misses, %d false alarms", agree, misses, falseAlarms)
}

// TestOpenSSLOCSP runs OpenSSL's OCSP responses for the certificates they are
// about.
func TestOpenSSLOCSP(t *testing.T) {
	root := corpus.Path(t, "openssl")
	var index []struct {
		Kind, Desc, Response, Issuer, Expected string
		Untrusted                              any
	}
	if err := json.Unmarshal(corpus.Read(t, root, "index.json"), &index); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "test")
	agree, misses, falseAlarms := 0, 0, 0
	reasons := map[string]int{}
	for _, x := range index {
		if x.Kind != "ocsp" {
			continue
		}
		response := unarmoured(t, corpus.Read(t, dir, x.Response))
		// ISOP_D1.ors is about D1_Cert_EE.pem.
		stem := strings.TrimSuffix(filepath.Base(x.Response), ".ors")
		stem = stem[strings.LastIndexByte(stem, '_')+1:]
		found, _ := filepath.Glob(filepath.Join(dir, "ocsp-tests", stem+"_Cert_*.pem"))
		if len(found) != 1 {
			t.Fatalf("%s: certificates %v", x.Response, found)
		}
		cert, named := parse(t, blocks(t, found[0])["CERTIFICATE"]), parse(t, blocks(t, filepath.Join(dir, x.Issuer))["CERTIFICATE"])
		// OpenSSL's script leaves their times aside, so any day of 2012 will do.
		var r revocation.Result
		for day := 1; day < 366 && r.Status == revocation.Unknown; day++ {
			at := time.Date(2012, 1, day, 12, 0, 0, 0, time.UTC)
			r = revocation.Check(cert, named, revocation.Evidence{OCSPs: [][]byte{response}}, at)
			if r.Status != revocation.Unknown || x.Untrusted == nil || x.Untrusted == "" {
				continue
			}
			// A CA below the one that is named, when a path leads there.
			between, err := trust.ParseCertificates(corpus.Read(t, dir, "ocsp-tests", filepath.Base(fmt.Sprint(x.Untrusted))))
			if err != nil {
				t.Fatal(err)
			}
			for _, ca := range between {
				path, err := trust.NewStore(named).Build(ca, trust.Options{At: at, Intermediates: between})
				if err == nil && r.Status == revocation.Unknown {
					r = revocation.Check(cert, path[0], revocation.Evidence{OCSPs: [][]byte{response}}, at)
				}
			}
		}
		switch accepted := r.Status != revocation.Unknown; {
		case accepted == (x.Expected == "OK"):
			agree++
			reasons[r.WhyCode]++
		case accepted:
			misses++
			t.Errorf("miss: %s %s with %s", x.Desc, x.Response, x.Issuer)
		default:
			falseAlarms++
			t.Errorf("false alarm: %s %s with %s: %s", x.Desc, x.Response, x.Issuer, r.Why)
		}
	}
	t.Logf("OpenSSL OCSP: %d agree, %d misses, %d false alarms; reasons %v", agree, misses, falseAlarms, slices.Sorted(maps.Keys(reasons)))
}

// TestFreshness follows one CA through time: a CRL and a response count until
// newer ones are due, and a revocation from its date on.
func TestFreshness(t *testing.T) {
	dir := corpus.Path(t, "pkits", "pyhanko-certvalidator", "freshness")
	cert := func(name string) *x509.Certificate {
		data := corpus.Read(t, dir, "certs", name+".crt")
		if block, _ := pem.Decode(data); block != nil {
			data = block.Bytes
		}
		return parse(t, data)
	}
	root, interm, alice, gone := cert("root"), cert("interm"), cert("alice"), cert("interm-revoked")
	at := func(month time.Month, day int) time.Time { return time.Date(2020, month, day, 12, 0, 0, 0, time.UTC) }
	item := func(name string) [][]byte { return [][]byte{corpus.Read(t, dir, name)} }
	for _, c := range []struct {
		name         string
		cert, issuer *x509.Certificate
		ev           revocation.Evidence
		at           time.Time
		want         revocation.Status
		why          string
	}{
		{"CRL in time", interm, root, revocation.Evidence{CRLs: item("root-2020-10-01.crl")}, at(10, 1), revocation.Good, ""},
		{"CRL out of date", interm, root, revocation.Evidence{CRLs: item("root-2020-10-01.crl")}, at(10, 3), revocation.Unknown, revocation.WhyOutOfDate},
		{"CRL issued later", interm, root, revocation.Evidence{CRLs: item("root-2020-12-10.crl")}, at(10, 3), revocation.Good, ""},
		{"before the revocation", gone, root, revocation.Evidence{CRLs: item("root-2020-12-10.crl")}, at(11, 29), revocation.Good, ""},
		{"after the revocation", gone, root, revocation.Evidence{CRLs: item("root-2020-12-10.crl")}, at(12, 2), revocation.Revoked, ""},
		{"long after the revocation", gone, root, revocation.Evidence{CRLs: item("root-2020-12-10.crl")}, at(12, 30), revocation.Revoked, ""},
		{"response in time", alice, interm, revocation.Evidence{OCSPs: item("alice-2020-10-01.ors")}, at(10, 1).Add(-12 * time.Hour), revocation.Good, ""},
		{"response out of date", alice, interm, revocation.Evidence{OCSPs: item("alice-2020-10-01.ors")}, at(11, 1), revocation.Unknown, revocation.WhyOutOfDate},
		{"response for another CA", alice, root, revocation.Evidence{OCSPs: item("alice-2020-10-01.ors")}, at(10, 1), revocation.Unknown, revocation.WhyIssuer},
	} {
		r := revocation.Check(c.cert, c.issuer, c.ev, c.at)
		if r.Status != c.want || r.WhyCode != c.why {
			t.Errorf("%s: %v %s %s", c.name, r.Status, r.WhyCode, r.Why)
		}
	}
}

// TestLargeCRL: the largest CRLs in use stay cheap to look through.
func TestLargeCRL(t *testing.T) {
	w := newWorld(t)
	entries := make([]x509.RevocationListEntry, 200_000)
	for i := range entries {
		entries[i] = x509.RevocationListEntry{SerialNumber: new(big.Int).SetInt64(int64(1_000_000 + i)), RevocationTime: begin, ReasonCode: 1}
	}
	entries[len(entries)-1].SerialNumber = w.leaf.cert.SerialNumber
	der := list(t, w.ca, nil, entries...)
	start := time.Now()
	r := revocation.Check(w.leaf.cert, w.ca.cert, crls(der), time.Now())
	took := time.Since(start)
	if r.Status != revocation.Revoked {
		t.Errorf("%v %s", r.Status, r.Why)
	}
	t.Logf("%d bytes, %d entries: %v", len(der), len(entries), took)
	if took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// unarmoured takes the base64 of OpenSSL's .ors files off, where there is any.
func unarmoured(t *testing.T, data []byte) []byte {
	t.Helper()
	if len(data) > 0 && data[0] == 0x30 {
		return data
	}
	der, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(data), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return der
}
