package choices_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kyso/agent/internal/choices"
)

func TestChoices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kyso", "choices.json")
	f := choices.At(path)
	want := func(origin, id string) {
		t.Helper()
		// Another process reads the same.
		if got := choices.At(path).Remembered(origin); got != id {
			t.Errorf("%s: %q, want %q", origin, got, id)
		}
	}
	want("https://a.example", "")
	for _, c := range [][2]string{{"https://a.example", "1"}, {"https://b.example", "2"}, {"https://a.example", "3"}} {
		if err := f.Remember(c[0], c[1]); err != nil {
			t.Fatal(err)
		}
	}
	want("https://a.example", "3")
	want("https://b.example", "2")
	want("https://a.example:8443", "")
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if sites, err := f.Forget("https://b.example"); err != nil || !slices.Equal(sites, []string{"https://b.example"}) {
		t.Errorf("%v, %v", sites, err)
	}
	if sites, err := f.Forget("https://b.example"); err != nil || len(sites) != 0 {
		t.Errorf("%v, %v", sites, err)
	}
	want("https://b.example", "")
	want("https://a.example", "3")
	// The oldest makes room.
	for i := range 200 {
		if err := f.Remember(fmt.Sprintf("https://%d.example", i), "x"); err != nil {
			t.Fatal(err)
		}
	}
	want("https://a.example", "")
	want("https://0.example", "x")
	if sites, err := f.Forget(""); err != nil || len(sites) != 200 {
		t.Errorf("%d, %v", len(sites), err)
	}
	want("https://0.example", "")
	// What cannot be read is asked again, and can be replaced.
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	want("https://a.example", "")
	if err := f.Remember("https://a.example", "4"); err != nil {
		t.Fatal(err)
	}
	want("https://a.example", "4")
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".choices-*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
