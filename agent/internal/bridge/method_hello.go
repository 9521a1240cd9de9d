package bridge

import (
	"crypto/rand"
	"encoding/base64"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// helloParams: the page states the versions it speaks, and gives a nonce and its
// public key (origin.Encode).
type helloParams struct {
	MinVersion int    `json:"minVersion"`
	MaxVersion int    `json:"maxVersion"`
	Client     string `json:"client"`
	Nonce      string `json:"nonce"`
	Key        string `json:"key"`
}

// helloResult: the agent states the version to speak from now on, the ones it
// could speak, its limits, and who it is.
type helloResult struct {
	Product        string `json:"product"` // always "kyso"
	ProductVersion string `json:"productVersion"`
	Version        int    `json:"version"`
	MinVersion     int    `json:"minVersion"`
	MaxVersion     int    `json:"maxVersion"`
	Limits         limits `json:"limits"`
	Port           int    `json:"port"`
	Agent          proof  `json:"agent"`
}

// proof is the agent's half of the transcript, and its signature over the whole.
type proof struct {
	Key       string `json:"key"`
	Nonce     string `json:"nonce"`
	Signature string `json:"signature"`
}

type limits struct {
	ChunkBytes       int64 `json:"chunkBytes"`
	ControlBytes     int64 `json:"controlBytes"`
	Documents        int   `json:"documents"`
	MaxDocumentBytes int64 `json:"maxDocumentBytes"`
	MaxRequestBytes  int64 `json:"maxRequestBytes"`
}

// hello must be the first frame of a session, and in envelope version 1
// whatever version follows. The highest version both sides speak is taken; the
// agent's minimum is not negotiable.
func (c *session) hello(f frame) error {
	var p helloParams
	if f.V != 1 || f.Type != typeRequest || f.Method != "hello" || exactjson.Decode(f.Params, &p) != nil ||
		p.MinVersion < 1 || p.MinVersion > p.MaxVersion || !plain(p.Client, maxTokenBytes) {
		return c.violation(f.ID)
	}
	if p.MaxVersion < minVersion || p.MinVersion > maxVersion {
		c.reply(frame{ID: f.ID, Type: typeError, Error: versionFailure()})
		return errViolation
	}
	nonce, err := origin.Decode(p.Nonce, origin.NonceBytes)
	key, keyErr := base64.RawURLEncoding.DecodeString(p.Key)
	if keyErr == nil {
		_, keyErr = origin.ParseKey(key)
	}
	if err != nil || keyErr != nil || origin.Encode(key) != p.Key {
		return c.violation(f.ID)
	}
	ours := make([]byte, origin.NonceBytes)
	rand.Read(ours)
	agent := c.s.o.Key
	c.transcript = origin.Transcript{
		Origin: c.origin, Port: c.s.port, PageMin: p.MinVersion, PageMax: p.MaxVersion, AgentMin: minVersion, AgentMax: maxVersion,
		Version: min(p.MaxVersion, maxVersion), PageNonce: nonce, AgentNonce: ours, PageKey: key, AgentKey: agent.Public(),
	}
	signature, err := agent.Sign(c.transcript, origin.Agent)
	if err != nil {
		c.s.log.Error("hello", "error", err)
		c.reply(frame{ID: f.ID, Type: typeError, Error: failureOf(i18n.Internal)})
		return errUnproven
	}
	result := helloResult{
		Product: "kyso", ProductVersion: c.s.o.Version, Version: c.transcript.Version, MinVersion: minVersion, MaxVersion: maxVersion,
		Limits: limits{chunkBytes, maxControlBytes, signing.MaxDocuments, c.s.o.MaxDocumentBytes, batchFactor * c.s.o.MaxDocumentBytes},
		Port:   c.s.port, Agent: proof{origin.Encode(agent.Public()), origin.Encode(ours), origin.Encode(signature)},
	}
	c.mu.Lock()
	c.version = result.Version
	c.mu.Unlock()
	return c.reply(frame{ID: f.ID, Type: typeResult, Result: result})
}
