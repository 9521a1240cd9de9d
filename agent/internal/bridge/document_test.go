package bridge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
)

// TestDocument holds docs/protocol.md to the code: every example is a file of
// testdata/protocol and the reverse, every code is in its table, every limit is
// stated.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := make(map[string]bool)
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1) {
		var example any
		if err := json.Unmarshal(block[1], &example); err != nil {
			t.Errorf("%s: %v", block[1], err)
			continue
		}
		name := ""
		paths, err := filepath.Glob(filepath.Join(fixtures, "*-*.json"))
		if err != nil {
			t.Fatal(err)
		}
		ofReviews, err := filepath.Glob(filepath.Join(fixtures, "review", "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, ofReviews...)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var file any
			if err := json.Unmarshal(data, &file); err != nil {
				t.Fatal(err)
			}
			if reflect.DeepEqual(file, example) {
				name = strings.TrimSuffix(filepath.Base(path), ".json")
			}
		}
		if name == "" {
			t.Errorf("the example is no file of testdata/protocol:\n%s", block[1])
		}
		shown[name] = true
	}
	for _, frames := range []map[string]frame{pageFrames, agentFrames} {
		for name := range frames {
			if !shown[name] {
				t.Errorf("%s is not shown", name)
			}
		}
	}
	for name := range reviewPageFrames {
		if !shown[name] {
			t.Errorf("%s of a review is not shown", name)
		}
	}
	for name := range reviewAgentFrames {
		if !shown[name] {
			t.Errorf("%s of a review is not shown", name)
		}
	}
	for _, code := range i18n.Codes() {
		if !strings.Contains(string(text), "| `"+code+"` |") {
			t.Errorf("%s is not in the table of errors", code)
		}
	}
	for _, limit := range []string{
		fmt.Sprintf("JSON frame of a page | %d bytes", maxControlBytes), fmt.Sprintf("4 + %d bytes", chunkBytes), fmt.Sprintf("of a document | %d |", windowBytes),
		fmt.Sprintf("%d times that", batchFactor), fmt.Sprintf("%d items, %d MiB", maxEvidenceItems, maxEvidenceBytes>>20),
		fmt.Sprintf("%d; %d; %d bytes", maxNameBytes, maxTextBytes, maxTokenBytes), fmt.Sprintf("of a connection | %d |", maxRequests),
		fmt.Sprintf("at a time | %d |", maxVerifications), fmt.Sprintf("%d of an origin, %d in all, %d sockets", maxPerOrigin, maxConnections, maxSockets),
		fmt.Sprintf("handshake | %.0f s", defaultTiming.header.Seconds()), fmt.Sprintf("until authenticated | %.0f s", defaultTiming.hello.Seconds()),
		fmt.Sprintf("authenticated | %d bytes", strangerBytes), fmt.Sprintf("%d of an origin, %d in all, then `BUSY`", maxWaitingPerOrigin, maxWaiting),
		fmt.Sprintf("of an origin %d times `maxDocumentBytes` and %d files, in all %d times and %d", spoolShare, spoolFilesShare, spoolFactor, spoolFiles),
		fmt.Sprintf("connections of an origin | %d at once, and %d a minute", defaultRates.connections.burst, defaultRates.connections.perMinute),
		fmt.Sprintf("requests of an origin | %d at once, and %d a minute", defaultRates.requests.burst, defaultRates.requests.perMinute),
		fmt.Sprintf("%d in a row within %.0f s", defaultRates.refusals, defaultRates.refusalTime.Seconds()), fmt.Sprintf("`RATE_LIMITED` for %.0f s", defaultRates.rest.Seconds()),
		fmt.Sprintf("%d of an origin and %d windows in all within %.0f minutes", defaultRates.pairings, defaultRates.pairingWindows, defaultRates.pairingTime.Minutes()),
		fmt.Sprintf("of a page | %d at once", maxControls), fmt.Sprintf("dropped | %.0f s, and %.0f s once", defaultTiming.away.Seconds(), defaultTiming.approved.Seconds()),
		fmt.Sprintf("approved; %d times", maxResumes), fmt.Sprintf("`done` | %.0f s", defaultTiming.done.Seconds()), fmt.Sprintf("a pairing %.0f", defaultTiming.pairing.Minutes()),
		fmt.Sprintf("used within %.0f s", origin.CapabilityLife.Seconds()), fmt.Sprintf("written | %.0f s", defaultTiming.write.Seconds()),
		fmt.Sprintf("credit | %.0f s", defaultTiming.stall.Seconds()),
		fmt.Sprintf("one way | %.0f s, and 1 s for each %d bytes", defaultTiming.transfer.Seconds(), transferRate), fmt.Sprintf("%.0f minutes, then closed", defaultTiming.idle.Minutes()),
		fmt.Sprintf("page's frame of a review | %d bytes", maxReviewFrame), fmt.Sprintf("under way in a review | %d reads, of %d bytes each, and %d other", maxReviewReads, maxReviewBytes, maxReviewAsks),
		fmt.Sprintf("a review's page to come, and to come back | %.0f s, %.0f s", defaultTiming.reviewOpen.Seconds(), defaultTiming.reviewAway.Seconds()),
		fmt.Sprintf("pings every %.0f s", defaultTiming.ping.Seconds()), fmt.Sprintf("themselves) | %.0f s", defaultTiming.pong.Seconds()),
	} {
		if !strings.Contains(string(text), limit) {
			t.Errorf("the limit %q is not stated", limit)
		}
	}
	for _, port := range DefaultPorts {
		if !strings.Contains(string(text), fmt.Sprint(port)) {
			t.Errorf("port %d is not stated", port)
		}
	}
}
