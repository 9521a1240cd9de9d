package tray

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Windows itself must be able to read the icons.
func TestWindowsLoadsTheIcons(t *testing.T) {
	load := windows.NewLazySystemDLL("user32.dll").NewProc("LoadImageW")
	// Not t.TempDir: Wine, where this test also runs, cannot remove files in
	// the way it insists on.
	folder, err := os.MkdirTemp("", "icons")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	for c := Idle; c <= Problem; c++ {
		file := filepath.Join(folder, fmt.Sprint(c, ".ico"))
		if err := os.WriteFile(file, icoIcon(c), 0o600); err != nil {
			t.Fatal(err)
		}
		name, err := windows.UTF16PtrFromString(file)
		if err != nil {
			t.Fatal(err)
		}
		const imageIcon, fromFile = 1, 0x10
		for _, size := range []uintptr{16, 24, 32, 48} {
			if handle, _, err := load.Call(0, uintptr(unsafe.Pointer(name)), imageIcon, size, size, fromFile); handle == 0 {
				t.Errorf("condition %d, size %d: %v", c, size, err)
			}
		}
	}
}
