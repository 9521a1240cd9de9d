package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/testdata/corpus"
)

// TestTrustGovernment imports the published certificates: roots without a
// question, the CAs below them only when asked for.
func TestTrustGovernment(t *testing.T) {
	dir := corpus.Path(t, "..", "trust")
	config := t.TempDir()
	t.Setenv("HOME", config)
	t.Setenv("XDG_CONFIG_HOME", config)
	t.Setenv("AppData", config)
	for _, c := range []struct {
		args string // of kyso trust import, the last one a file
		code int
		says string
	}{
		{"rootcag2.crt", exitOK, "Kyso biết: CA gốc chuyên dùng Chính phủ, thế hệ G2\n  Đã thêm"},
		{"rootcag2.crt", exitOK, "Đã có trong kho của người dùng"},
		{"g1_VGCA_ROOTCA_BIN.cer", exitOK, "thế hệ cũ dùng SHA-1"},
		{"vnrca256.crt", exitOK, "CA gốc quốc gia"},
		{"cpcag2.crt", exitFailed, "CA cấp dưới"},
		{"--as-anchor cpcag2.crt", exitOK, "Đã thêm"},
	} {
		args := strings.Fields("--lang vi trust import " + c.args)
		args[len(args)-1] = filepath.Join(dir, args[len(args)-1])
		var out, problems bytes.Buffer
		code := run(t.Context(), args, streams{strings.NewReader(""), &out, &problems}, os.Getenv)
		if code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: code %d\n%s%s", c.args, code, out.String(), problems.String())
		}
		if sha1 := strings.Contains(out.String(), "chữ ký: RSA SHA-1"); sha1 != strings.Contains(out.String(), "Lưu ý: thế hệ cũ") {
			t.Errorf("%s: warned although it need not be, or the other way round\n%s", c.args, out.String())
		}
	}
}
