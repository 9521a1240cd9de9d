package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// sites are web origins, each as the browser sends it.
type sites []string

// parseSites reads origins with spaces between. Only https, and http on this
// computer, can be asked to sign; wildcards stand for sites that nobody named.
func parseSites(text string) (sites, error) {
	all := sites(strings.Fields(text))
	for _, s := range all {
		u, err := url.Parse(s)
		if err != nil || s != u.Scheme+"://"+u.Host || u.Hostname() == "" || strings.Contains(s, "*") || s != strings.ToLower(s) {
			return nil, fmt.Errorf("%q is no origin such as https://eoffice.example.gov.vn", s)
		}
		if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
			return nil, fmt.Errorf("%s: only https, or http on this computer itself", s)
		}
	}
	return all, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// patterns are the match patterns of the sites, as Chrome reads them.
func (all sites) patterns() []string {
	var patterns []string
	for _, s := range all {
		patterns = append(patterns, s+"/*")
	}
	return patterns
}

// patternsWithoutPorts are those for Firefox and Safari, whose patterns have no
// ports and stand for every one.
func (all sites) patternsWithoutPorts() []string {
	var patterns []string
	for _, s := range all {
		if u, err := url.Parse(s); err == nil && u.Port() != "" {
			s = strings.TrimSuffix(s, ":"+u.Port())
		}
		patterns = append(patterns, s+"/*")
	}
	return slices.Compact(patterns)
}
