package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kyso/agent/internal/hostmanifest"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/token"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// found is a browser that finds Kyso so, by the person's own registration.
func found(state hostmanifest.State) hostmanifest.Found {
	f := hostmanifest.Found{Registrations: []hostmanifest.Registration{
		{Scope: hostmanifest.User, Where: "/home/a/vn.kyso.host.json", State: state, Program: "/opt/other/kyso"},
		{Scope: hostmanifest.Machine, Where: "/etc/vn.kyso.host.json", State: hostmanifest.Missing},
	}}
	f.ID, f.Name = "chromium", "Chromium"
	return f
}

func certificate(days int) Certificate {
	c := Certificate{Holder: "Nguyễn Văn A", Until: now.AddDate(0, 0, days), Left: text("còn ngày", "days left")}
	c.Expiry = token.Expiry{State: token.ExpiryValid, DaysLeft: days}
	switch {
	case days < 0:
		c.Expiry.State, c.Advice = token.ExpiryOver, text("đề nghị cấp mới", "ask for a new one")
	case days < 60:
		c.Expiry.State, c.Advice = token.ExpiryRenew, text("đề nghị gia hạn", "ask for renewal")
	}
	return c
}

// healthy is a machine on which everything is in order.
func healthy() Inputs {
	return Inputs{
		Version: "1.2.0", Now: now, Built: now.AddDate(0, -1, 0),
		Agent: func(context.Context) Agent {
			return Agent{Running: true, Answers: true, Port: 17810, Version: "1.2.0", Pages: []int{17810, 17811}}
		},
		Policy: func(context.Context) PolicyFile { return PolicyFile{Path: "/etc/kyso/policy.json", Managed: true} },
		Sites: func(context.Context) (origin.SitesStatus, error) {
			return origin.SitesStatus{Allowed: []string{"https://eoffice.example"}, ListFile: "/etc/kyso/sites.json",
				List: &origin.InForce{SignedList: origin.SignedList{Serial: 7, Expires: now.AddDate(1, 0, 0), Origins: []string{"https://a.example"}}}}, nil
		},
		Modules: func(context.Context) []Module { return []Module{{Name: "A", Tokens: 1}} },
		Readers: func(context.Context) bool { return true },
		Tokens: func(context.Context) ([]Token, []error) {
			return []Token{{Label: "Token A", Unlock: text("liên hệ nơi cấp", "ask the issuer"), Certificates: []Certificate{certificate(400)}}}, nil
		},
		Browsers: func(context.Context) []hostmanifest.Found { return []hostmanifest.Found{found(hostmanifest.Right)} },
		BrowserPolicies: func(context.Context) []BrowserPolicy {
			return []BrowserPolicy{{ID: "chromium", Name: "Chromium", Loopback: []string{"https://eoffice.example"}}}
		},
		Extension: func(context.Context) (Seen, bool) { return Seen{Version: "0.1.0", At: now}, true },
		Log:       func(context.Context) error { return nil },
	}
}

func TestHealthy(t *testing.T) {
	r := Run(t.Context(), healthy())
	var ids []string
	for _, c := range r.Checks {
		ids = append(ids, c.ID)
		if c.Status != OK || c.Remedy != nil {
			t.Errorf("%+v", c)
		}
	}
	if !slices.Equal(ids, IDs()) || !r.Ready || r.Version != "1.2.0" || r.Problem() {
		t.Errorf("ready %t, checks %q", r.Ready, ids)
	}
	data, err := json.Marshal(r)
	if err != nil || !strings.HasPrefix(string(data), `{"version":"1.2.0","checks":[{"id":"agent","status":"ok","title":{"vi":"`) || !strings.HasSuffix(string(data), `],"ready":true}`) {
		t.Errorf("%s, %v", data, err)
	}
}

