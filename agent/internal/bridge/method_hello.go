package bridge

import "kyso/agent/internal/signing"

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
	if f.V != 1 || f.Type != typeRequest || f.Method != "hello" || decodeStrictly(f.Params, &p) != nil ||
		p.MinVersion < 1 || p.MinVersion > p.MaxVersion || !plain(p.Client, maxTokenBytes) {
		return c.violation(f.ID)
	}
	if p.MaxVersion < minVersion || p.MinVersion > maxVersion {
		c.reply(frame{ID: f.ID, Type: typeError, Error: versionFailure()})
		return errViolation
	}
	result := helloResult{
		Product: "kyso", ProductVersion: c.s.o.Version,
		Version: min(p.MaxVersion, maxVersion), MinVersion: minVersion, MaxVersion: maxVersion,
		Limits: limits{chunkBytes, maxControlBytes, signing.MaxDocuments, c.s.o.MaxDocumentBytes, batchFactor * c.s.o.MaxDocumentBytes},
	}
	c.mu.Lock()
	c.version = result.Version
	c.mu.Unlock()
	return c.reply(frame{ID: f.ID, Type: typeResult, Result: result})
}
