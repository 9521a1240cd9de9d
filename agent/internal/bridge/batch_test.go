package bridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// outcome is what a page is told of one document.
type outcome struct {
	Channel      uint32
	Name, SHA256 string
	Size         int64
	Error        *struct {
		Code            string
		Message, Remedy struct{ VI, EN string }
	}
}

// signMany asks for the documents, channels 1 and up, and returns the last frame
// with the outcomes in it.
func (p *page) signMany(documents [][]byte, onError string) (message, []outcome) {
	p.t.Helper()
	var list []string
	data := make(map[uint32]io.Reader)
	for i, d := range documents {
		list = append(list, fmt.Sprintf(`{"channel":%d,"name":"Văn bản %d.pdf","size":%d}`, i+1, i+1, len(d)))
		data[uint32(i+1)] = bytes.NewReader(d)
	}
	p.send(`{"v":1,"id":"b","type":"request","method":"sign","params":{"documents":[%s],"onError":%q}}`, strings.Join(list, ","), onError)
	m := p.transfer(data)
	var result struct{ Documents []outcome }
	if m.Type == "result" {
		if err := json.Unmarshal(m.Result, &result); err != nil {
			p.t.Fatal(err)
		}
	} else if err := json.Unmarshal(m.Error.Documents, &result.Documents); len(m.Error.Documents) > 0 && err != nil {
		p.t.Fatal(err)
	}
	return m, result.Documents
}

// wantOutcomes: one for each document, "" for those that arrived as announced.
func (p *page) wantOutcomes(documents [][]byte, got []outcome, code func(i int) string) {
	p.t.Helper()
	if len(got) != len(documents) {
		p.t.Fatalf("%d outcomes for %d documents", len(got), len(documents))
	}
	for i, o := range got {
		is := ""
		if o.Error != nil {
			is = o.Error.Code
			if o.Error.Message.VI == "" || o.Error.Remedy.EN == "" {
				p.t.Errorf("document %d: no text: %+v", i, o.Error)
			}
		}
		if is != code(i) || o.Channel != uint32(i+1) || o.Name != fmt.Sprintf("Văn bản %d.pdf", i+1) {
			p.t.Errorf("document %d: %+v, want code %q", i, o, code(i))
		}
		arrived := p.got[o.Channel]
		if (arrived != nil) != (is == "") {
			p.t.Errorf("document %d: arrived %t, code %q", i, arrived != nil, is)
		} else if arrived != nil && (hexDigest(arrived.Bytes()) != o.SHA256 || int64(arrived.Len()) != o.Size || !bytes.HasPrefix(arrived.Bytes(), documents[i])) {
			p.t.Errorf("document %d: other bytes than announced", i)
		}
	}
}

func small(t *testing.T, n int) [][]byte {
	documents := make([][]byte, n)
	for i := range documents {
		documents[i] = pdfOf(t, i%3+1)
	}
	return documents
}

// TestLargestBatch: as many documents as are allowed, with the longest names.
func TestLargestBatch(t *testing.T) {
	a := newAgent(t, agentOptions{person: signingtest.Agrees})
	p := a.connect()
	documents := small(t, signing.MaxDocuments)
	m, got := p.signMany(documents, "stop")
	if m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	p.wantOutcomes(documents, got, func(int) string { return "" })
	if tries, open, signs := a.token.Counts(); tries != 1 || open != 0 || signs != len(documents) {
		t.Errorf("%d PINs, %d keys open, %d signatures", tries, open, signs)
	}
	// The manifest of such a batch fits into a frame with the longest names.
	var list []string
	for i := range signing.MaxDocuments {
		list = append(list, fmt.Sprintf(`{"channel":%d,"name":%q,"size":8388608,"sha256":"%s"}`, 4294966000+i, strings.Repeat("ớ", 85), strings.Repeat("0123456789abcdef", 4)))
	}
	p.send(`{"v":1,"id":"c","type":"request","method":"sign","params":{"documents":[%s]}}`, strings.Join(list, ","))
	p.wantError("c", "TOO_LARGE") // all of them together
}

