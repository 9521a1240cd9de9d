package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// answerTime bounds each wait for the agent: it works on this machine, and
// nobody has to be waited for.
const answerTime = 2 * time.Minute

// chunk is the payload of a binary frame (docs/protocol.md, "Documents").
const chunk = 256 << 10

// AgentError is the agent's refusal, by its code of package i18n.
type AgentError struct{ Code string }

func (e *AgentError) Error() string { return "the agent answered " + e.Code }

// page speaks to the agent over its WebSocket as a web page does.
type page struct {
	ws *websocket.Conn
	id int // of the last request
}

// openPage connects to the agent at url with the page's origin, and each proves to
// the other who it is.
func openPage(ctx context.Context, url, from string) (*page, error) {
	ws, response, err := websocket.DefaultDialer.DialContext(ctx, url, http.Header{"Origin": {from}})
	if response != nil {
		response.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the agent: %w", err)
	}
	p := &page{ws: ws}
	if err := p.greet(url, from); err != nil {
		ws.Close()
		return nil, fmt.Errorf("greet the agent: %w", err)
	}
	return p, nil
}

func (p *page) Close() error { return p.ws.Close() }

// request asks and returns the request's id.
func (p *page) request(method string, params any) (string, error) {
	p.id++
	id := strconv.Itoa(p.id)
	return id, p.write(map[string]any{"v": 1, "id": id, "type": "request", "method": method, "params": params})
}

// ask asks for what is answered with a result alone.
func (p *page) ask(method string, params, result any) error {
	if _, err := p.request(method, params); err != nil {
		return err
	}
	raw, _, err := p.answer(nil, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, result)
}

func (p *page) write(frame any) error {
	p.ws.SetWriteDeadline(time.Now().Add(answerTime))
	return p.ws.WriteJSON(frame)
}

// sign has one document signed and returns it. stage is told each new stage.
func (p *page) sign(name string, data []byte, stage func(string)) ([]byte, error) {
	var given struct{ Capability string }
	if err := p.ask("authorize", map[string]any{"operation": "sign"}, &given); err != nil {
		return nil, err
	}
	const channel = 1
	sum := sha256.Sum256(data)
	id, err := p.request("sign", map[string]any{"capability": given.Capability, "documents": []any{map[string]any{
		"channel": channel, "name": name, "size": len(data), "sha256": hex.EncodeToString(sum[:]),
	}}})
	if err != nil {
		return nil, err
	}
	_, signed, err := p.answer(data, stage)
	if err != nil {
		return nil, err
	}
	return signed, p.write(map[string]any{"v": 1, "id": id, "type": "done"})
}

// incoming is a document on its way from the agent.
type incoming struct {
	channel uint32
	size    int64
	sha256  string
	data    bytes.Buffer
}

// frame is what the agent sends.
type frame struct {
	Type     string
	Credit   struct{ Channel, Bytes int64 }
	Progress struct{ Stage string }
	Document struct {
		Channel uint32
		Size    int64
		SHA256  string
	}
	Result json.RawMessage
	Error  struct{ Code string }
}

// answer sends out as the agent gives credit, takes in a document it sends, and
// returns the result and that when the request is done.
func (p *page) answer(out []byte, stage func(string)) (result json.RawMessage, document []byte, err error) {
	var in incoming
	last := ""
	for {
		p.ws.SetReadDeadline(time.Now().Add(answerTime))
		kind, b, err := p.ws.ReadMessage()
		if err != nil {
			return nil, nil, err
		}
		if kind == websocket.BinaryMessage {
			if err := p.take(&in, b); err != nil {
				return nil, nil, err
			}
			continue
		}
		var f frame
		if err := json.Unmarshal(b, &f); err != nil {
			return nil, nil, err
		}
		switch f.Type {
		case "credit":
			if out, err = p.send(uint32(f.Credit.Channel), out, f.Credit.Bytes); err != nil {
				return nil, nil, err
			}
		case "document":
			in = incoming{channel: f.Document.Channel, size: f.Document.Size, sha256: f.Document.SHA256}
			if err := p.grant(in.channel, in.size); err != nil {
				return nil, nil, err
			}
		case "progress":
			if stage != nil && f.Progress.Stage != last {
				last = f.Progress.Stage
				stage(last)
			}
		case "error":
			return nil, nil, &AgentError{f.Error.Code}
		case "result":
			document, err := in.finish()
			return f.Result, document, err
		}
	}
}

func (p *page) send(channel uint32, out []byte, n int64) ([]byte, error) {
	if n > int64(len(out)) {
		return nil, errors.New("the agent asks for more than there is")
	}
	for n > 0 {
		part := out[:min(n, chunk)]
		p.ws.SetWriteDeadline(time.Now().Add(answerTime))
		if err := p.ws.WriteMessage(websocket.BinaryMessage, append(binary.BigEndian.AppendUint32(nil, channel), part...)); err != nil {
			return nil, err
		}
		out, n = out[len(part):], n-int64(len(part))
	}
	return out, nil
}

// grant lets the agent send n bytes. The demo's documents are small, so all is
// granted at once.
func (p *page) grant(channel uint32, n int64) error {
	return p.write(map[string]any{"v": 1, "type": "credit", "credit": map[string]any{"channel": channel, "bytes": n}})
}

func (p *page) take(in *incoming, b []byte) error {
	if len(b) < 4 || binary.BigEndian.Uint32(b) != in.channel || int64(in.data.Len()+len(b)-4) > in.size {
		return errors.New("the agent sent bytes of no document")
	}
	in.data.Write(b[4:])
	return nil
}

func (in *incoming) finish() ([]byte, error) {
	if in.channel == 0 {
		return nil, nil
	}
	sum := sha256.Sum256(in.data.Bytes())
	if hex.EncodeToString(sum[:]) != in.sha256 {
		return nil, errors.New("the signed document arrived damaged")
	}
	return in.data.Bytes(), nil
}
