package policy

import "os"

// onlyAdministrator has nothing to check: the installer gives the policy's
// folder rights of its own, by which administrators alone write there.
func onlyAdministrator(*os.File) error { return nil }
