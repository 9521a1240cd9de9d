package main

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/token"
	"kyso/agent/internal/truststore"
)

type tokenShowCmd struct {
	whichToken
	JSON bool `name:"json" help:"In JSON, mỗi thiết bị một dòng. / JSON, one token a line."`
}

// deviceReport is a token in JSON; docs/tokens.md describes it.
type deviceReport struct {
	Label        string              `json:"label"`
	Number       string              `json:"number"` // as PKCS#11 tells it
	Model        string              `json:"model"`
	Manufacturer string              `json:"manufacturer"`
	Firmware     string              `json:"firmware,omitempty"`
	Module       string              `json:"module"`
	PIN          pinReport           `json:"pin"`
	SOPIN        string              `json:"soPin"` // ok, low, final, locked
	Certificates []certificateReport `json:"certificates,omitempty"`
}

type pinReport struct {
	State  string `json:"state"` // ok, low, final, locked
	Min    int    `json:"min,omitempty"`
	Max    int    `json:"max,omitempty"`
	Pad    bool   `json:"pad,omitempty"`
	Unset  bool   `json:"unset,omitempty"`
	Change bool   `json:"change,omitempty"` // the token wants it changed
}

type certificateReport struct {
	Name         string    `json:"name"`
	Organization []string  `json:"organization,omitempty"`
	Unit         []string  `json:"unit,omitempty"`
	Mail         []string  `json:"mail,omitempty"`
	Number       string    `json:"number"`
	Issuer       string    `json:"issuer"`
	NotBefore    time.Time `json:"notBefore"`
	NotAfter     time.Time `json:"notAfter"`
	State        string    `json:"state"` // token.ExpiryState
	DaysLeft     int       `json:"daysLeft"`
	ClockSuspect bool      `json:"clockSuspect,omitempty"`
	Renewable    bool      `json:"renewable"`
	Renewed      bool      `json:"renewed,omitempty"`
	Replaced     bool      `json:"replaced,omitempty"` // a newer one of the same key is there
	Key          string    `json:"key"`
	Label        string    `json:"label"`
	ID           string    `json:"id"`  // CKA_ID in hexadecimal
	URI          string    `json:"uri"` // what --key takes
	SHA256       string    `json:"sha256"`
	Chain        []string  `json:"chain,omitempty"` // issuers found, nearest first
}

// Run shows tokens whole, or the one certificate that is named.
func (c *tokenShowCmd) Run(e *env) error {
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return err
	}
	defer done()
	if c.Which != "" {
		one, err := e.choose(all, c.Which, false)
		if err != nil {
			return err
		}
		// A certificate's name shows that one alone.
		named, err := picks([]token.Device{one.device}, c.Which, true)
		if err != nil {
			return err
		}
		var some []token.Identity
		for _, p := range named {
			some = append(some, *p.identity)
		}
		return c.show(e, []shownDevice{{one.device, some}})
	}
	var list []shownDevice
	for _, d := range all {
		list = append(list, shownDevice{d, d.Identities})
	}
	return c.show(e, list)
}

// shownDevice is a token with those of its identities that are shown: what an
// identity is depends on the others.
type shownDevice struct {
	token.Device
	some []token.Identity
}

func (c *tokenShowCmd) show(e *env, list []shownDevice) error {
	now := time.Now()
	for n, d := range list {
		if c.JSON {
			line := deviceJSON(d.Device, now)
			line.Certificates = slices.DeleteFunc(line.Certificates, func(r certificateReport) bool {
				return !slices.ContainsFunc(d.some, func(i token.Identity) bool { return fingerprint(i.Certificate) == r.SHA256 })
			})
			if err := json.NewEncoder(e.out).Encode(line); err != nil {
				return err
			}
			continue
		}
		if n > 0 {
			fmt.Fprintln(e.out)
		}
		e.showDevice(d, now)
	}
	return nil
}

func (e *env) showDevice(d shownDevice, now time.Time) {
	row := func(vi, en, value string) {
		if value != "" {
			e.print("  "+vi+": "+visible(value), "  "+en+": "+visible(value))
		}
	}
	e.print("Thiết bị: "+visible(d.Label), "Token: "+visible(d.Label))
	row("Số hiệu thiết bị", "Device number", d.Serial)
	e.print("    (Trong đơn ghi số mã vạch in trên thiết bị, nếu khác số này.)", "    (On forms, give the barcode number printed on the token where it differs.)")
	row("Loại", "Model", strings.Trim(d.Model+", "+d.Manufacturer, ", "))
	row("Phiên bản phần cứng", "Hardware version", d.Hardware)
	row("Phiên bản phần mềm trong thiết bị", "Firmware version", d.Firmware)
	row("Thư viện PKCS#11", "PKCS#11 library", d.Module)
	pin := []i18n.Text{pinText(d.PIN)}
	if l := lengthText(d.Device); l.VI != "" {
		pin = append(pin, l)
	}
	if d.PINPad {
		pin = append(pin, i18n.Text{VI: "nhập trên bàn phím của thiết bị", EN: "typed on the token's own pad"})
	}
	if d.NoPIN {
		pin[0] = i18n.Text{VI: "chưa được đặt", EN: "not set yet"}
	}
	if d.StalePIN {
		pin = append(pin, i18n.Text{VI: "thiết bị yêu cầu đổi (kyso token change-pin)", EN: "to be changed (kyso token change-pin)"})
	}
	row("Mã PIN", "PIN", joinText(pin, e.language))
	row("Mã mở khóa (SO PIN hoặc PUK)", "Unlocking PIN (SO PIN or PUK)", pinText(d.SOPIN).In(e.language))
	if d.PIN == token.PINLocked {
		a := unlockAdvice(d.Device)
		e.print("  → "+a.VI, "  → "+a.EN)
	}
	if d.ReadOnly {
		e.print("  Thiết bị chỉ cho đọc.", "  The token is write-protected.")
	}
	if len(d.some) == 0 {
		e.print("  Chưa có chứng thư số.", "  It holds no certificate.")
	}
	for _, i := range d.some {
		e.showIdentity(d.Device, i, now)
	}
}

