package token

import (
	"debug/pe"
	"runtime"
)

func explainLibrary(path string) error {
	f, err := pe.Open(path)
	if err != nil {
		return fail(ModuleForeign, "load: %s is not a library for this system", path)
	}
	defer f.Close()
	want := map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64, "386": pe.IMAGE_FILE_MACHINE_I386}
	name := map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "64-bit Intel", pe.IMAGE_FILE_MACHINE_ARM64: "64-bit ARM", pe.IMAGE_FILE_MACHINE_I386: "32-bit Intel"}
	if m, ok := want[runtime.GOARCH]; ok && f.Machine != m {
		return fail(ModuleForeign, "load: %s is made for %s, kyso for %s", path, name[f.Machine], name[m])
	}
	return fail(ModuleDependency, "load: %s, or it is not a PKCS#11 library", path)
}
