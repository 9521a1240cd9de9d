package token

import (
	"errors"
	"fmt"
	"os"
)

// explainLoad says why the system would not load a PKCS#11 library. The loader's
// own reason is lost in the wrapper, and "32-bit library, 64-bit kyso" is the
// one people meet.
func explainLoad(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	return explainLibrary(path)
}

var errDependency = errors.New("a library it depends on may be missing")