// TestPlanted: each fault is found by its check, with words in both languages and
// a remedy, and by no other.
func TestPlanted(t *testing.T) {
	agent := func(change func(*Agent)) func(*Inputs) {
		return func(in *Inputs) {
			a := in.Agent(context.Background())
			change(&a)
			in.Agent = func(context.Context) Agent { return a }
		}
	}
	sites := func(change func(*origin.SitesStatus)) func(*Inputs) {
		return func(in *Inputs) {
			s, _ := in.Sites(context.Background())
			change(&s)
			in.Sites = func(context.Context) (origin.SitesStatus, error) { return s, nil }
		}
	}
	tokens := func(list ...Token) func(*Inputs) {
		return func(in *Inputs) {
			in.Tokens = func(context.Context) ([]Token, []error) { return list, nil }
		}
	}
	browser := func(list ...hostmanifest.Found) func(*Inputs) {
		return func(in *Inputs) {
			in.Browsers = func(context.Context) []hostmanifest.Found { return list }
		}
	}
	policies := func(p BrowserPolicy) func(*Inputs) {
		return func(in *Inputs) {
			p.ID, p.Name = "chromium", "Chromium"
			in.BrowserPolicies = func(context.Context) []BrowserPolicy { return []BrowserPolicy{p} }
		}
	}
	snap := found(hostmanifest.Missing)
	snap.Confined, snap.App, snap.Registrations = "snap", "chromium", nil
	trouble := text("cài lại", "install again")
	good := certificate(400)
	for name, c := range map[string]struct {
		plant func(*Inputs)
		id    string
		want  Status
		said  string // in the detail or remedy
		ready bool
	}{
		"agent not running":     {agent(func(a *Agent) { a.Running, a.Free = false, true }), "agent", Warning, "chưa chạy", true},
		"agent does not answer": {agent(func(a *Agent) { a.Answers = false }), "agent", Problem, "17810", false},
		"older agent":           {agent(func(a *Agent) { a.Version = "1.1.0" }), "agent", Warning, "1.1.0", true},
		"agent cannot be told":  {agent(func(a *Agent) { a.Err = errors.New("damaged file") }), "agent", Unknown, "damaged file", true},
		"odd port":              {agent(func(a *Agent) { a.Port = 40000 }), "port", Warning, "40000", true},
		"ports taken":           {agent(func(a *Agent) { a.Running, a.Free = false, false }), "port", Warning, "bận", true},
		"policy": {func(in *Inputs) {
			in.Policy = func(context.Context) PolicyFile { return PolicyFile{Path: "/p", Err: errors.New("key x")} }
		}, "policy", Problem, "key x", false},
		"origin misspelled": {func(in *Inputs) {
			in.Sites = func(context.Context) (origin.SitesStatus, error) { return origin.SitesStatus{}, errors.New("origin y") }
		}, "sites", Problem, "origin y", false},
		"no site":           {sites(func(s *origin.SitesStatus) { *s = origin.SitesStatus{} }), "sites", Problem, "allowedOrigins", false},
		"no site yet":       {sites(func(s *origin.SitesStatus) { *s = origin.SitesStatus{Pairing: true} }), "sites", Warning, "Chưa có trang nào", true},
		"pairings":          {sites(func(s *origin.SitesStatus) { s.PairingsProblem = errors.New("damaged") }), "sites", Problem, "damaged", false},
		"list":              {sites(func(s *origin.SitesStatus) { s.ListProblem, s.List = errors.New("bad signature"), nil }), "site-list", Problem, "bad signature", false},
		"list about to end": {sites(func(s *origin.SitesStatus) { s.List.Expires = now.AddDate(0, 0, 20) }), "site-list", Warning, "sắp hết", true},
		"no module":         {func(in *Inputs) { in.Modules = func(context.Context) []Module { return nil } }, "module", Problem, "kyso token modules add", false},
		"module": {func(in *Inputs) {
			in.Modules = func(context.Context) []Module { return []Module{{Name: "A", Trouble: trouble}} }
		}, "module", Problem, "cài lại", false},
		"one of two modules": {func(in *Inputs) {
			in.Modules = func(context.Context) []Module { return []Module{{Name: "A", Trouble: trouble}, {Name: "B"}} }
		}, "module", Warning, "cài lại", true},
		"no token":               {tokens(), "token", Warning, "Cắm thiết bị", false},
		"PIN once wrong":         {tokens(Token{Label: "A", PIN: token.PINLow, Certificates: []Certificate{good}}), "token", Warning, "nhập sai", true},
		"one try left":           {tokens(Token{Label: "A", PIN: token.PINFinalTry, Certificates: []Certificate{good}}), "token", Warning, "một lần thử", true},
		"PIN locked":             {tokens(Token{Label: "A", PIN: token.PINLocked, Unlock: text("Mẫu 06", "Form 06"), Certificates: []Certificate{good}}), "token", Problem, "Mẫu 06", false},
		"empty token":            {tokens(Token{Label: "A"}), "token", Problem, "import-cert", false},
		"renew":                  {tokens(Token{Label: "A", Certificates: []Certificate{certificate(45)}}), "certificate", Warning, "gia hạn", true},
		"expired":                {tokens(Token{Label: "A", Certificates: []Certificate{certificate(-3)}}), "certificate", Problem, "cấp mới", false},
		"expired beside another": {tokens(Token{Label: "A", Certificates: []Certificate{good, certificate(-3)}}), "certificate", Warning, "cấp mới", true},
		"clock":                  {func(in *Inputs) { in.Built = now.AddDate(0, 0, 1) }, "clock", Problem, "chắc chắn sai", false},
		"not registered":         {browser(found(hostmanifest.Missing)), "browser", Warning, "kyso browser install", true},
		"other program":          {browser(found(hostmanifest.WrongProgram)), "browser", Problem, "/opt/other/kyso", false},
		"program gone":           {browser(found(hostmanifest.ProgramGone)), "browser", Problem, "/opt/other/kyso", false},
		"other extensions":       {browser(found(hostmanifest.WrongExtensions)), "browser", Problem, "chính sách", false},
		"damaged":                {browser(found(hostmanifest.Damaged)), "browser", Problem, "hỏng", false},
		"another's manifest":     {browser(found(hostmanifest.Foreign)), "browser", Problem, "không ghi đè", false},
		"Chromium as a snap":     {browser(snap), "browser", Warning, "vùng cách ly", true},
		"no browser":             {browser(), "browser", Unknown, "Chưa thấy", true},
		"host blocked":           {policies(BrowserPolicy{HostBlocked: true}), "browser-policy", Problem, "NativeMessagingAllowlist", false},
		"extension blocked":      {policies(BrowserPolicy{ExtensionBlocked: true}), "browser-policy", Warning, "ExtensionInstallAllowlist", true},
		"machine's hosts only":   {policies(BrowserPolicy{MachineHostsOnly: true}), "browser-policy", Problem, "--machine", false},
		"policy not readable":    {policies(BrowserPolicy{Damaged: "/etc/x.json"}), "browser-policy", Warning, "/etc/x.json", true},
		"no extension":           {func(in *Inputs) { in.Extension = func(context.Context) (Seen, bool) { return Seen{}, false } }, "extension", Unknown, "Chưa có tiện ích", true},
		"log":                    {func(in *Inputs) { in.Log = func(context.Context) error { return errors.New("disk full") } }, "log", Problem, "disk full", false},
		"a check breaks":         {func(in *Inputs) { in.Log = func(context.Context) error { panic("broken") } }, "log", Unknown, "broken", true},
	} {
		t.Run(name, func(t *testing.T) {
			in := healthy()
			c.plant(&in)
			r := Run(t.Context(), in)
			hit := false
			for _, k := range r.Checks {
				if k.Title.VI == "" || k.Title.EN == "" || k.Detail.VI == "" || k.Detail.EN == "" || k.Remedy != nil && (k.Remedy.VI == "" || k.Remedy.EN == "") {
					t.Errorf("words are missing: %+v", k)
				}
				if k.Status == OK {
					continue
				}
				if k.ID != c.id && !(k.ID == "agent" && c.id == "port") {
					t.Errorf("also found: %+v", k)
				}
				said := k.Detail.VI
				if k.Remedy != nil {
					said += " " + k.Remedy.VI
				} else if k.Status != Unknown {
					t.Errorf("no remedy: %+v", k)
				}
				hit = hit || k.Status == c.want && strings.Contains(said, c.said)
			}
			if !hit || r.Ready != c.ready || r.Problem() != (c.want == Problem) {
				t.Errorf("ready %t, problem %t: %+v", r.Ready, r.Problem(), r.Checks)
			}
		})
	}
}

