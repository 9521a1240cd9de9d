package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"kyso/agent/internal/hostmanifest"
)

const (
	// maxPolicyFile and maxPolicyFiles bound what is read; real policies have some
	// kilobytes, in a few files.
	maxPolicyFile  = 1 << 20
	maxPolicyFiles = 50
)

// chromePolicies are the settings of Chromium's kin that concern Kyso.
type chromePolicies struct {
	LoopbackNetworkAllowedForUrls                        []string
	LocalNetworkAccessAllowedForUrls                     []string
	NativeMessagingBlocklist, NativeMessagingAllowlist   []string
	NativeMessagingUserLevelHosts                        *bool
	ExtensionInstallBlocklist, ExtensionInstallAllowlist []string
	ExtensionInstallForcelist                            []string
	ExtensionSettings                                    map[string]struct {
		InstallationMode string `json:"installation_mode"`
	}
}

// into tells what the settings mean for the extension of one of these ids.
func (c chromePolicies) into(p *BrowserPolicy, ids []string) {
	p.Loopback = append(p.Loopback, append(c.LoopbackNetworkAllowedForUrls, c.LocalNetworkAccessAllowedForUrls...)...)
	blocked := slices.Contains(c.NativeMessagingBlocklist, "*") || slices.Contains(c.NativeMessagingBlocklist, hostmanifest.Name)
	p.HostBlocked = blocked && !slices.Contains(c.NativeMessagingAllowlist, hostmanifest.Name)
	p.MachineHostsOnly = c.NativeMessagingUserLevelHosts != nil && !*c.NativeMessagingUserLevelHosts
	allowed := slices.ContainsFunc(ids, func(id string) bool {
		forced := slices.ContainsFunc(c.ExtensionInstallForcelist, func(f string) bool { return len(f) >= len(id) && f[:len(id)] == id })
		mode := c.ExtensionSettings[id].InstallationMode
		return forced || slices.Contains(c.ExtensionInstallAllowlist, id) || mode != "" && mode != "blocked" && mode != "removed"
	})
	p.ExtensionBlocked = !allowed && (slices.Contains(c.ExtensionInstallBlocklist, "*") || c.ExtensionSettings["*"].InstallationMode == "blocked")
}

// firefoxPolicies are those of Firefox's policies.json.
type firefoxPolicies struct {
	Policies struct {
		LocalNetworkAccess struct{ SkipDomains []string }
		ExtensionSettings  map[string]struct {
			InstallationMode string `json:"installation_mode"`
		}
	} `json:"policies"`
}

func (f firefoxPolicies) into(p *BrowserPolicy, ids []string) {
	p.Loopback = append(p.Loopback, f.Policies.LocalNetworkAccess.SkipDomains...)
	allowed := slices.ContainsFunc(ids, func(id string) bool {
		mode := f.Policies.ExtensionSettings[id].InstallationMode
		return mode != "" && mode != "blocked"
	})
	p.ExtensionBlocked = !allowed && f.Policies.ExtensionSettings["*"].InstallationMode == "blocked"
}

// folder reads all settings of a folder of JSON files, as Chromium's kin have
// them on Linux: later names add to earlier ones. nil: there is none.
func folder(dir, id, name string, ids []string) *BrowserPolicy {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil
	}
	p := &BrowserPolicy{ID: id, Name: name}
	var all chromePolicies
	for _, file := range files[:min(len(files), maxPolicyFiles)] {
		if err := decode(file, &all); err != nil {
			p.Damaged = file
		}
	}
	all.into(p, ids)
	return p
}

// decode reads a file into settings: what it does not set stays.
func decode(file string, into any) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPolicyFile+1))
	if err == nil && len(data) > maxPolicyFile {
		err = fmt.Errorf("%s is larger than %d bytes", file, maxPolicyFile)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
