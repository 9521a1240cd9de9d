//go:build windows || darwin

package hostmanifest

// confined: Snap and Flatpak are of Linux.
func (System) confined() []Found { return nil }
