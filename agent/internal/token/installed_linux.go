package token

import "runtime"

// systemPaths is where a library of that file name may lie.
func systemPaths(name string) []string {
	folders := []string{"/usr/lib", "/usr/lib64", "/usr/lib/pkcs11", "/usr/lib64/pkcs11", "/usr/local/lib", "/usr/local/lib/pkcs11",
		"/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm"}
	if dir := map[string]string{"amd64": "/usr/lib/x86_64-linux-gnu", "arm64": "/usr/lib/aarch64-linux-gnu"}[runtime.GOARCH]; dir != "" {
		folders = append(folders, dir, dir+"/pkcs11", dir+"/softhsm")
	}
	return inFolders(name, folders)
}
