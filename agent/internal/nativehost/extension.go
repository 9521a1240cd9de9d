package nativehost

import (
	"fmt"
	"slices"
	"strings"

	"kyso/agent/internal/hostmanifest"
	"kyso/agent/internal/origin"
)

// chromeScheme begins, and a slash ends, what Chromium passes to a host.
const chromeScheme = "chrome-extension://"

// Asking tells from a program's arguments whether a browser started it as a
// native messaging host, and for which extension, as the browser writes it.
// Chromium passes "chrome-extension://ID/", on Windows more behind it; Firefox
// the path of the manifest, and the extension's id.
func Asking(args []string) (extension string, ok bool) {
	switch {
	case len(args) >= 1 && strings.HasPrefix(args[0], chromeScheme):
		return args[0], true
	case len(args) >= 2 && strings.HasSuffix(args[0], ".json"):
		if _, err := origin.ParseExtensionID(args[1]); err == nil {
			return args[1], true
		}
	}
	return "", false
}

// parseAsking reads what Asking gave.
func parseAsking(extension string) (origin.ExtensionID, error) {
	id, chromium := strings.CutPrefix(extension, chromeScheme)
	if chromium {
		var slash bool
		if id, slash = strings.CutSuffix(id, "/"); !slash {
			return "", fmt.Errorf("%.100q is no extension", extension)
		}
	}
	parsed, err := origin.ParseExtensionID(id)
	if err != nil {
		return "", err
	}
	if chromium != parsed.Owns(chromeScheme+id) {
		return "", fmt.Errorf("%.100q is no extension", extension)
	}
	return parsed, nil
}

// mayConnect tells whether the extension is ours or the administrator's.
func mayConnect(id origin.ExtensionID, further []string) bool {
	return id == hostmanifest.ChromeID || id == hostmanifest.FirefoxID || slices.Contains(further, string(id))
}
