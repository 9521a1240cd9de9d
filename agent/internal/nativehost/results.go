package nativehost

import "time"

const (
	// maxSites bounds the sites of one answer; a signed list can have more, of
	// which the extension then learns only when their page asks directly.
	maxSites = 1000
	// maxAnchorBytes bounds the certificates of one answer: a hundred roots.
	maxAnchorBytes = 200 << 10
)

// Sites are those that may ask, and how the extension serves them.
type Sites struct {
	Sites []Site `json:"sites"`
	// Pairing: other sites may ask the person to be paired.
	Pairing bool `json:"pairing"`
	// Older get the functions of the VGCA Sign Service, Hash those that sign
	// digests.
	Older []string `json:"older"`
	Hash  []string `json:"hash"`
	// Review is the administrator's word on when documents are shown first:
	// "always", "stamp", "never", or "" for none.
	Review string `json:"review"`
}

// Site is one, and by whose word it may ask: "policy", "list" or "paired".
type Site struct {
	Origin string `json:"origin"`
	By     string `json:"by"`
}

// bounded is s with each site once and at most maxSites, and with lists that are
// empty and not absent.
func (s Sites) bounded() Sites {
	seen, sites := make(map[string]bool), []Site{}
	for _, site := range s.Sites {
		if !seen[site.Origin] && len(sites) < maxSites {
			seen[site.Origin] = true
			sites = append(sites, site)
		}
	}
	s.Sites, s.Older, s.Hash = sites, append([]string{}, s.Older...), append([]string{}, s.Hash...)
	return s
}

// Status is what the extension's window shows. State is that of protocol v1.
type Status struct {
	Version      string        `json:"version"`
	State        string        `json:"state"`
	Tokens       []Token       `json:"tokens"`
	Certificates []Certificate `json:"certificates"`
	Requests     []Request     `json:"requests"`
}

// Token is a device. PINState is "", "low", "final" or "locked".
type Token struct {
	Label    string `json:"label"`
	PINState string `json:"pinState"`
}

// Certificate is one at hand.
type Certificate struct {
	Holder       string    `json:"holder"`
	Organisation string    `json:"organisation"`
	Issuer       string    `json:"issuer"`
	NotAfter     time.Time `json:"notAfter"`
	DaysLeft     int       `json:"daysLeft"` // negative once it is over
	// Problem is a few words for the person, empty for none.
	Problem string `json:"problem,omitempty"`
}

// Request is one of the person's log, without the names of its documents.
type Request struct {
	Time      time.Time `json:"time"`
	Site      string    `json:"site"` // empty: the command line
	Kind      string    `json:"kind"`
	Decision  string    `json:"decision"`
	Documents int       `json:"documents"`
}

// Anchor is a certificate that the person, or the administrator, trusts.
type Anchor struct {
	Name string `json:"name"`
	DER  []byte `json:"der"` // in JSON base64
}

// boundedAnchors are the first ones, of at most maxAnchorBytes in all.
func boundedAnchors(all []Anchor) []Anchor {
	out, size := []Anchor{}, 0
	for _, a := range all {
		if size += len(a.Name) + len(a.DER)*4/3; size > maxAnchorBytes {
			break
		}
		out = append(out, a)
	}
	return out
}
