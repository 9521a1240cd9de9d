package policy

// DefaultPath is where the policy file is kept on macOS. Only administrators
// write there.
func DefaultPath() string { return "/Library/Application Support/Kyso/policy.json" }
