package bridge_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// BenchmarkBridge signs a document of 1 MB over the bridge, from the request to
// the result, with a person and a key that answer at once; and without the
// bridge. The difference is what the bridge takes.
func BenchmarkBridge(b *testing.B) {
	var file bytes.Buffer
	if _, err := signingtest.LargePDF(&file, 1<<20); err != nil {
		b.Fatal(err)
	}
	data := file.Bytes()
	a := newAgent(b, agentOptions{person: signingtest.Agrees})
	p := a.connect()
	var over, alone time.Duration
	for b.Loop() {
		capability := p.authorize("sign")
		p.capabilities["sign"] = []string{capability}
		start := time.Now()
		p.send("%s", signRequest("s", p.count(), data))
		if m := p.transfer(map[uint32]io.Reader{uint32(p.counted): bytes.NewReader(data)}); m.Type != "result" {
			b.Fatalf("%+v", m)
		}
		over += time.Since(start)
		p.send(`{"v":1,"id":"s","type":"done"}`)

		start = time.Now()
		documents := []signing.Document{{Name: "a.pdf", Data: bytes.NewReader(data), Size: int64(len(data))}}
		if _, err := a.service.Sign(context.Background(), signing.Request{Documents: documents}, nil); err != nil {
			b.Fatal(err)
		}
		alone += time.Since(start)
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
	b.ReportMetric(ms(over), "ms-over-the-bridge")
	b.ReportMetric(ms(alone), "ms-without")
	b.ReportMetric(ms(over-alone), "ms-of-the-bridge")
	b.ReportMetric(0, "ns/op")
}
