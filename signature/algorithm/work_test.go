package algorithm

import (
	"crypto/x509"
	"errors"
	"testing"
)

// TestWork: what was verified is not verified again, and the units end.
func TestWork(t *testing.T) {
	data, other := []byte{1}, []byte{1}
	by := &x509.Certificate{Raw: []byte{2}}
	bad := errors.New("bad")
	calls := 0
	verify := func() error { calls++; return bad }
	w := NewWork(25) // two of a short key
	for _, c := range []struct {
		data  []byte
		calls int
		ok    bool
	}{{data, 1, true}, {data, 1, true}, {other, 2, true}, {[]byte{1}, 2, false}, {data, 2, true}} {
		err, ok := w.Once(c.data, by, verify)
		if calls != c.calls || ok != c.ok || ok != errors.Is(err, bad) {
			t.Errorf("%d calls, %v %v, want %+v", calls, err, ok, c)
		}
	}
	if w.Spend(0) {
		t.Error("units after the last")
	}
	dsa := &x509.Certificate{Raw: []byte{3}, PublicKeyAlgorithm: x509.DSA}
	w, calls = NewWork(100), 0
	w.Once(data, dsa, verify)
	if w.Once(data, dsa, verify); calls != 2 {
		t.Error("a DSA key was taken for the same")
	}
	var none *Work
	if err, ok := none.Once(data, by, verify); !ok || !errors.Is(err, bad) || !none.Spend(1<<40) {
		t.Error("no bound bounds")
	}
}
