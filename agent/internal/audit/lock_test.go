//go:build !windows

package audit

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestLockTakenAway: who waited for a lock whose file is deleted meanwhile does
// not write beside another who made a new one.
func TestLockTakenAway(t *testing.T) {
	name := filepath.Join(t.TempDir(), lockName)
	first, err := waitForLock(t.Context(), name, true)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan func())
	go func() {
		unlock, err := waitForLock(context.Background(), name, true)
		if err != nil {
			t.Error(err)
		}
		waiting <- unlock
	}()
	time.Sleep(50 * time.Millisecond) // if it is not waiting yet, it opens the new file, and the test holds all the same
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	third, err := waitForLock(t.Context(), name, true)
	if err != nil {
		t.Fatal(err)
	}
	first()
	select {
	case unlock := <-waiting:
		unlock()
		t.Fatal("two hold the lock")
	case <-time.After(200 * time.Millisecond):
	}
	third()
	(<-waiting)()
}
