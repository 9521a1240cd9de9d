package consent

// hasDisplay is always true: macOS has its dialogs in every login session.
func hasDisplay() bool { return true }
