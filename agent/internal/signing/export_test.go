package signing

// TestOnlyLocked tells whether somebody is just reading or changing what v
// proposes.
func (v *Review) TestOnlyLocked() bool {
	if v.mu.TryLock() {
		v.mu.Unlock()
		return false
	}
	return true
}
