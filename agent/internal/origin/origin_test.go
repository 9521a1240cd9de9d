package origin_test

import (
	"strings"
	"testing"

	"kyso/agent/internal/origin"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want origin.Origin
	}{
		{"https://eoffice.example.gov.vn", origin.Origin{Scheme: "https", Host: "eoffice.example.gov.vn", Port: 443}},
		{"https://eoffice.example.gov.vn:8443", origin.Origin{Scheme: "https", Host: "eoffice.example.gov.vn", Port: 8443}},
		{"https://xn--vn-phng-i4a.example", origin.Origin{Scheme: "https", Host: "xn--vn-phng-i4a.example", Port: 443}},
		{"https://10.1.2.3", origin.Origin{Scheme: "https", Host: "10.1.2.3", Port: 443}},
		{"https://[2001:db8::1]:444", origin.Origin{Scheme: "https", Host: "2001:db8::1", Port: 444}},
		{"https://eoffice", origin.Origin{Scheme: "https", Host: "eoffice", Port: 443}},
		{"https://localhost:80", origin.Origin{Scheme: "https", Host: "localhost", Port: 80}},
		{"http://localhost:8080", origin.Origin{Scheme: "http", Host: "localhost", Port: 8080}},
		{"http://127.0.0.1", origin.Origin{Scheme: "http", Host: "127.0.0.1", Port: 80}},
		{"http://[::1]:8080", origin.Origin{Scheme: "http", Host: "::1", Port: 8080}},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := origin.Parse(c.text)
			if err != nil || got != c.want {
				t.Fatalf("got %+v, %v; want %+v", got, err, c.want)
			}
			if got.String() != c.text {
				t.Errorf("written back as %q", got.String())
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "null": "null", "star": "*", "file": "file://", "file with host": "file://host", "data": "data:text/html,x",
		"extension": "chrome-extension://abcdefghijklmnop", "websocket scheme": "wss://a.example", "no scheme": "a.example",
		"scheme relative": "//a.example", "one slash": "https:/a.example", "capital scheme": "HTTPS://a.example",
		"capital host": "https://A.example", "default port": "https://a.example:443", "default http port": "http://localhost:80",
		"port 0": "https://a.example:0", "port with zero": "https://a.example:0444", "port too large": "https://a.example:65536",
		"port sign": "https://a.example:+444", "port empty": "https://a.example:", "two ports": "https://a.example:1:2",
		"path": "https://a.example/", "deep path": "https://a.example/x", "query": "https://a.example?x", "fragment": "https://a.example#x",
		"user": "https://user@a.example", "user trick": "https://a.example@evil.example", "trailing dot": "https://a.example.",
		"leading dot": "https://.a.example", "double dot": "https://a..example", "wildcard": "https://*.a.example",
		"http public": "http://a.example", "http intranet": "http://10.0.0.1", "http look-alike": "http://localhost.evil.example",
		"http 127.0.0.2": "http://127.0.0.2", "unicode": "https://văn-phòng.example", "homograph": "https://\u0430.example",
		"percent": "https://a%2eexample", "space before": " https://a.example", "space after": "https://a.example ",
		"newline": "https://a.example\n", "nul": "https://a.example\x00", "backslash": `https://a.example\evil`,
		"two origins": "https://a.example https://b.example", "comma": "https://a.example,https://b.example",
		"short IPv4": "https://127.1", "octal IPv4": "https://0177.0.0.1", "hex IPv4": "https://0x7f.0.0.1", "decimal IPv4": "https://2130706433",
		"IPv6 capitals": "https://[2001:DB8::1]", "IPv6 long": "https://[0:0:0:0:0:0:0:1]", "IPv6 zone": "https://[fe80::1%25eth0]",
		"IPv6 mapped": "https://[::ffff:127.0.0.1]", "IPv6 no bracket": "https://::1", "hyphen": "https://-a.example",
		"long label": "https://" + strings.Repeat("a", 64) + ".example", "long": "https://" + strings.Repeat("a.", 200) + "example",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := origin.Parse(text); err == nil {
				t.Errorf("%q was read as %+v", text, got)
			}
		})
	}
}

func TestListAllowsExactlyWhatItHolds(t *testing.T) {
	l, err := origin.NewList("https://eoffice.example", "https://eoffice.example:8443", "http://127.0.0.1:9000")
	if err != nil {
		t.Fatal(err)
	}
	for _, ok := range []string{"https://eoffice.example", "https://eoffice.example:8443", "http://127.0.0.1:9000"} {
		if o, allowed := l.Allows([]string{ok}); !allowed || o.String() != ok {
			t.Errorf("%s is refused", ok)
		}
	}
	for name, headers := range map[string][]string{
		"missing": nil, "empty": {""}, "null": {"null"}, "twice": {"https://eoffice.example", "https://eoffice.example"},
		"subdomain": {"https://a.eoffice.example"}, "suffix": {"https://eviloffice.example"}, "prefix": {"https://eoffice.example.evil.example"},
		"parent": {"https://example"}, "other port": {"https://eoffice.example:8444"}, "http": {"http://eoffice.example"},
		"other loopback": {"http://localhost:9000"}, "capital": {"https://EOFFICE.example"}, "path": {"https://eoffice.example/"},
	} {
		if _, allowed := l.Allows(headers); allowed {
			t.Errorf("%s: %q is allowed", name, headers)
		}
	}
	if _, allowed := (origin.List{}).Allows([]string{"https://eoffice.example"}); allowed {
		t.Error("the empty list allows an origin")
	}
	if _, err := origin.NewList("https://eoffice.example", "https://*.example"); err == nil {
		t.Error("a wildcard was taken into the list")
	}
}

func TestCheckHost(t *testing.T) {
	for _, ok := range []string{"127.0.0.1:17810", "[::1]:17810", "localhost:17810"} {
		if !origin.CheckHost(ok, 17810) {
			t.Errorf("%s is refused", ok)
		}
	}
	for _, bad := range []string{"", "127.0.0.1", "localhost", "127.0.0.1:17811", "127.0.0.1:017810", "LOCALHOST:17810", "localhost.:17810",
		"127.0.0.2:17810", "0.0.0.0:17810", "[::]:17810", "::1:17810", "127.1:17810", "rebind.example:17810", "localhost:17810.evil.example",
		"user@localhost:17810", " localhost:17810"} {
		if origin.CheckHost(bad, 17810) {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// FuzzParse: whatever is accepted is written back byte for byte, so two
// different texts are never the same origin.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"https://a.example", "https://a.example:8443", "http://[::1]:80", "https://a.example.evil.example", "null",
		"https://a.example@b", "https://1.2.3.4", "https://xn--a.example", "https://a.example:443", "https://[::ffff:1.2.3.4]"} {
		f.Add(s)
	}
	allowed, err := origin.NewList("https://eoffice.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := origin.Parse(s)
		if err == nil && o.String() != s {
			t.Errorf("%q is written back as %q", s, o.String())
		}
		if _, ok := allowed.Allows([]string{s}); ok && s != "https://eoffice.example" {
			t.Errorf("look-alike %q is allowed", s)
		}
	})
}
