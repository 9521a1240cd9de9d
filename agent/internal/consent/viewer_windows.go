package consent

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// viewBases is the person's cache, which is not carried to other machines.
func viewBases() []string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	dir := filepath.Join(cache, "Kyso", "Xem")
	if os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	return []string{dir}
}

// openFile opens a file with the program that Windows has for it.
func openFile(path string) error {
	file, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	return windows.ShellExecute(0, verb, file, nil, nil, windows.SW_SHOWNORMAL)
}
