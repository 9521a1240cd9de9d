package policy

import (
	"errors"
	"fmt"
	"strings"
)

// VGCA turns the listener for pages of the VGCA signing service on, and says what
// they may do. It is the key "vgca"; docs/vgca.md.
type VGCA struct {
	// Enabled turns the listener on. Default: false.
	Enabled bool `json:"enabled"`
	// Hosts lists hosts, "host" or "host:port", that documents may be fetched
	// from and sent to over https, beside the page's own site. Default: none.
	Hosts []string `json:"hosts"`
	// SessionCookie is the name of the cookie that carries a page's SessionId.
	// Default: empty, it is not sent.
	SessionCookie string `json:"sessionCookie"`
	// Profiles says by method what its signatures stand for, in place of what the
	// method's name says: "personal", "agency", "attachment", "copy", "archive" or
	// "none". Default: none.
	Profiles map[string]string `json:"profiles"`
	// DisabledMethods lists methods that are turned off. Default: none.
	DisabledMethods []string `json:"disabledMethods"`
	// AllowOpaqueMessages signs messages that cannot be shown in full. Default:
	// false.
	AllowOpaqueMessages bool `json:"allowOpaqueMessages"`
}

// maxVGCA bounds each list: an agency has a few hosts, and there are 30 methods.
const maxVGCA = 64

// check leaves the spelling of hosts to package fetch, and that of methods to
// package vgca.
func (v VGCA) check() error {
	if len(v.Hosts) > maxVGCA || len(v.Profiles) > maxVGCA || len(v.DisabledMethods) > maxVGCA {
		return fmt.Errorf("vgca: a list has more than %d entries", maxVGCA)
	}
	// RFC 6265, 4.1.1.
	if strings.ContainsFunc(v.SessionCookie, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) }) || len(v.SessionCookie) > maxVGCA {
		return errors.New("vgca.sessionCookie is no name of a cookie")
	}
	for method, profile := range v.Profiles {
		switch profile {
		case "personal", "agency", "attachment", "copy", "archive", "none":
		default:
			return fmt.Errorf(`vgca.profiles: %q of %s is none of "personal", "agency", "attachment", "copy", "archive", "none"`, profile, method)
		}
	}
	return nil
}
