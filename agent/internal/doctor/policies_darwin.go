package doctor

// ReadBrowserPolicies knows nothing here: macOS keeps them where only the
// system's own calls read them.
func ReadBrowserPolicies(string, []string) []BrowserPolicy { return nil }
