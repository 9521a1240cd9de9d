package token

// ModuleProblem is what is wrong with a PKCS#11 library. It is an ErrModule, and
// wrapped with detail like one.
type ModuleProblem string

// The problems a person can do something about, each in another way.
const (
	ModuleMissing    ModuleProblem = "its file is missing"
	ModuleForeign    ModuleProblem = "it is made for another system or processor"
	ModuleNotPKCS11  ModuleProblem = "it is not a PKCS#11 library"
	ModuleDependency ModuleProblem = "a library it depends on may be missing"
	ModuleCrashed    ModuleProblem = "stopped unexpectedly"
	ModuleHung       ModuleProblem = "no answer in time"
	ModuleNonsense   ModuleProblem = "answered with garbage"
	ModuleLied       ModuleProblem = "its signature does not fit the certificate"
)

func (p ModuleProblem) Error() string { return string(p) }

// Unwrap makes every problem an ErrModule.
func (p ModuleProblem) Unwrap() error { return ErrModule }
