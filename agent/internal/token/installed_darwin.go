package token

// systemPaths is where a library of that file name may lie.
func systemPaths(name string) []string {
	return inFolders(name, []string{"/usr/local/lib"})
}
