package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestExtension(t *testing.T) {
	p, err := Parse([]byte(`{"extension":{"ids":["macengpdlehkbnphmgbiaalindljbkoa","signer@agency.example"],"vgcaOrigins":["https://cu.example"],"review":"stamp"},"hashSigningOrigins":["https://web-eid.example:8443"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Extension.IDs, []string{"macengpdlehkbnphmgbiaalindljbkoa", "signer@agency.example"}) || p.Extension.Review != "stamp" || p.Extension.VGCAOrigins[0] != "https://cu.example" || p.HashSigningOrigins[0] != "https://web-eid.example:8443" {
		t.Errorf("%+v", p)
	}
	many := make([]string, maxExtensionOrigins+1)
	for i := range many {
		many[i] = fmt.Sprintf(`"https://a%d.example"`, i)
	}
	for _, s := range []string{
		`{"extension":{"ids":["*"]}}`, `{"extension":{"ids":["chrome-extension://macengpdlehkbnphmgbiaalindljbkoa/"]}}`, `{"extension":{"ids":["MACENGPDLEHKBNPHMGBIAALINDLJBKOA"]}}`,
		`{"extension":{"review":"sometimes"}}`, `{"extension":{"id":[]}}`, `{"extension":{"vgcaOrigins":["https://*.example"]}}`, `{"extension":{"vgcaOrigins":["https://cu.example/"]}}`,
		`{"hashSigningOrigins":["http://cu.example"]}`, `{"hashSigningOrigins":["https://cu.example","https://cu.example"]}`, `{"hashSigningOrigins":["https://Cu.example"]}`,
		`{"hashSigningOrigins":["null"]}`, `{"hashSigningOrigins":[` + strings.Join(many, ",") + `]}`,
	} {
		if _, err := Parse([]byte(s)); err == nil {
			t.Errorf("%.80s is taken", s)
		}
	}
}
