package verify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/corpus"
)

type record struct {
	File           string    `json:"file"`
	Field          *string   `json:"field"`
	Test           string    `json:"test"`
	API            string    `json:"api"`
	ValidationTime time.Time `json:"validation_time"`
	TrustRoots     []string  `json:"trust_roots"`
	TSTrustRoots   []string  `json:"ts_trust_roots"`
	OtherCerts     []string  `json:"other_certs"`
	CRLs           []string  `json:"crls"`
	OCSPs          []string  `json:"ocsps"`
	SkipDiff       any       `json:"skip_diff"`
	Expected       struct {
		Exception         string `json:"exception"`
		Intact            *bool  `json:"intact"`
		Valid             *bool  `json:"valid"`
		Trusted           *bool  `json:"trusted"`
		BottomLine        *bool  `json:"bottom_line"`
		ModificationLevel string `json:"modification_level"`
		DocMDPOK          *bool  `json:"docmdp_ok"`
		AdES              *struct {
			Indication string `json:"indication"`
			Sub        string `json:"sub"`
		} `json:"ades"`
	} `json:"expected"`
}

func (r record) passes() bool {
	e := r.Expected
	return e.BottomLine != nil && *e.BottomLine || e.AdES != nil && strings.HasSuffix(e.AdES.Indication, "PASSED")
}