// TestReaders: the service counts where no token is seen without it.
func TestReaders(t *testing.T) {
	in := healthy()
	in.Readers = func(context.Context) bool { return false }
	status := func() Status {
		for _, c := range Run(t.Context(), in).Checks {
			if c.ID == "readers" {
				return c.Status
			}
		}
		return ""
	}
	if s := status(); s != OK {
		t.Errorf("with a token: %s", s)
	}
	in.Tokens = func(context.Context) ([]Token, []error) { return nil, nil }
	if s := status(); s != Warning {
		t.Errorf("without a token: %s", s)
	}
}

// TestMachineOnly: a registration for everybody is what such a browser takes.
func TestMachineOnly(t *testing.T) {
	in := healthy()
	f := found(hostmanifest.Right)
	f.Registrations[1].State = hostmanifest.Right
	in.Browsers = func(context.Context) []hostmanifest.Found { return []hostmanifest.Found{f} }
	in.BrowserPolicies = func(context.Context) []BrowserPolicy {
		return []BrowserPolicy{{ID: "chromium", Name: "Chromium", MachineHostsOnly: true}}
	}
	if r := Run(t.Context(), in); !r.Ready {
		t.Errorf("%+v", r.Checks)
	}
}

// TestHangs: whatever does not answer is told as not known, and the rest as ever.
func TestHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		defer close(stuck)
		in := healthy()
		in.Tokens = func(context.Context) ([]Token, []error) { <-stuck; return nil, nil }
		in.Log = func(context.Context) error { <-stuck; return nil }
		start := time.Now()
		r := Run(t.Context(), in)
		if took := time.Since(start); took > 12*time.Second {
			t.Errorf("took %v", took)
		}
		for _, c := range r.Checks {
			stuck := c.ID == "token" || c.ID == "certificate" || c.ID == "log"
			if (c.Status == Unknown) != stuck {
				t.Errorf("%+v", c)
			}
		}
		if r.Ready {
			t.Error("ready without a certificate")
		}
	})
}

// TestNothing: what was not given is not guessed.
func TestNothing(t *testing.T) {
	if r := Run(t.Context(), Inputs{}); len(r.Checks) != 0 || r.Ready {
		t.Errorf("%+v", r)
	}
}

// TestDocs: docs/doctor.md tells of all checks, in their order, and no others.
func TestDocs(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "doctor.md"))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(doc), -1) {
		told = append(told, m[1])
	}
	if !slices.Equal(told, IDs()) {
		t.Errorf("docs/doctor.md tells of %q, the program has %q", told, IDs())
	}
}

func TestSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kyso", "extension.json")
	if _, ok := ReadSeen(path); ok {
		t.Error("seen before it was")
	}
	if err := NoteSeen(path, "1.2.3.4", now); err != nil {
		t.Fatal(err)
	}
	if s, ok := ReadSeen(path); !ok || s.Version != "1.2.3.4" || !s.At.Equal(now) {
		t.Errorf("%+v, %t", s, ok)
	}
	for _, bad := range []string{"", strings.Repeat("1", 65), "1\x1b[2J", "\xff"} {
		if err := NoteSeen(path, bad, now); err == nil {
			t.Errorf("%q was noted", bad)
		}
	}
}
