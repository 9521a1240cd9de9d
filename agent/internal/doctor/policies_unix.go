//go:build unix && !darwin

package doctor

import "os"

// ReadBrowserPolicies looks at what administrators have set in the browsers. ids
// are the ids that Kyso's extension may have; root comes before every path, and
// is empty but in tests.
func ReadBrowserPolicies(root string, ids []string) []BrowserPolicy {
	var list []BrowserPolicy
	for _, b := range []struct{ id, name, dir string }{
		{"chrome", "Google Chrome", "/etc/opt/chrome/policies/managed"},
		{"chromium", "Chromium", "/etc/chromium/policies/managed"},
		{"edge", "Microsoft Edge", "/etc/opt/edge/policies/managed"},
		{"brave", "Brave", "/etc/brave/policies/managed"},
	} {
		if p := folder(root+b.dir, b.id, b.name, ids); p != nil {
			list = append(list, *p)
		}
	}
	const file = "/etc/firefox/policies/policies.json"
	if _, err := os.Stat(root + file); err == nil {
		p := BrowserPolicy{ID: "firefox", Name: "Firefox"}
		var f firefoxPolicies
		if decode(root+file, &f) != nil {
			p.Damaged = root + file
		}
		f.into(&p, ids)
		list = append(list, p)
	}
	return list
}
