package policy

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// onlyAdministrator checks that f belongs to the administrators, the system or
// the installer. The rights of the folder are the installer's work.
func onlyAdministrator(f *os.File) error {
	sd, err := windows.GetSecurityInfo(windows.Handle(f.Fd()), windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return err
	}
	// TrustedInstaller has no well-known name in the system's list.
	const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	if owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid) || owner.String() == trustedInstaller {
		return nil
	}
	return errors.New("must belong to the administrators")
}
