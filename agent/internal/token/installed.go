package token

import (
	"os"
	"path/filepath"
)

// InstalledModules returns the absolute paths of the PKCS#11 libraries on this
// machine that Kyso knows the file names of, those of the government's tokens
// first. A library reachable under several names is given once.
func InstalledModules() []string {
	var paths []string
	var seen []os.FileInfo
	for _, file := range moduleFiles() {
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() || contains(seen, info) {
			continue
		}
		seen = append(seen, info)
		paths = append(paths, file)
	}
	return paths
}

func contains(list []os.FileInfo, info os.FileInfo) bool {
	for _, i := range list {
		if os.SameFile(i, info) {
			return true
		}
	}
	return false
}

// inFolders lists every name in every folder, name by name.
func inFolders(folders, names []string) []string {
	var list []string
	for _, n := range names {
		for _, f := range folders {
			list = append(list, filepath.Join(f, n))
		}
	}
	return list
}