func joinText(list []i18n.Text, language string) string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = t.In(language)
	}
	return strings.Join(words, "; ")
}

func (e *env) showIdentity(d token.Device, i token.Identity, now time.Time) {
	c := i.Certificate
	r := certificateJSON(d, i, now)
	row := func(vi, en, value string) {
		if value != "" {
			e.print("    "+vi+": "+visible(value), "    "+en+": "+visible(value))
		}
	}
	e.print("  Chứng thư số: "+visible(r.Name), "  Certificate: "+visible(r.Name))
	row("Số hiệu chứng thư số", "Certificate number", r.Number)
	row("Cơ quan, đơn vị", "Agency", strings.Join(append(slices.Clone(r.Unit), r.Organization...), ", "))
	row("Thư điện tử", "E-mail", strings.Join(r.Mail, ", "))
	row("Nơi cấp", "Issuer", issuerText(c))
	row("Hiệu lực", "Valid", c.NotBefore.Local().Format(dayFormat)+" – "+c.NotAfter.Local().Format(dayFormat))
	x := token.ExpiryAt(c, now, builtAt())
	row("Tình trạng", "State", expiryText(x).In(e.language))
	row("Khóa", "Key", r.Key)
	row("Nhãn", "Label", r.Label)
	row("Các CA tìm thấy", "CAs found", strings.Join(r.Chain, " ← "))
	row("Địa chỉ khóa", "Key address", r.URI)
	switch {
	case x.ClockSuspect:
		e.print("    → "+clockText(now).VI, "    → "+clockText(now).EN)
	case r.Replaced:
		e.print("    → Trong thiết bị đã có chứng thư số mới hơn của khóa này: hãy ký bằng bản mới.", "    → A newer certificate of this key is on the token: sign with that one.")
	default:
		if a := expiryAdvice(c, x, r.Renewed); a.VI != "" {
			e.print("    → "+a.VI, "    → "+a.EN)
		}
	}
}

func issuerText(c *x509.Certificate) string {
	return strings.Trim(c.Issuer.CommonName+", "+strings.Join(c.Issuer.Organization, ", "), ", ")
}

func deviceJSON(d token.Device, now time.Time) deviceReport {
	r := deviceReport{Label: d.Label, Number: d.Serial, Model: d.Model, Manufacturer: d.Manufacturer, Firmware: d.Firmware, Module: d.Module,
		PIN:   pinReport{State: stateText(d.PIN), Min: d.MinPIN, Max: d.MaxPIN, Pad: d.PINPad, Unset: d.NoPIN, Change: d.StalePIN},
		SOPIN: stateText(d.SOPIN)}
	for _, i := range d.Identities {
		r.Certificates = append(r.Certificates, certificateJSON(d, i, now))
	}
	return r
}

func stateText(s token.PINState) string {
	if s == token.PINOK {
		return "ok"
	}
	return string(s)
}

func certificateJSON(d token.Device, i token.Identity, now time.Time) certificateReport {
	c := i.Certificate
	x := token.ExpiryAt(c, now, builtAt())
	return certificateReport{
		Name: c.Subject.CommonName, Organization: c.Subject.Organization, Unit: c.Subject.OrganizationalUnit, Mail: token.Mails(c),
		Number: certificateNumber(c), Issuer: issuerText(c), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		State: string(x.State), DaysLeft: x.DaysLeft, ClockSuspect: x.ClockSuspect, Renewable: x.Renewable && !d.Renewed(i) && !d.Replaced(i), Renewed: d.Renewed(i), Replaced: d.Replaced(i),
		Key: keyText(c.PublicKey), Label: i.Label, ID: hex.EncodeToString(i.ObjectID), URI: address(d, i),
		SHA256: fingerprint(c), Chain: chainNames(i),
	}
}

func fingerprint(c *x509.Certificate) string { return truststore.Describe(c).SHA256 }

// chainNames are the issuers found, on the token and in the trust store. Names
// alone are compared: whether they may be trusted is for kyso verify.
func chainNames(i token.Identity) []string {
	var names []string
	last := i.Certificate
	for _, c := range i.Chain {
		names = append(names, c.Subject.CommonName)
		last = c
	}
	anchors, _ := truststore.Anchors()
	for _, a := range anchors {
		if slices.Equal(a.RawSubject, last.RawIssuer) && !a.Equal(last) {
			names = append(names, a.Subject.CommonName)
			break
		}
	}
	return names
}
