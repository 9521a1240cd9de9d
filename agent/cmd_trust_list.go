package main

import (
	"encoding/json"
	"strings"
	"time"

	"kyso/agent/internal/truststore"
)

type trustListCmd struct {
	JSON bool `name:"json" help:"Mỗi CA một dòng JSON. / One line of JSON for each CA."`
}

type trustRemoveCmd struct {
	Machine bool   `help:"Trong kho chung của máy (cần quyền quản trị). / From the machine's store (needs rights)."`
	Prefix  string `arg:"" name:"sha256-prefix" help:"Ít nhất 8 chữ số đầu của SHA-256. / At least the first 8 digits of the SHA-256."`
}

// Run prints what is trusted; what cannot be read is said and left out.
func (c *trustListCmd) Run(e *env) error {
	anchors, problems := truststore.Default().List()
	e.trustProblems(problems)
	for _, a := range anchors {
		if c.JSON {
			if err := json.NewEncoder(e.out).Encode(anchorJSON(a)); err != nil {
				return err
			}
			continue
		}
		e.describe(a)
		e.print("  Nơi lưu: "+e.storeName(a.Origin), "  Kept in: "+e.storeName(a.Origin))
	}
	if len(anchors) == 0 && !c.JSON {
		e.say("Kho tin cậy đang trống. Thêm CA gốc bằng kyso trust import.", "The trust store is empty. Add root CAs with kyso trust import.")
	}
	return nil
}

// anchorReport is one line of list --json.
type anchorReport struct {
	SHA256    string       `json:"sha256"` // lower case
	Subject   string       `json:"subject"`
	Issuer    string       `json:"issuer"`
	NotBefore time.Time    `json:"notBefore"`
	NotAfter  time.Time    `json:"notAfter"`
	Origin    string       `json:"origin"`          // "machine" or "user"
	Known     *knownReport `json:"known,omitempty"` // absent for a CA Kyso does not know
}

type knownReport struct {
	VI         string     `json:"vi"`
	EN         string     `json:"en"`
	Root       bool       `json:"root"`
	Generation string     `json:"generation"`
	SHA1Until  *time.Time `json:"sha1Until,omitempty"`
}

func anchorJSON(a truststore.Anchor) anchorReport {
	c := a.Certificate
	r := anchorReport{SHA256: a.SHA256, Subject: c.Subject.String(), Issuer: c.Issuer.String(), NotBefore: c.NotBefore, NotAfter: c.NotAfter, Origin: string(a.Origin)}
	if k := a.Known; k != nil {
		r.Known = &knownReport{VI: k.NameVI, EN: k.NameEN, Root: k.Root, Generation: k.Generation}
		if !k.SHA1Until.IsZero() {
			r.Known.SHA1Until = &k.SHA1Until
		}
	}
	return r
}

// Run removes the one anchor the digits name.
func (c *trustRemoveCmd) Run(e *env) error {
	prefix := normalHex(c.Prefix)
	if len(prefix) < minPrefix {
		return personError{"Cần ít nhất 8 chữ số đầu của SHA-256; xem bằng kyso trust list.", "At least the first 8 digits of the SHA-256 are needed; see kyso trust list."}
	}
	store := truststore.Default()
	anchors, problems := store.List()
	e.trustProblems(problems)
	var found []truststore.Anchor
	elsewhere := false
	for _, a := range anchors {
		if strings.HasPrefix(a.SHA256, prefix) {
			if a.Origin == storeOrigin(c.Machine) {
				found = append(found, a)
			} else {
				elsewhere = true
			}
		}
	}
	switch {
	case len(found) == 0 && elsewhere && !c.Machine:
		return personError{"CA này nằm trong kho chung của máy: dùng --machine với quyền quản trị.", "This CA is in the machine's store: use --machine, with an administrator's rights."}
	case len(found) == 0 && elsewhere:
		return personError{"CA này nằm trong kho của người dùng: bỏ --machine.", "This CA is in the user's store: leave out --machine."}
	case len(found) == 0:
		return personError{"Không có CA nào trong kho có SHA-256 bắt đầu bằng " + prefix + ".", "No CA in the store has a SHA-256 that begins with " + prefix + "."}
	case len(found) > 1:
		return personError{"Có nhiều CA có SHA-256 bắt đầu bằng " + prefix + ": ghi thêm chữ số.", "Several CAs have a SHA-256 that begins with " + prefix + ": give more digits."}
	}
	if err := store.Remove(found[0]); err != nil {
		return e.storeError(err)
	}
	e.describe(found[0])
	e.print("  Đã bỏ khỏi "+e.storeName(found[0].Origin)+".", "  Removed from "+e.storeName(found[0].Origin)+".")
	if elsewhere {
		e.print("  Lưu ý: CA này vẫn còn trong kho khác, nên vẫn được tin cậy.", "  Note: this CA is still in the other store, and so still trusted.")
	}
	return nil
}
