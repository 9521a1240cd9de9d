package token

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// systemPaths puts the system's folders into name. A 64-bit kyso sees the folder
// of 64-bit libraries under the same name as a 32-bit one sees its own.
func systemPaths(name string) []string {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil
	}
	programs, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0)
	if err != nil {
		programs = filepath.Join(filepath.VolumeName(system)+`\`, "Program Files")
	}
	return []string{strings.NewReplacer("{system}", system, "{programs}", programs).Replace(name)}
}
