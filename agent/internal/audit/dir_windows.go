package audit

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Dir is where a person's log is kept: %LOCALAPPDATA%\Kyso\audit. The folder is
// asked of the system, not of the environment.
func Dir() (string, error) {
	local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return "", err
	}
	return filepath.Join(local, "Kyso", "audit"), nil
}
