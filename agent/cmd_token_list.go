package main

import (
	"encoding/json"
	"fmt"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/token"
)

type tokenListCmd struct {
	moduleFlag
	JSON bool `name:"json" help:"In JSON, mỗi chứng thư số một dòng. / JSON, one certificate a line."`
}

// Run prints each certificate with the address that --key takes.
func (c *tokenListCmd) Run(e *env) error {
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return err
	}
	defer done()
	now := time.Now()
	encoder := json.NewEncoder(e.out)
	for _, d := range all {
		if c.JSON {
			line := deviceJSON(d, now)
			certificates := line.Certificates
			line.Certificates = nil
			for _, cert := range certificates {
				if err := encoder.Encode(listLine{line, cert}); err != nil {
					return err
				}
			}
			continue
		}
		for _, i := range d.Identities {
			e.listIdentity(d, i, now)
		}
		if len(d.Identities) == 0 {
			e.say("Thiết bị "+visible(d.Label)+" (số hiệu "+visible(d.Serial)+") chưa có chứng thư số.", "Token "+visible(d.Label)+" (number "+visible(d.Serial)+") holds no certificate.")
		}
	}
	return nil
}

// listLine is a certificate with the token it is on.
type listLine struct {
	Device      deviceReport      `json:"device"`
	Certificate certificateReport `json:"certificate"`
}

func (e *env) listIdentity(d token.Device, i token.Identity, now time.Time) {
	c := i.Certificate
	x := token.ExpiryAt(c, now, builtAt())
	text := func(vi, en string) string { return i18n.Text{VI: vi, EN: en}.In(e.language) }
	pin := ""
	if d.PIN != token.PINOK {
		pin = "; PIN: " + pinText(d.PIN).In(e.language)
	}
	fmt.Fprintf(e.out, "%s\n  %s, %s %s%s\n  %s %s: %s\n  %s\n", visible(c.Subject.CommonName),
		visible(d.Label), text("số hiệu thiết bị", "device number"), visible(d.Serial), pin,
		text("đến", "until"), c.NotAfter.Local().Format(dayFormat), expiryText(x).In(e.language), address(d, i))
	if x.ClockSuspect {
		e.print("  "+clockText(now).VI, "  "+clockText(now).EN)
	}
}

// address is what --key takes for the identity. After a renewal two certificates
// of a token have one CKA_ID, and only their labels tell them apart.
func address(d token.Device, i token.Identity) string {
	u := i.URI()
	for _, other := range d.Identities {
		if u.Matches(other) && !other.Certificate.Equal(i.Certificate) {
			u.Object = i.Label
		}
	}
	u.ModulePath = i.Module
	return u.String()
}
