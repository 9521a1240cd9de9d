package policy_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kyso/agent/internal/policy"
)

func TestParse(t *testing.T) {
	abs, err := filepath.Abs("module.so")
	if err != nil {
		t.Fatal(err)
	}
	quoted := strings.ReplaceAll(abs, `\`, `\\`)
	empty := policy.Default()
	empty.Pairing = false // whoever writes a policy says which sites may ask
	full := policy.Default()
	full.AllowedOrigins = []string{"https://a.example"}
	full.AllowedOriginsFile = abs
	full.AllowedOriginsSigners = []string{strings.Repeat("0aB9", 16)}
	full.BrowserCheck = "strict"
	full.Browsers = []string{abs}
	full.PKCS11Modules = []string{abs}
	full.AllowPKCS12 = true
	full.PKCS12Files = []string{abs}
	full.MaxDocumentBytes = 1000
	full.Language = "en"
	full.Ports = []int{20000, 20001}
	full.FetchEvidence = false
	full.FetchAllowPrivate = []string{"ocsp.tinh.example", "10.20.0.0/16"}
	full.FetchPorts = []int{8080}
	full.FetchProxy = "http://10.0.0.1:3128"
	full.TSA = []string{"http://10.0.0.9:8080/tsa", "https://tsa.example"}
	full.TSATimeoutSeconds = 30
	full.Level = "B-LT"

	for _, c := range []struct {
		name, text string
		want       policy.Policy
		wrong      string // part of the error; empty: none
	}{
		{"empty object is the default", `{}`, empty, ""},
		{"byte order mark", "\xef\xbb\xbf{}", empty, ""},
		{"every key", `{"allowedOrigins":["https://a.example"],"pkcs11Modules":["` + quoted + `"],"allowPKCS12":true,
			"pkcs12Files":["` + quoted + `"],"maxDocumentBytes":1000,"language":"en","ports":[20000,20001],
			"fetchEvidence":false,"fetchAllowPrivate":["ocsp.tinh.example","10.20.0.0/16"],"fetchPorts":[8080],"fetchProxy":"http://10.0.0.1:3128",
			"tsa":["http://10.0.0.9:8080/tsa","https://tsa.example"],"tsaTimeoutSeconds":30,"level":"B-LT",
			"allowedOriginsFile":"` + quoted + `","allowedOriginsSigners":["` + strings.Repeat("0aB9", 16) + `"],"pairing":true,
			"browserCheck":"strict","browsers":["` + quoted + `"]}`, full, ""},
		{"unknown key", `{"allowedOrigin":[]}`, policy.Policy{}, "unknown field"},
		{"not JSON", `allowedOrigins=x`, policy.Policy{}, "read JSON"},
		{"two objects", `{}{}`, policy.Policy{}, "follows"},
		{"wrong type", `{"ports":"17810"}`, policy.Policy{}, "read JSON"},
		{"no document fits", `{"maxDocumentBytes":0}`, policy.Policy{}, "maxDocumentBytes"},
		{"too large", `{"maxDocumentBytes":99999999999}`, policy.Policy{}, "maxDocumentBytes"},
		{"language", `{"language":"fr"}`, policy.Policy{}, "language"},
		{"privileged port", `{"ports":[443]}`, policy.Policy{}, "ports"},
		{"port twice", `{"ports":[20000,20000]}`, policy.Policy{}, "twice"},
		{"no port", `{"fetchPorts":[0]}`, policy.Policy{}, "fetchPorts"},
		{"TSA without a scheme", `{"tsa":["tsa.example"]}`, policy.Policy{}, "tsa"},
		{"TSA with a password", `{"tsa":["http://a:b@tsa.example"]}`, policy.Policy{}, "without name or password"},
		{"too many TSAs", `{"tsa":["http://a/","http://b/","http://c/","http://d/","http://e/","http://f/","http://g/","http://h/","http://i/"]}`, policy.Policy{}, "tsa"},
		{"no time", `{"tsaTimeoutSeconds":0}`, policy.Policy{}, "tsaTimeoutSeconds"},
		{"all day", `{"tsaTimeoutSeconds":86400}`, policy.Policy{}, "tsaTimeoutSeconds"},
		{"no such level", `{"level":"LTV"}`, policy.Policy{}, "level"},
		{"relative list", `{"allowedOriginsFile":"list.json","allowedOriginsSigners":["` + strings.Repeat("00", 32) + `"]}`, policy.Policy{}, "absolute"},
		{"list nobody may sign", `{"allowedOriginsFile":"` + quoted + `"}`, policy.Policy{}, "need each other"},
		{"signers of nothing", `{"allowedOriginsSigners":["` + strings.Repeat("00", 32) + `"]}`, policy.Policy{}, "need each other"},
		{"half a SHA-256", `{"allowedOriginsFile":"` + quoted + `","allowedOriginsSigners":["` + strings.Repeat("00", 16) + `"]}`, policy.Policy{}, "64 hexadecimal"},
		{"too many signers", `{"allowedOriginsFile":"` + quoted + `","allowedOriginsSigners":["` + strings.Repeat(`","`, 16) + `"]}`, policy.Policy{}, "at most 16"},
		{"no such check", `{"browserCheck":"none"}`, policy.Policy{}, "browserCheck"},
		{"browser by its name", `{"browsers":["firefox"]}`, policy.Policy{}, "absolute"},
		{"relative module", `{"pkcs11Modules":["token.so"]}`, policy.Policy{}, "absolute"},
		{"key files without the switch", `{"pkcs12Files":["` + quoted + `"]}`, policy.Policy{}, "allowPKCS12"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := policy.Parse([]byte(c.text))
			if c.wrong == "" && err != nil {
				t.Fatal(err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Fatalf("error %v does not speak of %q", err, c.wrong)
			}
			if c.wrong == "" && !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	p, err := policy.Load(filepath.Join(dir, "absent.json"))
	if err != nil || !reflect.DeepEqual(p, policy.Default()) {
		t.Errorf("an absent file gave %+v, %v", p, err)
	}
	if p.AllowPKCS12 || len(p.AllowedOrigins) != 0 {
		t.Error("the default allows something")
	}
	if !p.Pairing {
		t.Error("nobody may pair a site where no administrator decides")
	}
	if _, err := policy.Load(dir); err == nil {
		t.Error("a directory was read as a policy")
	}
	path := filepath.Join(dir, "policy.json")
	if err := os.WriteFile(path, []byte(`{"language":"en"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err = policy.Load(path); err != nil || p.Language != "en" {
		t.Errorf("got %+v, %v", p, err)
	}
	if !filepath.IsAbs(policy.DefaultPath()) {
		t.Errorf("default path %q is relative", policy.DefaultPath())
	}
}
