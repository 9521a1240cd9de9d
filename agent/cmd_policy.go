package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/policy"
)

type policyCmd struct {
	Check policyCheckCmd `cmd:"" help:"Xem trang nào được phép, vì sao, và điều gì chưa đúng. / See which sites are allowed, why, and what is wrong."`
	Show  policyShowCmd  `cmd:"" help:"In các thiết lập đang có hiệu lực (JSON). / Print the settings in force (JSON)."`
	Sign  policySignCmd  `cmd:"" help:"Ký danh sách trang được phép. / Sign a list of allowed sites."`
}

type policyShowCmd struct{}

// Run prints the settings with their defaults, as a policy file has them.
func (policyShowCmd) Run(e *env) error {
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	e.sayPolicy(r)
	out := json.NewEncoder(e.out)
	out.SetIndent("", "  ")
	return out.Encode(r.Policy)
}

// sayPolicy says where the settings come from.
func (e *env) sayPolicy(r rules) {
	switch {
	case !r.managed:
		e.say("Máy này không có tệp chính sách ("+policy.DefaultPath()+"); đây là các giá trị mặc định.",
			"This machine has no policy file ("+policy.DefaultPath()+"); these are the defaults.")
	case e.policy != "":
		e.say("Tệp chính sách: "+visible(e.policy), "Policy file: "+visible(e.policy))
	default:
		e.say("Tệp chính sách: "+policy.DefaultPath(), "Policy file: "+policy.DefaultPath())
	}
}

type policyCheckCmd struct {
	File string `arg:"" optional:"" name:"file" help:"Tệp chính sách, hoặc danh sách đã ký, thay cho của máy. / A policy file, or a signed list, instead of the machine's." type:"path"`
}

// Run ends with 1 when something that is written down does not count.
func (c *policyCheckCmd) Run(e *env) error {
	if c.File != "" {
		data, err := readBounded(c.File, origin.MaxListBytes)
		if err != nil {
			return fmt.Errorf("read the file: %w", err)
		}
		if isList(data) {
			return c.list(e, data)
		}
		e.policy = c.File
	}
	r, err := e.loadPolicy()
	if err != nil {
		return personError{"Chính sách không dùng được, nên Kyso không chạy với nó. [" + err.Error() + "]", "The policy cannot be used, and Kyso does not run with it. [" + err.Error() + "]"}
	}
	sites, err := e.sites(r, nil, true)
	if err != nil {
		return personError{"Một địa chỉ trong allowedOrigins viết chưa đúng. Hãy ghi đúng như trình duyệt gửi, ví dụ https://eoffice.example.gov.vn. [" + err.Error() + "]",
			"An address in allowedOrigins is not right. Write it exactly as browsers send it, such as https://eoffice.example.gov.vn. [" + err.Error() + "]"}
	}
	e.sayPolicy(r)
	st := sites.Status()
	bad := e.describeSites(st, r)
	if bad {
		return exitError(exitFailed)
	}
	return nil
}

// isList tells a signed list from a policy file.
func isList(data []byte) bool {
	var keys map[string]json.RawMessage
	if json.Unmarshal(data, &keys) != nil {
		return false
	}
	return keys["origins"] != nil
}

// list checks a signed list before it is handed out.
func (c *policyCheckCmd) list(e *env, data []byte) error {
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	signature, err := readBounded(c.File+origin.ListSignatureSuffix, origin.MaxListSignatureBytes)
	if err != nil {
		e.tell("", listProblem(err))
		return exitError(exitFailed)
	}
	now, bad := time.Now(), false
	signer, err := origin.CheckListSignature(data, signature, r.Signers(), now)
	var foreign *origin.ListSignerError
	if errors.As(err, &foreign) {
		e.tell("", listProblem(err))
		bad = true
		// Its signature is still looked at.
		signer, err = origin.CheckListSignature(data, signature, [][sha256.Size]byte{sha256.Sum256(foreign.Certificate.Raw)}, now)
	}
	var l origin.SignedList
	if err == nil {
		l, err = origin.ParseSignedList(data)
	}
	if err != nil {
		e.tell("", listProblem(err))
		return exitError(exitFailed)
	}
	e.describeList(l, signer, now)
	if err := l.ValidAt(now); err != nil {
		e.tell("", listProblem(err))
		bad = true
	}
	if bad {
		return exitError(exitFailed)
	}
	return nil
}

