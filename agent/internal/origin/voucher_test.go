package origin

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	chrome  = "chrome-extension://macengpdlehkbnphmgbiaalindljbkom"
	firefox = "moz-extension://6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1"
)

func TestVouchers(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	page := Voucher{Background: Background{chrome, "p"}, Native: "1", Document: Document{Origin: Origin{"https", "eoffice.example", 443}, Tab: 7, ID: "d"}, Review: "stamp"}
	var v Vouchers
	mint := func(of Voucher, at time.Time) string {
		t.Helper()
		token, err := v.Mint(of, at)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := Decode(token, NonceBytes); err != nil || len(b) != 32 {
			t.Fatalf("capability %q", token)
		}
		return token
	}
	token := mint(page, now)
	if got, err := v.Redeem(token, ForPage, chrome, now.Add(CapabilityLife-1)); err != nil || got != page {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := v.Redeem(token, ForPage, chrome, now); !errors.Is(err, ErrCapability) {
		t.Errorf("used twice: %v", err)
	}
	for name, redeem := range map[string]func(string) (Voucher, error){
		"another extension": func(s string) (Voucher, error) {
			return v.Redeem(s, ForPage, strings.Replace(chrome, "mac", "mad", 1), now)
		},
		"another purpose": func(s string) (Voucher, error) { return v.Redeem(s, ForReview, chrome, now) },
		"too late":        func(s string) (Voucher, error) { return v.Redeem(s, ForPage, chrome, now.Add(CapabilityLife)) },
		"cut":             func(s string) (Voucher, error) { return v.Redeem(s[:42], ForPage, chrome, now) },
	} {
		token := mint(page, now)
		if _, err := redeem(token); !errors.Is(err, ErrCapability) {
			t.Errorf("%s: %v", name, err)
		}
		// What was shown is used up; what never was a capability uses none.
		if _, err := v.Redeem(token, ForPage, chrome, now); (err == nil) != (name == "cut") {
			t.Errorf("%s, again: %v", name, err)
		}
	}
	token = mint(page, now)
	v.Spoil(token)
	if _, err := v.Redeem(token, ForPage, chrome, now); !errors.Is(err, ErrCapability) {
		t.Errorf("spoiled: %v", err)
	}
	other := page
	other.Native = "2"
	token, theirs := mint(page, now), mint(other, now)
	v.Forget("1")
	if _, err := v.Redeem(token, ForPage, chrome, now); !errors.Is(err, ErrCapability) {
		t.Errorf("forgotten: %v", err)
	}
	if _, err := v.Redeem(theirs, ForPage, chrome, now); err != nil {
		t.Errorf("another connection's: %v", err)
	}
	for range maxVouchersEach {
		mint(page, now)
	}
	if _, err := v.Mint(page, now); !errors.Is(err, ErrTooManyCapabilities) {
		t.Errorf("one too many of a connection: %v", err)
	}
	for i := range maxVouchers - maxVouchersEach { // others have theirs
		other.Native = strconv.Itoa(10 + i/maxVouchersEach)
		mint(other, now)
	}
	other.Native = "99"
	if _, err := v.Mint(other, now); !errors.Is(err, ErrTooManyCapabilities) {
		t.Errorf("one too many: %v", err)
	}
	mint(page, now.Add(CapabilityLife)) // those are over by now
}

func TestExtensions(t *testing.T) {
	for _, s := range []string{chrome, firefox} {
		if got, err := ParseExtension(s); err != nil || got != s {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "chrome-extension://", chrome + "/", chrome + "a", chrome[:len(chrome)-1], strings.ToUpper(chrome), strings.Replace(chrome, "mac", "maz", 1),
		"chrome-extension://" + strings.TrimPrefix(firefox, "moz-extension://"), "https://eoffice.example", firefox + "/", strings.Replace(firefox, "6f", "6F", 1), strings.ReplaceAll(firefox, "-", "_"),
		"moz-extension://" + strings.TrimPrefix(chrome, "chrome-extension://"), "safari-web-extension://6F0D2C54-36CD-4BB4-9D3F-0F3D9AC1A0F1", "extension@kyso", " " + chrome} {
		if got, err := ParseExtension(s); err == nil {
			t.Errorf("%q is taken for %q", s, got)
		}
		if _, err := Parse(s); err == nil && s != "https://eoffice.example" {
			t.Errorf("%q is a page's origin", s)
		}
	}
	for _, s := range []string{"macengpdlehkbnphmgbiaalindljbkom", "extension@kyso", "{6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1}", "@kyso"} {
		if _, err := ParseExtensionID(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "kyso", "macengpdlehkbnphmgbiaalindljbko", "extension@", "a b@kyso", "a@b@c", "{6f0d}", "*@kyso", strings.Repeat("a", 80) + "@kyso", chrome} {
		if _, err := ParseExtensionID(s); err == nil {
			t.Errorf("%q is taken for an id", s)
		}
	}
	if !ExtensionID("macengpdlehkbnphmgbiaalindljbkom").Owns(chrome) || ExtensionID("macengpdlehkbnphmgbiaalindljbkoa").Owns(chrome) ||
		ExtensionID("macengpdlehkbnphmgbiaalindljbkom").Owns(firefox) || !ExtensionID("extension@kyso").Owns(firefox) || ExtensionID("extension@kyso").Owns(chrome) {
		t.Error("an origin fits the wrong id")
	}
}
