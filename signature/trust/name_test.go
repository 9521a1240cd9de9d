package trust

import (
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// TestMatches: RFC 5280 4.2.1.10, one row a rule. in is the answer for permitted
// subtrees; out is whether the name would be excluded by the same base.
func TestMatches(t *testing.T) {
	v4, v6 := "\x0a\x01\x02\x03", "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	for _, c := range []struct {
		kind, name, base string
		in, out          bool
	}{
		{kindDNS, "gov.vn", "gov.vn", true, true},
		{kindDNS, "A.GOV.vn", "gov.VN", true, true},
		{kindDNS, "agov.vn", "gov.vn", false, false},
		{kindDNS, "vn", "gov.vn", false, false},
		{kindDNS, "a.gov.vn", ".gov.vn", true, true},
		{kindDNS, "gov.vn", ".gov.vn", false, false},
		{kindDNS, "a.gov.vn", "", true, true},
		{kindDNS, "*.gov.vn", "gov.vn", true, true},
		{kindDNS, "*.gov.vn", "a.gov.vn", false, true},
		{kindDNS, "a.gov.vn.", "gov.vn", true, true},
		{kindDNS, "a.gov.vn", "gov.vn.", true, true},
		{kindURI, "http://gov.vn./x", "gov.vn", true, true},
		{kindEmail, "a@gov.vn.", "gov.vn", true, true},
		{kindDNS, "", "gov.vn", false, true},
		{kindEmail, "a@gov.vn", "gov.vn", true, true},
		{kindEmail, "a@b.gov.vn", "gov.vn", false, false},
		{kindEmail, "a@b.gov.vn", ".gov.vn", true, true},
		{kindEmail, "a@gov.vn", ".gov.vn", false, false},
		{kindEmail, "a@GOV.vn", "a@gov.vn", true, true},
		{kindEmail, "b@gov.vn", "a@gov.vn", false, false},
		{kindEmail, "gov.vn", "gov.vn", false, true},
		{kindEmail, "@gov.vn", "gov.vn", false, true},
		{kindEmail, "a@", "gov.vn", false, true},
		{kindEmail, "\"a@evil.com\"@gov.vn", "gov.vn", true, true},
		{kindURI, "http://gov.vn/x", "gov.vn", true, true},
		{kindURI, "http://u:p@gov.vn:80/x@y", "gov.vn", true, true},
		{kindURI, "http://evil.com/@gov.vn", "gov.vn", false, false},
		{kindURI, "http://evil.com?@gov.vn", "gov.vn", false, false},
		{kindURI, "http://a.gov.vn", ".gov.vn", true, true},
		{kindURI, "http://10.1.2.3/", "gov.vn", false, true},
		{kindURI, "http://[::1]/", "gov.vn", false, true},
		{kindURI, "urn:oid:1", "gov.vn", false, true},
		{kindURI, "http:///x", "gov.vn", false, true},
		{kindIP, v4, "\x0a\x01\x00\x00\xff\xff\x00\x00", true, true},
		{kindIP, v4, "\x0a\x02\x00\x00\xff\xff\x00\x00", false, false},
		{kindIP, v4, "\x00\x00\x00\x00\x00\x00\x00\x00", true, true},
		{kindIP, v6, "\x0a\x01\x00\x00\xff\xff\x00\x00", false, false},
		{kindIP, v6, "\x20\x01" + v6[2:] + "\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", true, true},
		{kindIP, "\x0a\x01\x02", "\x0a\x01\x00\x00\xff\xff\x00\x00", false, true},
		{kindIP, v4, "\x0a", false, true},
		{"8", "x", "x", false, true}, // registeredID: not understood
	} {
		name, base := newName(c.kind, []byte(c.name)), newName(c.kind, []byte(c.base))
		in, known := matches(name, base, false)
		if got := in && known; got != c.in {
			t.Errorf("kind %s %q in permitted %q: %v", c.kind, c.name, c.base, got)
		}
		in, known = matches(name, base, true)
		if got := in || !known; got != c.out {
			t.Errorf("kind %s %q in excluded %q: %v", c.kind, c.name, c.base, got)
		}
	}
}

// name is a DER Name of one-attribute RDNs; each value is a tag and contents.
func name(values ...string) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, v := range values {
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddBytes([]byte{6, 3, 0x55, 4, 3})
					b.AddASN1(cbasn1.Tag(v[0]), func(b *cryptobyte.Builder) { b.AddBytes([]byte(v[1:])) })
				})
			})
		}
	})
	return b.BytesOrPanic()
}

// TestSameName: RFC 5280 7.1, and that nothing undecodable equals anything else.
func TestSameName(t *testing.T) {
	const printable, utf8, bmp, teletex = "\x13", "\x0c", "\x1e", "\x14"
	for _, c := range []struct {
		what string
		a, b []byte
		same bool
	}{
		{"string types", name(printable + "Gov"), name(utf8 + "Gov"), true},
		{"case and spaces", name(utf8 + " Ban  Cơ yếu "), name(utf8 + "ban cơ YẾU"), true},
		{"BMPString", name(bmp + "\x00G\x00o\x00v"), name(utf8 + "gov"), true},
		{"Latin-1", name(teletex + "\xe9"), name(utf8 + "é"), true},
		{"other text", name(utf8 + "Gov"), name(utf8 + "Gow"), false},
		{"diacritics", name(utf8 + "Co yeu"), name(utf8 + "Cơ yếu"), false},
		{"fewer parts", name(utf8 + "a"), name(utf8+"a", utf8+"b"), false},
		{"another order", name(utf8+"a", utf8+"b"), name(utf8+"b", utf8+"a"), false},
		{"invalid UTF-8", name(utf8 + "\xff"), name(utf8 + "\xfe"), false},
		{"lone surrogates", name(bmp + "\xd8\x00"), name(bmp + "\xd8\x01"), false},
		{"replacement character", name(utf8 + "\xff"), name(utf8 + "\ufffd"), false},
		{"text and bytes", name("\x04gov"), name(utf8 + "gov"), false},
		{"malformed, same bytes", []byte{1}, []byte{1}, true},
		{"malformed", []byte{1}, []byte{2}, false},
	} {
		if SameName(c.a, c.b) != c.same || SameName(c.b, c.a) != c.same {
			t.Errorf("%s: not %v", c.what, c.same)
		}
	}
	if !under(name(utf8val("a"), utf8val("b")), name(utf8val("A"))) || under(name(utf8val("a")), name(utf8val("a"), utf8val("b"))) {
		t.Error("subtrees")
	}
}

func utf8val(s string) string { return "\x0c" + s }

func under(name, base []byte) bool {
	in, known := matches(newName(kindDirectory, name), newName(kindDirectory, base), false)
	return in && known
}
