package token

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"reflect"
	"testing"
	"time"
)

func TestExpiryAt(t *testing.T) {
	first := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(2029, 5, 31, 23, 59, 59, 0, time.UTC)
	c := &x509.Certificate{NotBefore: first, NotAfter: last}
	built := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name  string
		now   time.Time
		built time.Time
		want  Expiry
	}{
		{"in its life", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), built, Expiry{ExpiryValid, 881, false, true}},
		{"61 days", last.AddDate(0, 0, -61), built, Expiry{ExpiryValid, 61, false, true}},
		{"60 days and a second", last.AddDate(0, 0, -60).Add(-time.Second), built, Expiry{ExpiryValid, 60, false, true}},
		{"60 days", last.AddDate(0, 0, -60), built, Expiry{ExpiryRenew, 60, false, true}},
		{"30 days", last.AddDate(0, 0, -30), built, Expiry{ExpiryRenew, 30, false, true}},
		{"a second less than 30 days", last.AddDate(0, 0, -30).Add(time.Second), built, Expiry{ExpiryLate, 29, false, false}},
		{"the last second", last, built, Expiry{ExpiryLate, 0, false, false}},
		{"a second too late", last.Add(time.Second), built, Expiry{ExpiryOver, -1, false, false}},
		{"ten days too late", last.AddDate(0, 0, 10), built, Expiry{ExpiryOver, -10, false, false}},
		{"the first second", first, time.Time{}, Expiry{ExpiryValid, 1825, false, true}},
		{"before the first second", first.Add(-time.Second), time.Time{}, Expiry{ExpiryFuture, 1826, true, false}},
		{"before the program was made", built.Add(-time.Second), built, Expiry{ExpiryValid, 922, true, true}},
		{"a flat battery", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), built, Expiry{ExpiryFuture, 10743, true, false}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := ExpiryAt(c, row.now, row.built); got != row.want {
				t.Errorf("%+v, want %+v", got, row.want)
			}
		})
	}
}

func TestGovernment(t *testing.T) {
	for name, want := range map[string]bool{"Ban Cơ yếu Chính phủ": true, "Ban Co yeu Chinh phu": true, " BAN CƠ YẾU CHÍNH PHỦ": true,
		"VNPT Group": false, "Ban Cơ yếu": false, "": false} {
		if got := Government(&x509.Certificate{Issuer: pkix.Name{Organization: []string{name}}}); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

func TestMails(t *testing.T) {
	mail := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	c := &x509.Certificate{EmailAddresses: []string{"a@hcm.gov.vn"}, Subject: pkix.Name{Names: []pkix.AttributeTypeAndValue{
		{Type: mail, Value: "A@HCM.gov.vn"}, {Type: mail, Value: "b@hcm.gov.vn"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "c@hcm.gov.vn"}}}}
	if got, want := Mails(c), []string{"a@hcm.gov.vn", "b@hcm.gov.vn"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

func TestPair(t *testing.T) {
	for _, c := range [][2]string{{"1234", "567890"}, {"1", "2"}, {"", ""}} {
		first, second, ok := splitPair(joinPair([]byte(c[0]), []byte(c[1])))
		if !ok || string(first) != c[0] || string(second) != c[1] {
			t.Errorf("%q became %q, %q, %t", c, first, second, ok)
		}
	}
	for _, bad := range []string{"", "\x05123", "\xff"} {
		if _, _, ok := splitPair([]byte(bad)); ok {
			t.Errorf("%q is taken for two PINs", bad)
		}
	}
}

func TestImportLabel(t *testing.T) {
	end := &x509.Certificate{NotAfter: time.Date(2031, 2, 3, 0, 0, 0, 0, time.UTC), Subject: pkix.Name{CommonName: "Trần Thị B"}}
	for old, want := range map[string]string{
		"":                "Trần Thị B 2031-02-03",
		"khóa":            "khóa 2031-02-03",
		"khóa 2028-01-31": "khóa 2031-02-03",
		"ủủủủủủủủủủủủủủủủủủ": "ủủủủủủủủủủủủủủủủủ 2031-02-03",
	} {
		if got := importLabel(Import{Certificate: end, Old: []Identity{{Label: old, Certificate: end}}}); got != want || CheckLabel(got) != nil {
			t.Errorf("%q became %q, want %q", old, got, want)
		}
	}
}

func TestVendorTool(t *testing.T) {
	for path, want := range map[string]string{"/usr/lib/bit4id/libbit4xpki.so": "Bit4id - Quản trị Token", "/opt/libsofthsm2.so": "softhsm2-util", "/opt/unknown.so": ""} {
		if got := (Device{Module: path}).VendorTool(); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}