// describeSites prints which sites may ask, and tells what is wrong.
func (e *env) describeSites(st origin.SitesStatus, r rules) (bad bool) {
	e.print(fmt.Sprintf("Trang được phép theo chính sách (allowedOrigins): %d", len(st.Allowed)), fmt.Sprintf("Sites allowed by the policy (allowedOrigins): %d", len(st.Allowed)))
	for _, o := range st.Allowed {
		fmt.Fprintln(e.out, "  "+o)
	}
	if st.ListFile != "" {
		e.print("Danh sách đã ký: "+visible(st.ListFile), "Signed list: "+visible(st.ListFile))
		if st.List != nil {
			e.describeList(st.List.SignedList, st.List.Signer, time.Now())
		}
		if st.ListProblem != nil {
			e.print("  Không trang nào trong danh sách này được phép.", "  No site of this list is allowed.")
			e.tell("", listProblem(st.ListProblem))
			bad = true
		}
	}
	switch {
	case st.Pairing:
		e.print(fmt.Sprintf("Ghép nối: người dùng được tự cho phép trang khác. Đã ghép nối: %d", len(st.Pairings)),
			fmt.Sprintf("Pairing: a person may let other sites in. Paired: %d", len(st.Pairings)))
		for _, p := range st.Pairings {
			fmt.Fprintln(e.out, "  "+p.Origin)
		}
	default:
		e.print("Ghép nối: không; chỉ các trang trên được phép.", "Pairing: no; the sites above alone are allowed.")
	}
	if st.PairingsProblem != nil {
		e.tell("", i18n.Text{VI: (&env{language: "vi"}).explain(st.PairingsProblem), EN: (&env{language: "en"}).explain(st.PairingsProblem)})
		bad = true
	}
	checks := map[string]i18n.Text{
		"default": {VI: "có", EN: "yes"}, "strict": {VI: "nghiêm ngặt", EN: "strict"}, "off": {VI: "không", EN: "no"},
	}
	e.print("Chỉ nhận kết nối từ trình duyệt (browserCheck): "+checks[r.BrowserCheck].VI, "Only browsers may connect (browserCheck): "+checks[r.BrowserCheck].EN)
	return bad
}

// nearEnd is how long before a list expires it is said.
const nearEnd = 30 * 24 * time.Hour

// describeList prints a list and who signed it.
func (e *env) describeList(l origin.SignedList, signer *x509.Certificate, now time.Time) {
	const minute = "15:04 02/01/2006"
	e.print(fmt.Sprintf("  Số hiệu: %d", l.Serial), fmt.Sprintf("  Serial: %d", l.Serial))
	e.print("  Người ký: "+visible(signer.Subject.String()), "  Signer: "+visible(signer.Subject.String()))
	fmt.Fprintln(e.out, "  SHA-256: "+hexOf(sha256.Sum256(signer.Raw)))
	dates := l.Issued.Local().Format(minute) + " – " + l.Expires.Local().Format(minute)
	e.print("  Hiệu lực: "+dates, "  Valid: "+dates)
	e.print(fmt.Sprintf("  Trang: %d", len(l.Origins)), fmt.Sprintf("  Sites: %d", len(l.Origins)))
	for _, o := range l.Origins {
		fmt.Fprintln(e.out, "    "+o)
	}
	if left := l.Expires.Sub(now); left > 0 && left < nearEnd {
		days := int(left / (24 * time.Hour))
		e.tell("", i18n.Text{VI: fmt.Sprintf("Lưu ý: danh sách còn hiệu lực %d ngày; hãy ký danh sách mới.", days), EN: fmt.Sprintf("Note: the list is valid for %d more days; sign a new one.", days)})
	}
}
