package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"kyso/agent/internal/audit"
	"kyso/agent/internal/bridge"
	"kyso/agent/internal/discovery"
	"kyso/agent/internal/doctor"
	"kyso/agent/internal/hostmanifest"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/policy"
	"kyso/agent/internal/token"
)

// doctorInputs are this machine's and this person's. source is the agent's own
// look at the tokens; nil opens the libraries anew, until done.
func (e *env) doctorInputs(source *token.Combined) (in doctor.Inputs, done func()) {
	done = func() {}
	r, policyErr := e.loadPolicy()
	path := e.policy
	if path == "" {
		path = policy.DefaultPath()
	}
	in = doctor.Inputs{
		Version: version, Now: time.Now(), Built: builtAt(),
		Policy: func(context.Context) doctor.PolicyFile {
			return doctor.PolicyFile{Path: path, Managed: r.managed, Err: policyErr}
		},
		Extension: func(context.Context) (doctor.Seen, bool) {
			path, err := doctor.SeenPath()
			if err != nil {
				return doctor.Seen{}, false
			}
			return doctor.ReadSeen(path)
		},
		Log: func(context.Context) error { return logWritable() },
	}
	if runtime.GOOS == "linux" {
		in.Readers = func(context.Context) bool {
			// Its socket is there too where it is started on demand.
			_, err := os.Stat("/run/pcscd/pcscd.comm")
			return err == nil
		}
	}
	if policyErr != nil {
		return in, done // without a policy nothing else counts
	}
	if source == nil {
		source = e.modules(r)
		done = func() { source.Close() }
	}
	ids := e.extensionIDsOf(r)
	in.Agent = func(ctx context.Context) doctor.Agent { return agentFacts(ctx, r) }
	in.Sites = func(context.Context) (origin.SitesStatus, error) {
		sites, err := e.sites(r, nil, true)
		if err != nil {
			return origin.SitesStatus{}, err
		}
		return sites.Status(), nil
	}
	in.Modules = func(ctx context.Context) []doctor.Module {
		ctx, cancel := context.WithTimeout(ctx, doctor.TokenTime)
		defer cancel()
		return e.moduleFacts(ctx, r)
	}
	in.Tokens = func(ctx context.Context) ([]doctor.Token, []error) {
		ctx, cancel := context.WithTimeout(ctx, doctor.TokenTime)
		defer cancel()
		return tokenFacts(ctx, source, r, in.Now)
	}
	in.Browsers = func(context.Context) []hostmanifest.Found {
		return hostmanifest.Here().Status(e.hostProgram(), ids)
	}
	in.BrowserPolicies = func(context.Context) []doctor.BrowserPolicy {
		return doctor.ReadBrowserPolicies("", append([]string{hostmanifest.ChromeID, hostmanifest.FirefoxID}, ids...))
	}
	return in, done
}

// agentFacts finds this session's agent, and asks its port for anything at all.
func agentFacts(ctx context.Context, r rules) doctor.Agent {
	a := doctor.Agent{Pages: r.Ports}
	if len(a.Pages) == 0 {
		a.Pages = bridge.DefaultPorts
	}
	path, err := discovery.Path()
	if err != nil {
		a.Err = err
		return a
	}
	found, err := discovery.Read(path)
	switch {
	case errors.Is(err, discovery.ErrNotRunning):
		a.Free = anyFree(a.Pages)
		return a
	case err != nil:
		a.Err = err
		return a
	}
	a.Running, a.Port, a.Version = true, found.Port, found.Version
	a.Answers = answers(ctx, found.Port)
	return a
}

// answers tells whether a web server is at the port. The agent refuses a request
// without an origin, which is an answer.
func answers(ctx context.Context, port int) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(port)+"/", nil)
	if err != nil {
		return false
	}
	// Directly, whatever the environment says of proxies; one request, no more.
	client := http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}, Timeout: 3 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	io.CopyN(io.Discard, response.Body, 1024)
	response.Body.Close()
	return true
}

func anyFree(ports []int) bool {
	for _, p := range ports {
		if l, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(p)); err == nil {
			l.Close()
			return true
		}
	}
	return false
}

func (e *env) moduleFacts(ctx context.Context, r rules) []doctor.Module {
	var list []doctor.Module
	for _, m := range token.Inspect(ctx, e.self("token-host"), e.moduleFiles(r)) {
		f := doctor.Module{Name: m.ModuleFile.String(), Tokens: len(m.Tokens)}
		if m.Err != nil {
			words := moduleWords(m.Err)
			f.Trouble = i18n.Text{VI: words.VI + " [" + oneLine(m.Err) + "]", EN: words.EN + " [" + oneLine(m.Err) + "]"}
		}
		list = append(list, f)
	}
	return list
}

// tokenFacts looks at tokens and at the policy's key files, without any PIN.
func tokenFacts(ctx context.Context, source *token.Combined, r rules, now time.Time) ([]doctor.Token, []error) {
	devices, problems := source.Devices(ctx)
	var list []doctor.Token
	for _, d := range devices {
		t := doctor.Token{Label: d.Label, PIN: d.PIN, Unlock: unlockAdvice(d)}
		for _, i := range d.Identities {
			c := certificateFacts(i, now)
			if !d.Replaced(i) {
				c.Advice = expiryAdvice(i.Certificate, c.Expiry, d.Renewed(i))
			}
			t.Certificates = append(t.Certificates, c)
		}
		list = append(list, t)
	}
	if r.AllowPKCS12 {
		for _, path := range r.PKCS12Files {
			s, err := openPKCS12(path)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			found, err := s.Identities(ctx)
			s.Close()
			if err != nil {
				problems = append(problems, err)
				continue
			}
			t := doctor.Token{Label: filepath.Base(path)}
			for _, i := range found {
				t.Certificates = append(t.Certificates, certificateFacts(i, now))
			}
			list = append(list, t)
		}
	}
	return list, problems
}

func certificateFacts(i token.Identity, now time.Time) doctor.Certificate {
	x := token.ExpiryAt(i.Certificate, now, builtAt())
	return doctor.Certificate{Holder: i.Certificate.Subject.CommonName, Until: i.Certificate.NotAfter, Expiry: x, Left: expiryText(x)}
}

// logWritable tells why the person's log cannot be written. A folder that is not
// there yet is made when it is needed; the nearest one above it must allow that.
func logWritable() error {
	dir, err := audit.Dir()
	if err != nil {
		return err
	}
	for {
		st, err := os.Stat(dir)
		if err == nil && !st.IsDir() {
			return fmt.Errorf("%s is no folder", dir)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			return err
		}
		dir = filepath.Dir(dir)
	}
	return probe(dir)
}

// doctorReport is what kyso doctor finds, with the agent's own look at the
// tokens where it asks for the browsers' extension.
func (e *env) doctorReport(ctx context.Context, source *token.Combined) doctor.Report {
	in, done := e.doctorInputs(source)
	defer done()
	return doctor.Run(ctx, in)
}
