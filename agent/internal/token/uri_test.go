package token_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"kyso/agent/internal/token"
)

func TestParseURI(t *testing.T) {
	for s, want := range map[string]token.URI{
		"p12:/home/an/khoá.p12":   {File: "/home/an/khoá.p12"},
		`p12:C:\Users\an\%41.p12`: {File: `C:\Users\an\%41.p12`},
		"pkcs11:":                 {},
		"PKCS11:token=a":          {Token: "a"},
		"pkcs11:token=The%20software%20token;manufacturer=Snake%20Oil,%20Inc.;model=1.0;serial=ab;object=my-key;type=private;id=%69%95%3E%00?module-name=snakeoil&module-path=/usr/lib/x.so": {
			Token: "The software token", Manufacturer: "Snake Oil, Inc.", Model: "1.0", Serial: "ab",
			Object: "my-key", ID: []byte{0x69, 0x95, 0x3e, 0}, ModuleName: "snakeoil", ModulePath: "/usr/lib/x.so",
		},
		"pkcs11:object=K%C3%BD+s%E1%BB%91": {Object: "Ký+số"},
		"pkcs11:object=a%3Bb%3Dc%3F":       {Object: "a;b=c?"},
	} {
		got, err := token.ParseURI(s)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
}

func TestParseURIRefuses(t *testing.T) {
	for _, s := range []string{
		"", "p12:", "pkcs11", "pkcs1:token=a", "file:key.p12", "/home/an/key.p12",
		"pkcs11:token", "pkcs11:token=a;;object=b", "pkcs11:token=a;", "pkcs11:token=a;token=b",
		"pkcs11:token=%", "pkcs11:token=%4", "pkcs11:token=%zz", "pkcs11:token=%FF",
		"pkcs11:slot-id=1", "pkcs11:type=secret-key", "pkcs11:x-vendor=1", "pkcs11:library-version=3",
		"pkcs11:?module-path=lib.so", "pkcs11:?token=a", "pkcs11:module-path=/x.so", "pkcs11:?x-option=1",
		"pkcs11:?module-name=a&module-name=b", "pkcs11:token=" + strings.Repeat("a", 5000),
	} {
		if got, err := token.ParseURI(s); err == nil {
			t.Errorf("%s: accepted as %+v", s, got)
		}
	}
}

func TestParseURIRefusesPIN(t *testing.T) {
	for _, s := range []string{
		"pkcs11:object=a?pin-value=739465", "pkcs11:?module-name=x&pin-value=739465",
		"pkcs11:pin-value=739465", "pkcs11:?pin-source=file:/739465", "pkcs11:?pin-value=%73739465",
		"pkcs11:object=%zz?pin-value=739465",
	} {
		_, err := token.ParseURI(s)
		if !errors.Is(err, token.ErrPINInURI) {
			t.Errorf("%s: %v", s, err)
		} else if strings.Contains(err.Error(), "739465") {
			t.Errorf("the error repeats the PIN: %v", err)
		}
	}
}

func FuzzParseURI(f *testing.F) {
	for _, s := range []string{
		"p12:a", "pkcs11:", "pkcs11:token=a%20b;id=%01%ff;object=x?module-path=/a&module-name=b",
		"pkcs11:?pin-value=1", "pkcs11:type=cert;serial=;model=m;manufacturer=n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := token.ParseURI(s)
		if err != nil {
			return
		}
		if strings.HasPrefix(s, "pkcs11:") && (strings.Contains(s, "?pin-value=") || strings.Contains(s, "&pin-source=") && strings.Contains(s, "?")) {
			t.Fatalf("%q with a PIN was accepted", s)
		}
		text := u.String()
		if len(text) > 4<<10 {
			return // escaping made it longer than an address may be
		}
		again, err := token.ParseURI(text)
		if err != nil {
			t.Fatalf("%q: own form %q: %v", s, text, err)
		}
		if again.String() != text {
			t.Fatalf("%q: %q became %q", s, text, again)
		}
	})
}
