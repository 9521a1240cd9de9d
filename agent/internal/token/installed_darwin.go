package token

func moduleFiles() []string {
	return append(inFolders([]string{"/usr/local/lib", "/Library/bit4id/pkcs11"}, []string{
		"libbit4xpki.dylib",      // Bit4id, one of the two families the government supplies
		"libeTPkcs11.dylib",      // SafeNet, the other one
		"libIDPrimePKCS11.dylib", // SafeNet, IDPrime cards
		"libgclib.dylib",         // Gemalto Classic
	}),
		"/Library/Frameworks/eToken.framework/Versions/Current/libeToken.dylib",
		"/Library/OpenSC/lib/opensc-pkcs11.so",
		"/opt/homebrew/lib/softhsm/libsofthsm2.so", // SoftHSM, for tests
		"/usr/local/lib/softhsm/libsofthsm2.so",
	)
}
