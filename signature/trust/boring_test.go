package trust_test

import (
	"encoding/asn1"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

// notOurs are findings of BoringSSL about what RFC 5280 section 6 leaves to the
// caller.
var notOurs = []string{"KeyUsage must", "when it should not be a CA", "max_path_length"}

// boringPurposes are the purposes that are an extended key usage and no more;
// the strict ones have rules of TLS besides.
var boringPurposes = map[string]asn1.ObjectIdentifier{
	"ANY_EKU": nil, "SERVER_AUTH": purposes["sslserver"], "CLIENT_AUTH": purposes["sslclient"],
}

// boringDiffers are the chains this package judges in another way, and why. An
// anchor's dates, basicConstraints, keyUsage and constraints always count here;
// BoringSSL ignores them unless told otherwise.
var boringDiffers = map[string]string{
	"expired-root/not-after.test":                                         "an anchor's dates count",
	"expired-root/not-after-ta-with-constraints.test":                     "an anchor's dates count",
	"expired-root/not-before.test":                                        "an anchor's dates count",
	"policies-inhibit-anypolicy-by-root-fail/main.test":                   "an anchor's policy constraints count",
	"policies-inhibit-mapping-by-root-fail/main.test":                     "an anchor's policy constraints count",
	"policies-required-by-root-fail/main.test":                            "an anchor's policy constraints count",
	"root-basic-constraints-ca-false/main.test":                           "an anchor's basicConstraints count",
	"root-lacks-basic-constraints/main.test":                              "an anchor's basicConstraints count",
	"root-lacks-basic-constraints/ta-with-constraints.test":               "an anchor's basicConstraints count",
	"root-lacks-basic-constraints/ta-with-require-basic-constraints.test": "version 3 anchors need basicConstraints",
	"root-lacks-keycertsign-key-usage/main.test":                          "an anchor's key usage counts",
	"violates-pathlen-1-from-root/main.test":                              "an anchor's pathLen counts",
	"policies-on-root-wrong/ta-with-constraints.test":                     "an anchor's own policies are no constraint (RFC 5280 6.1.1 d)",
	"policy-mappings-on-root-fail/ta-with-constraints.test":               "an anchor's own policies are no constraint (RFC 5280 6.1.1 d)",
	"intermediate-eku-mlsclientauth/mlsclientauth.test":                   "an MLS extension",
	"intermediate-signed-with-sha1/main.test":                             "the rules of 2010 are asked for",
	"target-signed-with-sha1/main.test":                                   "the rules of 2010 are asked for",
	"target-has-512bit-rsa-key/main.test":                                 "the leaf's own key is judged with the signature it makes",
	"root-eku-clientauth/serverauth-ta-with-expiration.test":              "an anchor's extended key usage counts when one is asked for",
	"root-eku-clientauth/serverauth.test":                                 "an anchor's extended key usage counts when one is asked for",
	"target-only/trusted_anchor.test":                                     "an anchor may be the leaf itself",
	"target-selfissued/trusted_anchor.test":                               "an anchor may be the leaf itself",
	"many-names/ok-all-types.test":                                        "t171.test is not among the permitted names",
}

// TestBoringChains runs BoringSSL's certificate chains.
func TestBoringChains(t *testing.T) {
	root := corpus.Path(t, "pkits", "boringssl-pki", "verify_certificate_chain_unittest")
	files, _ := filepath.Glob(filepath.Join(root, "*", "*.test"))
	if len(files) < 100 {
		t.Fatalf("%d files", len(files))
	}
	agree, misses, falseAlarms, left := 0, 0, 0, 0
	for _, file := range files {
		name, _ := filepath.Rel(root, file)
		text := string(corpus.Read(t, file))
		values := map[string]string{}
		for line := range strings.Lines(text) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && values[key] == "" {
				values[key] = value
			}
		}
		kind := values["last_cert_trust"]
		usage, applies := boringPurposes[values["key_purpose"]]
		for _, n := range notOurs {
			applies = applies && !strings.Contains(text, n)
		}
		at, err := time.Parse("060102150405Z", values["utc_time"])
		if err != nil { // DEFAULT
			at = time.Date(2021, 10, 5, 12, 0, 0, 0, time.UTC)
		}
		certs, err := trust.ParseCertificates(corpus.Read(t, filepath.Dir(file), values["chain"]))
		valid := !strings.Contains(text, "ERROR:")
		if err != nil && !valid {
			agree++
			continue
		}
		if !applies || err != nil || (strings.HasPrefix(kind, "TRUSTED_LEAF") && len(certs) > 1) || strings.HasSuffix(kind, "SELF_SIGNED") {
			left++
			continue
		}
		o := trust.Options{At: at, Intermediates: certs[1:max(1, len(certs)-1)], Algorithms: rules2010, Usage: usage}
		anchor := trust.Anchor{Certificate: certs[len(certs)-1]}
		switch kind {
		case "DISTRUSTED":
			anchor.Rejected = []asn1.ObjectIdentifier{{2, 5, 29, 37, 0}}
		case "UNSPECIFIED":
			anchor.Certificate = nil
		}
		if strings.HasPrefix(values["user_initial_policy_set"], "") && values["user_initial_policy_set"] != "" {
			o.PolicySet = strings.Split(values["user_initial_policy_set"], ",")
		}
		_, err = trust.NewStoreOf(anchor).Build(certs[0], o)
		var e *trust.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%s: another error: %v", name, err)
		}
		switch {
		case (err == nil) == valid:
			agree++
		case err == nil:
			misses++
			if boringDiffers[name] == "" {
				t.Errorf("miss: %s", name)
			}
		default:
			falseAlarms++
			if boringDiffers[name] == "" {
				t.Errorf("false alarm: %s: %v", name, err)
			}
		}
	}
	t.Logf("BoringSSL chains: %d agree, %d misses, %d false alarms, %d left to the caller", agree, misses, falseAlarms, left)
}
