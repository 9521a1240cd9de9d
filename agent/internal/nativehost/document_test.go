package nativehost

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"kyso/agent/internal/hostmanifest"
)

// TestDocument: docs/protocol.md states every method and every bound.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "## Through the extension\n")
	if !ok {
		t.Fatal("the section is missing")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	want := []string{
		"| `hello`", hostmanifest.Name, "`kyso.capability.CAPABILITY`", fmt.Sprintf("%.0f s to begin listening", startTime.Seconds()),
		fmt.Sprintf("of the extension | %d bytes", MaxFromExtension), fmt.Sprintf("to it | %d bytes", MaxToExtension),
		fmt.Sprintf("connections | %d; %d at once, and %d a minute", maxConnections, connectionRate.burst, connectionRate.perMinute),
		fmt.Sprintf("until hello | %.0f s", defaultTiming.hello.Seconds()),
		fmt.Sprintf("of a connection | %d at once, and %d a minute; %d that", requestRate.burst, requestRate.perMinute, maxRequests),
		fmt.Sprintf("all connections | %d at once, and %d a minute", siteRate.burst, siteRate.perMinute),
		fmt.Sprintf("sites told | %d", maxSites), fmt.Sprintf("anchors told | %d KiB", maxAnchorBytes>>10),
	}
	for name := range methods {
		want = append(want, "| `"+name+"` |")
	}
	for _, w := range want {
		if !strings.Contains(section, w) {
			t.Errorf("%q is not stated", w)
		}
	}
}
