package main

import "golang.org/x/sys/windows"

// hardenLibrarySearch makes Windows look for DLLs in its own folder alone, so
// that one lying beside a document or the program is not loaded.
func hardenLibrarySearch() {
	if err := windows.SetDefaultDllDirectories(windows.LOAD_LIBRARY_SEARCH_SYSTEM32); err != nil {
		panic("restrict the search path of libraries: " + err.Error())
	}
}
