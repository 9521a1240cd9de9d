package policy_test

import (
	"reflect"
	"strings"
	"testing"

	"kyso/agent/internal/policy"
)

func TestVGCA(t *testing.T) {
	full := policy.VGCA{Enabled: true, Hosts: []string{"tep.example:8443"}, SessionCookie: "ASP.NET_SessionId", Profiles: map[string]string{"SignPDF": "personal"},
		DisabledMethods: []string{"GetCertInfo"}, AllowOpaqueMessages: true}
	for _, c := range []struct {
		name, text string
		want       policy.VGCA
		wrong      string // part of the error; empty: none
	}{
		{"off by default", `{}`, policy.VGCA{}, ""},
		{"every key", `{"vgca":{"enabled":true,"hosts":["tep.example:8443"],"sessionCookie":"ASP.NET_SessionId","profiles":{"SignPDF":"personal"},
			"disabledMethods":["GetCertInfo"],"allowOpaqueMessages":true}}`, full, ""},
		{"unknown key", `{"vgca":{"enable":true}}`, policy.VGCA{}, "unknown field"},
		{"no cookie", `{"vgca":{"sessionCookie":"a=b"}}`, policy.VGCA{}, "sessionCookie"},
		{"no profile", `{"vgca":{"profiles":{"SignPDF":"mine"}}}`, policy.VGCA{}, "profiles"},
		{"too many hosts", `{"vgca":{"hosts":["a.example"` + strings.Repeat(`,"a.example"`, 64) + `]}}`, policy.VGCA{}, "more than 64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := policy.Parse([]byte(c.text))
			if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Fatalf("error %v does not speak of %q", err, c.wrong)
			}
			if !reflect.DeepEqual(got.VGCA, c.want) {
				t.Errorf("got %+v, want %+v", got.VGCA, c.want)
			}
		})
	}
}
