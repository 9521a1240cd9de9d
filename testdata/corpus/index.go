package corpus

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// PyHankoRecord is what one of pyHanko's own tests asserts of one signature.
type PyHankoRecord struct {
	File           string    `json:"file"`
	Field          string    `json:"field"` // empty for a CMS without its document
	Test           string    `json:"test"`
	API            string    `json:"api"`
	ValidationTime time.Time `json:"validation_time"`
	TrustRoots     []string  `json:"trust_roots"`
	TSTrustRoots   []string  `json:"ts_trust_roots"`
	OtherCerts     []string  `json:"other_certs"`
	CRLs           []string  `json:"crls"`
	OCSPs          []string  `json:"ocsps"`
	// RawDigest is of the signed bytes, hexadecimal, where there is no
	// document.
	RawDigest     string `json:"raw_digest"`
	RevinfoPolicy string `json:"revinfo_policy"`
	// TimingInfo is a Python value in words.
	TimingInfo string `json:"timing_info"`
	// SkipDiff and OnlineFetch are written as a string, a boolean or null.
	SkipDiff    any `json:"skip_diff"`
	OnlineFetch any `json:"online_fetch"`
	Expected    struct {
		Exception         string `json:"exception"`
		Intact            *bool  `json:"intact"`
		Valid             *bool  `json:"valid"`
		Trusted           *bool  `json:"trusted"`
		BottomLine        *bool  `json:"bottom_line"`
		Coverage          string `json:"coverage"`
		ModificationLevel string `json:"modification_level"`
		DocMDPOK          *bool  `json:"docmdp_ok"`
		AdES              *struct {
			Indication string `json:"indication"`
			Sub        string `json:"sub"`
		} `json:"ades"`
	} `json:"expected"`
}

// SkipsDiff tells whether the test left out what later revisions did.
func (r PyHankoRecord) SkipsDiff() bool { return says(r.SkipDiff) }

// Fetched tells whether the test fetched evidence the index does not hold.
func (r PyHankoRecord) Fetched() bool { return says(r.OnlineFetch) }

func says(v any) bool { return v == true || v == "True" || v == "true" }

// Time is the moment the test judged for: that of TimingInfo, which some tests
// set apart from ValidationTime.
func (r PyHankoRecord) Time() time.Time {
	m := regexp.MustCompile(`\bvalidation_time=[\w.]*\((\d+), (\d+), (\d+)(?:, (\d+))?(?:, (\d+))?(?:, (\d+))?`).FindStringSubmatch(r.TimingInfo)
	if m == nil {
		return r.ValidationTime
	}
	var n [6]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // what is left out is zero
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
}

// PyHanko reads the records of dir/index.json.
func PyHanko(dir string) (records []PyHankoRecord, odd []error, err error) {
	return index[PyHankoRecord](dir, "index.json")
}

// DSSRecord is what a test of the EU's DSS asserts of all signatures of a
// file; nil where it says nothing.
type DSSRecord struct {
	File       string `json:"file"`
	Test       string `json:"test"`
	Crypto     *bool  `json:"crypto_valid"`
	ByteRange  *bool  `json:"byterange_valid"`
	Changes    *bool  `json:"pdf_changes_clean"`
	Dictionary *bool  `json:"sigdict_consistent"`
}

// DSS reads the records of dir/index.json.
func DSS(dir string) (records []DSSRecord, odd []error, err error) {
	return index[DSSRecord](dir, "index.json")
}

// PKITSCase is one case of NIST's path validation suite.
type PKITSCase struct {
	Name                        string
	CertPath, CRLPath           []string // anchor first
	ShouldValidate              bool
	InitialPolicySet            []string
	InitialPolicyMappingInhibit bool
	InitialExplicitPolicy       bool
	InitialAnyPolicyInhibit     bool
}

// Policies are the identifiers of InitialPolicySet, for which PKITS has names.
func (c PKITSCase) Policies() ([]string, error) {
	var policies []string
	for _, name := range c.InitialPolicySet {
		n, ok := strings.CutPrefix(name, "NIST-test-policy-")
		switch {
		case name == "anyPolicy":
			policies = append(policies, "2.5.29.32.0")
		case ok:
			policies = append(policies, "2.16.840.1.101.3.2.1.48."+n)
		default:
			return nil, fmt.Errorf("unknown policy %q", name)
		}
	}
	return policies, nil
}

// PKITS reads the cases of dir/vectors-go.json.
func PKITS(dir string) (records []PKITSCase, odd []error, err error) {
	return index[PKITSCase](dir, "vectors-go.json")
}

// OpenSSLCase is one command of OpenSSL's test recipes.
type OpenSSLCase struct {
	Kind, Desc, Expected string
	// Of "x509-verify":
	Cert, Purpose string
	Args          []string
	Trusted       Names
	// Of "ocsp":
	Response, Issuer string
	// Of both; a single name for "ocsp".
	Untrusted Names
}

// Names is a list that may be written as a single name or null.
type Names []string

// UnmarshalJSON reads either form.
func (n *Names) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*n = nil
		if one != "" {
			*n = Names{one}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(n))
}

// OpenSSL reads the cases of dir/index.json.
func OpenSSL(dir string) (records []OpenSSLCase, odd []error, err error) {
	return index[OpenSSLCase](dir, "index.json")
}

// index reads a file that is one list. Records that cannot be read are left
// out and told in odd, so that one of them does not hide the others.
func index[T any](dir, name string) (records []T, odd []error, err error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, nil, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", name, err)
	}
	for i, one := range raw {
		var r T
		if err := json.Unmarshal(one, &r); err != nil {
			odd = append(odd, fmt.Errorf("record %d of %s: %w", i, name, err))
			continue
		}
		records = append(records, r)
	}
	return records, odd, nil
}
