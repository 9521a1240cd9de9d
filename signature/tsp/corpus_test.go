package tsp_test

import (
	"os"
	"path/filepath"
	"testing"
)

// corpus is a path in the collection of public test vectors, which is not part
// of the repository: KYSO_CORPUS, or ../shared/corpus beside it.
func corpus(t testing.TB, elements ...string) string {
	t.Helper()
	root := os.Getenv("KYSO_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	path := filepath.Join(append([]string{root}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the test vectors are absent: %v", err)
	}
	return path
}

func readFile(t testing.TB, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
