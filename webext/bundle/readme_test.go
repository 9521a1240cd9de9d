package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The client's README says of every error what a page can do.
func TestReadmeHasEveryCode(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	var codes []string
	if err := json.Unmarshal([]byte(read("testdata/protocol/codes.json")), &codes); err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`(?s)export type ClientErrorCode =(.*?);\n`).FindString(read("webext/client/src/types.ts"))
	for _, m := range regexp.MustCompile(`\| "([A-Z_]+)"`).FindAllStringSubmatch(own, -1) {
		codes = append(codes, m[1])
	}
	readme := read("webext/client/README.md")
	for _, code := range codes {
		if !strings.Contains(readme, "`"+code+"`") {
			t.Errorf("README.md does not say what to do about %s", code)
		}
	}
	if len(codes) < 50 {
		t.Errorf("only %d codes were found", len(codes))
	}
}