// TestPartsOfABatch: what was signed arrives, and each of the others has its
// reason.
func TestPartsOfABatch(t *testing.T) {
	broken := func(n, bad int) [][]byte {
		d := small(t, n)
		d[bad] = []byte("%PDF-1.7 and no more")
		return d
	}
	t.Run("the token goes", func(t *testing.T) {
		a := newAgent(t, agentOptions{person: signingtest.Agrees})
		a.token.BeforeSign = func(n int) error {
			if n > 3 {
				return signing.ErrTokenRemoved
			}
			return nil
		}
		p := a.connect()
		documents := small(t, 6)
		m, got := p.signMany(documents, "stop")
		if m.Type != "result" {
			t.Fatalf("%+v", m)
		}
		p.wantOutcomes(documents, got, func(i int) string {
			if i < 3 {
				return ""
			}
			return "TOKEN_REMOVED"
		})
	})
	t.Run("the token goes at once", func(t *testing.T) {
		a := newAgent(t, agentOptions{person: signingtest.Agrees})
		a.token.BeforeSign = func(n int) error { return signing.ErrTokenRemoved }
		p := a.connect()
		documents := small(t, 2)
		m, got := p.signMany(documents, "continue")
		if m.Type != "error" || m.Error.Code != "TOKEN_REMOVED" {
			t.Fatalf("%+v", m)
		}
		p.wantOutcomes(documents, got, func(int) string { return "TOKEN_REMOVED" })
	})
	t.Run("continue", func(t *testing.T) {
		var left []signing.LeftOut
		a := newAgent(t, agentOptions{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			left = q.LeftOut
			return signingtest.Agrees(ctx, q)
		}})
		p := a.connect()
		documents := broken(4, 1)
		m, got := p.signMany(documents, "continue")
		if m.Type != "result" || len(left) != 1 {
			t.Fatalf("left out %+v, %+v", left, m)
		}
		p.wantOutcomes(documents, got, func(i int) string { return map[int]string{1: "DAMAGED_PDF"}[i] })
	})
	t.Run("stop", func(t *testing.T) {
		a := newAgent(t, agentOptions{})
		p := a.connect()
		documents := broken(4, 2)
		m, got := p.signMany(documents, "stop")
		if m.Type != "error" || m.Error.Code != "DAMAGED_PDF" {
			t.Fatalf("%+v", m)
		}
		p.wantOutcomes(documents, got, func(i int) string {
			if i == 2 {
				return "DAMAGED_PDF"
			}
			return "NOT_TRIED"
		})
	})
	t.Run("nonsense", func(t *testing.T) {
		a := newAgent(t, agentOptions{})
		p := a.connect()
		if m, _ := p.signMany(small(t, 1), "ignore"); m.Type != "error" || m.Error.Code != "BAD_REQUEST" {
			t.Fatalf("%+v", m)
		}
	})
}

// TestReadyAtOnce: a document comes as soon as it is signed, while the token is
// still at work on others, and stays with the page when it cancels then.
func TestReadyAtOnce(t *testing.T) {
	here := make(chan struct{})
	a := newAgent(t, agentOptions{person: signingtest.Agrees})
	a.token.BeforeSign = func(n int) error {
		if n == 3 {
			<-here
		}
		return nil
	}
	p := a.connect()
	documents := small(t, 4)
	var list []string
	for i, d := range documents {
		list = append(list, fmt.Sprintf(`{"channel":%d,"name":"Văn bản %d.pdf","size":%d}`, i+1, i+1, len(d)))
	}
	p.send(`{"v":1,"id":"b","type":"request","method":"sign","params":{"documents":[%s]}}`, strings.Join(list, ","))
	for i, d := range documents {
		p.upload(uint32(i+1), d)
	}
	for range 2 {
		d := p.until("document").Document
		p.send(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":%d}}`, d.Channel, d.Size)
		if m := p.until("chunk"); hexDigest(m.payload) != d.SHA256 {
			t.Error("other bytes than announced")
		}
	}
	p.send(`{"v":1,"id":"b","type":"cancel"}`)
	p.send(`{"v":1,"id":"x","type":"request","method":"status"}`) // read after the cancel
	p.until("result")
	close(here)
	var m message
	for m = p.next(); m.Type != "result" && m.Type != "error"; m = p.next() {
	}
	var result struct{ Documents []outcome }
	if m.Type != "result" || json.Unmarshal(m.Result, &result) != nil || len(result.Documents) != 4 {
		t.Fatalf("%+v", m)
	}
	for i, o := range result.Documents {
		if got := o.Error != nil; got != (i >= 2) || got && o.Error.Code != "CANCELLED" {
			t.Errorf("document %d: %+v", i, o)
		}
	}
	if _, open, signs := a.token.Counts(); open != 0 || signs != 3 {
		t.Errorf("%d keys open, %d signatures", open, signs)
	}
}
