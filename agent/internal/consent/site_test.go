package consent

import (
	"strings"
	"testing"
)

func TestSite(t *testing.T) {
	for _, row := range []struct {
		name, in, origin, unicode string
		foreign, mixed, plain     bool
	}{
		{name: "command line"},
		{name: "plain", in: "https://eoffice.example.gov.vn", origin: "https://eoffice.example.gov.vn"},
		{name: "port", in: "https://a.vn:8443", origin: "https://a.vn:8443"},
		{name: "loopback", in: "http://127.0.0.1:9000", origin: "http://127.0.0.1:9000"},
		{name: "loopback name", in: "http://localhost:9000", origin: "http://localhost:9000"},
		{name: "IPv6", in: "http://[::1]:9000", origin: "http://[::1]:9000"},
		{name: "http is warned of", in: "http://a.vn", origin: "http://a.vn", plain: true},
		{name: "http to an address", in: "http://10.0.0.5", origin: "http://10.0.0.5", plain: true},
		{name: "vietnamese host", in: "https://đăngký.vn", origin: "https://xn--ngk-noa0a7f.vn", unicode: "đăngký.vn", foreign: true},
		{name: "the same in ASCII", in: "https://xn--ngk-noa0a7f.vn", origin: "https://xn--ngk-noa0a7f.vn", unicode: "đăngký.vn", foreign: true},
		{name: "cyrillic a", in: "https://xn--pple-43d.com", origin: "https://xn--pple-43d.com", unicode: "аpple.com", foreign: true, mixed: true},
		{name: "wholly cyrillic", in: "https://xn--80ak6aa92e.com", origin: "https://xn--80ak6aa92e.com", unicode: "аррӏе.com", foreign: true, mixed: true},
		{name: "japanese", in: "https://xn--wgv71a119e.jp", origin: "https://xn--wgv71a119e.jp", unicode: "日本語.jp", foreign: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := parseSite(row.in)
			if err != nil {
				t.Fatal(err)
			}
			want := site{row.origin, row.unicode, row.foreign, row.mixed, row.plain}
			if got != want {
				t.Errorf("parseSite = %+v, want %+v", got, want)
			}
		})
	}
}

func TestNotASite(t *testing.T) {
	for _, in := range []string{
		"null", "file:///etc/passwd", "eoffice.vn", "https://", "https://a.vn/", "https://a.vn/x", "https://a.vn?x", "https://a.vn#x",
		"https://u@a.vn", "https://a.vn\n", "https://a b.vn", "https://<b>.vn", "https://a&b.vn", "https://a..vn", "ftp://a.vn",
		"https://xn--\u0111.vn", "https://xn--.vn", "https://xn--99999999999999.vn", "https://" + strings.Repeat("a.", 127) + "vn",
		"https://" + strings.Repeat("a", 64) + ".vn", "https://a.vn:80:80", "HTTPS://a.vn", "javascript:alert(1)",
	} {
		if s, err := parseSite(in); err == nil {
			t.Errorf("parseSite(%q) = %+v, want an error", in, s)
		}
	}
}

// The sample strings of RFC 3492, 7.1 which are all lower case.
func TestPunycode(t *testing.T) {
	for letters, code := range map[string]string{
		"ليهمابتكلموشعربي؟":            "egbpdaj6bu4bxfgehfvwxn",
		"他们为什么不说中文":                    "ihqwcrb4cv8a8dqg056pqjye",
		"почемужеонинеговорятпорусски": "b1abfaaepdrnnbgefbadotcwatmq2g4l",
		"3年b組金八先生":                     "3b-ww4c5e180e575a65lsy2b",
		"đăngký":                       "ngk-noa0a7f",
	} {
		if got, err := decodePunycode(code); err != nil || got != letters {
			t.Errorf("decode %q = %q, %v; want %q", code, got, err, letters)
		}
		if got, err := encodePunycode(letters); err != nil || got != code {
			t.Errorf("encode %q = %q, %v; want %q", letters, got, err, code)
		}
	}
}

func FuzzPunycode(f *testing.F) {
	f.Add("ngk-noa0a7f")
	f.Add("99999999999999999999999999999999999999999999999999999999999999")
	f.Fuzz(func(t *testing.T, code string) {
		letters, err := decodePunycode(code)
		if err != nil {
			return
		}
		again, err := encodePunycode(letters)
		if err != nil {
			t.Fatalf("%q decodes to %+q, which does not encode: %v", code, letters, err)
		}
		if back, err := decodePunycode(again); err != nil || back != letters {
			t.Fatalf("%q -> %+q -> %q -> %+q, %v", code, letters, again, back, err)
		}
	})
}

func TestSiteLinesShowEverything(t *testing.T) {
	origin := "https://dang-nhap.eoffice.gov.vn." + strings.Repeat("aaaa.", 30) + "example.com"
	lines := siteLines(origin, 56)
	if strings.Join(lines, "") != origin {
		t.Errorf("%q lost something", lines)
	}
	for _, line := range lines {
		if len(line) > 56 {
			t.Errorf("%q is too wide", line)
		}
	}
}
