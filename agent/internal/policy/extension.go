package policy

import (
	"fmt"

	"kyso/agent/internal/origin"
)

// Extension is about the browser extension. It is the key "extension";
// docs/admin-settings.md.
type Extension struct {
	// IDs lists the extensions that may talk to the agent beside the published
	// ones: the 32 letters of one in Chromium that the agency packed with its own
	// key, or the name of one in Firefox. Default: none.
	IDs []string `json:"ids"`
	// VGCAOrigins lists the web origins whose pages get the functions of the VGCA
	// Sign Service from the extension. Default: none.
	VGCAOrigins []string `json:"vgcaOrigins"`
	// Review is when documents are shown before they are signed: "always", "stamp"
	// (where a stamp is to be placed) or "never". Default: empty, the person's own
	// choice.
	Review string `json:"review"`
}

const (
	// maxExtensions bounds the ids: one for each kind of browser and package.
	maxExtensions = 16
	// maxExtensionOrigins bounds the origins that the extension is told of, which
	// have to fit a frame.
	maxExtensionOrigins = 250
)

func (e Extension) check() error {
	if len(e.IDs) > maxExtensions {
		return fmt.Errorf("extension.ids: %d of them, at most %d", len(e.IDs), maxExtensions)
	}
	for _, id := range e.IDs {
		if _, err := origin.ParseExtensionID(id); err != nil {
			return fmt.Errorf("extension.ids: %w", err)
		}
	}
	switch e.Review {
	case "", "always", "stamp", "never":
	default:
		return fmt.Errorf(`extension.review %q is none of "always", "stamp", "never"`, e.Review)
	}
	return exactOrigins("extension.vgcaOrigins", e.VGCAOrigins)
}

// exactOrigins refuses what no browser would send. (allowedOrigins is looked at
// by its user, which takes a signed list as well.)
func exactOrigins(key string, origins []string) error {
	if len(origins) > maxExtensionOrigins {
		return fmt.Errorf("%s: %d origins, at most %d", key, len(origins), maxExtensionOrigins)
	}
	seen := make(map[origin.Origin]bool)
	for _, s := range origins {
		o, err := origin.Parse(s)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if seen[o] {
			return fmt.Errorf("%s: %s is listed twice", key, s)
		}
		seen[o] = true
	}
	return nil
}
