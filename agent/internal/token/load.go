package token

import (
	"os"
)

// explainLoad says why the system would not load a PKCS#11 library. The loader's
// own reason is lost in the wrapper, and "32-bit library, 64-bit kyso" is the
// one people meet.
func explainLoad(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fail(ModuleMissing, "load: %v", err)
	}
	if !info.Mode().IsRegular() {
		return fail(ModuleNotPKCS11, "load: %s is not a file", path)
	}
	return explainLibrary(path)
}
