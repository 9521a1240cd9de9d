//go:build unix && !darwin

package token

import (
	"debug/elf"
	"runtime"
)

func explainLibrary(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return fail(ModuleForeign, "load: %s is not a library for this system", path)
	}
	defer f.Close()
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "arm": elf.EM_ARM}
	if m, ok := want[runtime.GOARCH]; ok && f.Machine != m {
		return fail(ModuleForeign, "load: %s is made for %v, kyso for %v", path, f.Machine, m)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return fail(ModuleForeign, "load: %s is not a library for this system", path)
	}
	for _, s := range symbols {
		if s.Name == "C_GetFunctionList" && s.Section != elf.SHN_UNDEF {
			return fail(ModuleDependency, "load: %s", path)
		}
	}
	return fail(ModuleNotPKCS11, "load: %s has no C_GetFunctionList", path)
}
