package token

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

func moduleFiles() []string {
	system, err := windows.GetSystemDirectory() // 64-bit libraries for a 64-bit kyso
	if err != nil {
		return nil
	}
	programs, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0)
	if err != nil {
		programs = filepath.Join(filepath.VolumeName(system)+`\`, "Program Files")
	}
	return append(inFolders([]string{system}, []string{
		"bit4xpki.dll", // Bit4id, one of the two families the government supplies
		"eTPKCS11.dll", // SafeNet, the other one
		"eToken.dll",   // SafeNet, older installers
		"gclib.dll",    // Gemalto Classic
		"st3csp11.dll", // public CAs' tokens from here on
		"ostc1_csp11.dll",
		"vnpt-ca_csp11.dll",
		"viettel-ca_v6.dll",
		"viettel-ca_v5.dll",
		"viettel-ca_v4.dll",
		"viettel-ca_v3.dll",
		"viettel-ca_v2.dll",
		"BkavCA.dll",
		"fpt-ca.dll",
		"CA2_csp11.dll",
		"wdpkcs.dll",
		"ngp11v211.dll",
		"eps2003csp11.dll",
		"ShuttleCsp11_3003.dll",
		"psapkcs.dll",
	}),
		filepath.Join(programs, `SafeNet\Authentication\SAC\x64\IDPrimePKCS1164.dll`),
		filepath.Join(programs, `OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll`),
		filepath.Join(programs, `SoftHSM2\lib\softhsm2-x64.dll`), // SoftHSM, for tests
	)
}
