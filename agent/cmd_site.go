package main

import (
	"encoding/json"
	"fmt"
	"time"

	"kyso/agent/internal/origin"
)

type siteCmd struct {
	List   siteListCmd   `cmd:"" help:"Liệt kê các trang được yêu cầu ký, và vì sao. / List the sites that may ask for signatures, and why."`
	Remove siteRemoveCmd `cmd:"" help:"Bỏ ghép nối một trang, hoặc mọi trang. / Unpair one site, or all."`
}

type siteListCmd struct {
	JSON bool `name:"json" help:"Mỗi trang một dòng JSON. / One line of JSON for each site."`
}

// siteLine is a site that may ask, and by whose word.
type siteLine struct {
	Origin string     `json:"origin"`
	By     string     `json:"by"` // "policy", "signed-list" or "pairing"
	Serial int64      `json:"serial,omitempty"`
	Paired *time.Time `json:"paired,omitempty"`
	Key    string     `json:"key,omitempty"` // SHA-256 of the page's key
}

// Run ends with 1 when something that is written down does not count.
func (c *siteListCmd) Run(e *env) error {
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	sites, err := e.sites(r, nil, true)
	if err != nil {
		return err
	}
	st := sites.Status()
	lines := siteLines(st)
	for _, l := range lines {
		if c.JSON {
			if err := json.NewEncoder(e.out).Encode(l); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(e.out, l.Origin)
		switch l.By {
		case "policy":
			e.print("  theo chính sách của máy (allowedOrigins)", "  by this machine's policy (allowedOrigins)")
		case "signed-list":
			e.print(fmt.Sprintf("  theo danh sách đã ký, số hiệu %d", l.Serial), fmt.Sprintf("  by the signed list, serial %d", l.Serial))
		default:
			at := l.Paired.Local().Format("15:04 02/01/2006")
			e.print("  đã ghép nối lúc "+at+", khóa "+l.Key[:16], "  paired at "+at+", key "+l.Key[:16])
		}
	}
	if len(lines) == 0 && !c.JSON {
		if st.Pairing {
			e.say("Chưa trang nào được phép; trang có thể xin ghép nối.", "No site is allowed yet; a site may ask to be paired.")
		} else {
			e.say("Chưa trang nào được phép. Người quản trị thêm trang vào allowedOrigins.", "No site is allowed. The administrator adds sites to allowedOrigins.")
		}
	}
	bad := false
	if st.ListProblem != nil {
		e.tell("", listProblem(st.ListProblem))
		bad = true
	}
	if st.PairingsProblem != nil {
		fmt.Fprintln(e.err, "kyso:", e.explain(st.PairingsProblem))
		bad = true
	}
	if bad {
		return exitError(exitFailed)
	}
	return nil
}

// siteLines are the sites that may ask now. Pairings count only where the
// policy lets them.
func siteLines(st origin.SitesStatus) []siteLine {
	var lines []siteLine
	for _, o := range st.Allowed {
		lines = append(lines, siteLine{Origin: o, By: "policy"})
	}
	if st.List != nil {
		for _, o := range st.List.Origins {
			lines = append(lines, siteLine{Origin: o, By: "signed-list", Serial: st.List.Serial})
		}
	}
	if st.Pairing {
		for _, p := range st.Pairings {
			lines = append(lines, siteLine{Origin: p.Origin, By: "pairing", Paired: &p.Paired, Key: p.Key})
		}
	}
	return lines
}

type siteRemoveCmd struct {
	All    bool   `help:"Bỏ ghép nối mọi trang. / Unpair all sites."`
	Origin string `arg:"" optional:"" name:"origin" help:"Trang, như kyso site list cho biết. / The site, as kyso site list shows it."`
}

// Run ends pairings; an agent that runs notices at the next connection.
func (c *siteRemoveCmd) Run(e *env) error {
	if c.All == (c.Origin != "") {
		return usageError{personError{"Cần một trang, hoặc --all.", "One site is needed, or --all."}}
	}
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	sites, err := e.sites(r, nil, true)
	if err != nil {
		return err
	}
	n, err := sites.Unpair(func(p origin.Pairing) bool { return c.All || p.Origin == c.Origin })
	if err != nil {
		return err
	}
	for _, l := range siteLines(sites.Status()) {
		if l.Origin == c.Origin {
			return personError{"Trang này do người quản trị cho phép, nên chỉ người quản trị bỏ được.", "The administrator allows this site, and only he can remove it."}
		}
	}
	if n == 0 && !c.All {
		return personError{"Trang này chưa được ghép nối: " + visible(c.Origin), "This site is not paired: " + visible(c.Origin)}
	}
	e.print(fmt.Sprintf("Đã bỏ ghép nối: %d", n), fmt.Sprintf("Unpaired: %d", n))
	return nil
}
