package policy

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// DefaultPath is where the policy file is kept on Windows:
// %ProgramData%\Kyso\policy.json. The folder is asked of the system and not of
// the environment, which every user may change for the programs he starts.
func DefaultPath() string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		dir = `C:\ProgramData`
	}
	return filepath.Join(dir, "Kyso", "policy.json")
}
