//go:build unix && !darwin

package policy

// DefaultPath is where the policy file is kept on Linux and its kin.
func DefaultPath() string { return "/etc/kyso/policy.json" }
