package policy

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestSettingsAreDocumented: docs/admin-settings.md names every key.
func TestSettingsAreDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "admin-settings.md"))
	if err != nil {
		t.Fatal(err)
	}
	typ := reflect.TypeFor[Policy]()
	for i := range typ.NumField() {
		if key := typ.Field(i).Tag.Get("json"); !strings.Contains(string(b), "`"+key+"`") {
			t.Errorf("docs/admin-settings.md does not name %q", key)
		}
	}
}