func readAll(t *testing.T, dir string, names []string) (out [][]byte) {
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// TestPyHankoCorpus compares with what pyHanko's own tests assert. A document
// they reject must never pass here.
func TestPyHankoCorpus(t *testing.T) {
	dir := corpus.Path(t, "pyhanko")
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	if err := json.Unmarshal(b, &records); err != nil {
		t.Fatal(err)
	}
	agree, misses, alarms := 0, 0, map[string]int{}
	// pyHanko judges some files twice, and rejects them only where its caller
	// asked for one particular form of long-term validation.
	accepted := map[string]bool{}
	for _, r := range records {
		if r.Field != nil && r.passes() {
			accepted[r.File+*r.Field] = true
		}
	}
	for _, r := range records {
		if !strings.HasSuffix(r.File, ".pdf") || r.Field == nil {
			continue
		}
		got, report := judgeRecord(t, dir, r)
		want := r.passes()
		switch {
		case got == nil:
			if want {
				alarms["not found: "+report]++
				t.Logf("ALARM %s %s: %s", r.File, *r.Field, report)
			} else {
				agree++
			}
		case got.Verdict == verify.TotalPassed && !want && r.API == "async_validate_pdf_ltv_signature" && (accepted[r.File+*r.Field] || strings.HasPrefix(r.Expected.Exception, "SignatureValidationError")):
			t.Logf("OTHER POLICY %s %s (%s)", r.File, *r.Field, r.Test)
		case got.Verdict == verify.TotalPassed && !want:
			misses++
			t.Errorf("MISS %s %s (%s): passed", r.File, *r.Field, r.Test)
		case got.Verdict != verify.TotalPassed && want:
			alarms[string(got.Verdict)+" "+got.SubIndication+" "+got.Reason.Code]++
			t.Logf("ALARM %s %s (%s): %s %s %s %v", r.File, *r.Field, r.Test, got.Verdict, got.SubIndication, got.Reason.EN, got.Changes)
		default:
			agree++
		}
		if got != nil && r.Expected.Intact != nil {
			if got.Intact != *r.Expected.Intact {
				t.Logf("INTACT %s %s (%s): got %v", r.File, *r.Field, r.Test, got.Intact)
			}
			if got.Valid != *r.Expected.Valid {
				t.Logf("VALID %s %s (%s): got %v", r.File, *r.Field, r.Test, got.Valid)
			}
			if ok := r.Expected.DocMDPOK; ok != nil && r.SkipDiff != "True" {
				bad := got.Modification == verify.ModificationNotAllowed
				if bad == *ok || !*ok && got.Modification != verify.ModificationNotAllowed {
					t.Logf("MODIFICATION %s %s (%s): got %s, theirs %s %v, %v", r.File, *r.Field, r.Test, got.Modification, r.Expected.ModificationLevel, *ok, got.Changes)
				}
			}
		}
	}
	var names []string
	for n := range alarms {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		t.Logf("%4d false alarms: %s", alarms[n], n)
	}
	t.Logf("pyhanko: %d agree, %d misses", agree, misses)
}

func judgeRecord(t *testing.T, dir string, r record) (*verify.Signature, string) {
	f, err := os.Open(filepath.Join(dir, r.File))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pdf.Open(f, st.Size())
	if err != nil {
		return nil, err.Error()
	}
	for _, password := range []string{"usersecret", "ownersecret", "secret"} {
		if doc.Locked() != nil {
			doc.Unlock([]byte(password))
		}
	}
	store := trust.NewStore()
	var anchors = store.Anchors()
	for _, b := range readAll(t, dir, append(r.TrustRoots, r.TSTrustRoots...)) {
		c, err := trust.ParseCertificates(b)
		if err != nil {
			t.Fatal(err)
		}
		anchors = append(anchors, c...)
	}
	report, err := verify.Document(doc, verify.Evidence{
		Certificates: readAll(t, dir, r.OtherCerts), CRLs: readAll(t, dir, r.CRLs), OCSPs: readAll(t, dir, r.OCSPs),
	}, verify.Policy{Trust: trust.NewStore(anchors...), At: r.ValidationTime})
	if err != nil {
		return nil, err.Error()
	}
	for i := range report.Signatures {
		if report.Signatures[i].Field == *r.Field {
			return &report.Signatures[i], ""
		}
	}
	reason := "no such field"
	if report.Reason != nil {
		reason = report.Reason.Code
	}
	return nil, reason
}

// TestDSSCorpus compares with what the tests of the EU's DSS assert about
// cryptography, byte ranges and later changes; they say nothing of trust.
func TestDSSCorpus(t *testing.T) {
	dir := corpus.Path(t, "dss")
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []struct {
		File       string `json:"file"`
		Test       string `json:"test"`
		Crypto     *bool  `json:"crypto_valid"`
		ByteRange  *bool  `json:"byterange_valid"`
		Changes    *bool  `json:"pdf_changes_clean"`
		Dictionary *bool  `json:"sigdict_consistent"`
	}
	if err := json.Unmarshal(b, &records); err != nil {
		t.Fatal(err)
	}
	agree, misses, alarms := 0, 0, 0
	for _, r := range records {
		if !strings.HasPrefix(r.File, "dss-pades/") || !strings.HasSuffix(r.File, ".pdf") || r.Crypto == nil {
			continue
		}
		is := func(b *bool, v bool) bool { return b != nil && *b == v }
		bad := is(r.Crypto, false) || is(r.ByteRange, false) || is(r.Changes, false) || is(r.Dictionary, false)
		clean, why := judgePlain(t, filepath.Join(dir, r.File))
		switch {
		case clean && bad:
			misses++
			t.Errorf("MISS %s (%s): clean, theirs crypto %v, byte range %v, changes %v, dictionary %v", r.File, r.Test, *r.Crypto, *r.ByteRange, *r.Changes, *r.Dictionary)
		case !clean && !bad:
			alarms++
			t.Logf("ALARM %s (%s): %s", r.File, r.Test, why)
		default:
			agree++
		}
	}
	t.Logf("dss: %d agree, %d misses, %d false alarms", agree, misses, alarms)
}

// judgePlain tells whether every signature of a file is valid and nothing but
// allowed changes follow, without any anchor.
func judgePlain(t *testing.T, name string) (clean bool, why string) {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return false, err.Error()
	}
	r, err := verify.Document(doc, verify.Evidence{}, verify.Policy{At: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return false, err.Error()
	}
	if r.Verdict == verify.TotalPassed {
		t.Errorf("MISS %s: passed without any trust anchor", name)
	}
	for _, s := range r.Signatures {
		if !s.Valid || s.Modification == verify.ModificationNotAllowed || s.Modification == verify.ModificationUndetermined || s.Reason != nil && s.SubIndication == "FORMAT_FAILURE" {
			return false, fmt.Sprintf("%s: %s %s %v", s.Field, s.Modification, s.Reason.EN, s.Changes)
		}
	}
	return len(r.Signatures) > 0, "no signature"
}
