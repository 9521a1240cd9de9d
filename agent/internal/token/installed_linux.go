package token

import "runtime"

func moduleFiles() []string {
	multiarch := map[string]string{"amd64": "/usr/lib/x86_64-linux-gnu", "arm64": "/usr/lib/aarch64-linux-gnu"}[runtime.GOARCH]
	folders := []string{"/usr/lib", "/usr/lib64", "/usr/lib/pkcs11", "/usr/lib64/pkcs11", "/usr/local/lib", "/usr/local/lib/pkcs11"}
	if multiarch != "" {
		folders = append(folders, multiarch, multiarch+"/pkcs11")
	}
	files := []string{"/usr/lib/bit4id/libbit4xpki.so"}
	files = append(files, inFolders(folders, []string{
		"libbit4xpki.so",      // Bit4id, one of the two families the government supplies
		"libeToken.so",        // SafeNet, the other one
		"libeTPkcs11.so",      // SafeNet, older installers
		"libIDPrimePKCS11.so", // SafeNet, IDPrime cards
		"libgclib.so",         // Gemalto Classic
		"fptca_v4.so",         // FPT-CA
		"opensc-pkcs11.so",    // OpenSC
	})...)
	return append(files, inFolders(append(folders, "/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm", multiarch+"/softhsm"),
		[]string{"libsofthsm2.so"})...) // SoftHSM, for tests
}
