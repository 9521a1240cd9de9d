package main

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"

	"kyso/agent/internal/discovery"
	"kyso/agent/internal/origin"
)

// TestAnnounce: this user's programs learn the port while the agent runs, and a
// person is told when it is one that no page looks at.
func TestAnnounce(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	key, err := origin.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	path, err := discovery.Path()
	if err != nil {
		t.Fatal(err)
	}
	for port, wanted := range map[int]string{17811: "", 40123: "40123"} {
		var said bytes.Buffer
		e := &env{streams: streams{out: io.Discard, err: &said}, language: "vi"}
		stop := e.announce(port, []int{17810, 17811}, key, slog.New(slog.DiscardHandler))
		if told := said.String(); (told != "") != (wanted != "") || !strings.Contains(told, wanted) {
			t.Errorf("port %d: said %q", port, told)
		}
		if wanted != "" && !strings.Contains(said.String(), "khóa ports") {
			t.Errorf("no remedy in %q", said.String())
		}
		if found, err := discovery.Read(path); err != nil || found.Port != port {
			t.Errorf("port %d: found %+v, %v", port, found, err)
		}
		stop()
		if _, err := discovery.Read(path); err == nil {
			t.Errorf("port %d: still announced", port)
		}
	}
}
