package token

import (
	"debug/macho"
	"runtime"
)

func explainLibrary(path string) error {
	machines := []macho.Cpu{}
	if fat, err := macho.OpenFat(path); err == nil {
		defer fat.Close()
		for _, a := range fat.Arches {
			machines = append(machines, a.Cpu)
		}
	} else if f, err := macho.Open(path); err == nil {
		defer f.Close()
		machines = append(machines, f.Cpu)
	} else {
		return fail(ModuleForeign, "load: %s is not a library for this system", path)
	}
	want := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[runtime.GOARCH]
	for _, m := range machines {
		if m == want {
			return fail(ModuleDependency, "load: %s, or it is not a PKCS#11 library", path)
		}
	}
	return fail(ModuleForeign, "load: %s is made for %v, kyso for %v", path, machines, want)
}
