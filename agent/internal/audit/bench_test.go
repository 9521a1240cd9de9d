package audit_test

import (
	"path/filepath"
	"testing"
	"time"
)

func BenchmarkAppend(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "audit"), time.Now)
	for b.Loop() {
		add(b, l, approved)
	}
}
