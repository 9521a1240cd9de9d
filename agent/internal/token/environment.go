package token

import "os"

// childVariables is the environment a PKCS#11 library gets, and why. Everything
// else stays here: proxies, tokens of other programs, LD_PRELOAD and its like.
// DISPLAY is missing on purpose: windows of a vendor library would look like
// ours.
var childVariables = []string{
	"PATH",                    // helper programs, and DLLs on Windows
	"HOME", "XDG_CONFIG_HOME", // settings and object caches of the vendor
	"XDG_DATA_HOME", "XDG_CACHE_HOME",
	"TMPDIR",
	"LANG", "LC_ALL", "LC_CTYPE", // labels in the right encoding
	"XDG_RUNTIME_DIR",      // p11-kit's socket
	"PCSCLITE_CSOCK_NAME",  // where the smart card daemon listens
	"SOFTHSM2_CONF",        // SoftHSM
	"OPENSC_CONF",          // OpenSC
	"SYSTEMROOT", "WINDIR", // Windows: without these hardly any DLL starts
	"SYSTEMDRIVE", "COMPUTERNAME",
	"USERNAME", "USERDOMAIN", // Windows: smart card resource manager, vendor caches
	"USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE",
	"PROGRAMFILES", "COMMONPROGRAMFILES",
	"TEMP", "TMP",
}

func childEnvironment() []string {
	env := []string{} // never nil: nil would mean everything
	for _, name := range childVariables {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
