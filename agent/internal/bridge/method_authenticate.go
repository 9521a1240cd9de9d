package bridge

import (
	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
)

// authenticateParams hold the page's signature over the transcript of hello.
type authenticateParams struct {
	Signature string `json:"signature"`
}

// standingResult tells what the page may do: "listed", "paired" or "unpaired".
type standingResult struct {
	Standing string `json:"standing"`
}

// authenticate must be the second request of a session. From then on the page is
// no stranger.
func (c *session) authenticate(f frame) error {
	var p authenticateParams
	if f.Type != typeRequest || f.Method != "authenticate" || exactjson.Decode(f.Params, &p) != nil {
		return c.violation(f.ID)
	}
	// r and s of ECDSA on P-256, 32 bytes each.
	signature, err := origin.Decode(p.Signature, 64)
	if err == nil {
		err = c.transcript.Verify(origin.Page, signature)
	}
	if err != nil {
		c.reply(frame{ID: f.ID, Type: typeError, Error: explain(errUnproven)})
		return errUnproven
	}
	// Only now: who cannot authenticate itself uses up nobody's connections.
	if err := c.s.rates.connection(c.origin); err != nil {
		c.reply(frame{ID: f.ID, Type: typeError, Error: explain(err)})
		return errTooOften
	}
	standing := c.s.o.Sites.Standing(c.origin, c.transcript.PageKey)
	if standing == origin.Refused { // since the handshake
		c.reply(frame{ID: f.ID, Type: typeError, Error: failureOf(i18n.OriginRefused)})
		return errUnproven
	}
	c.ws.SetReadLimit(chunkHeader + chunkBytes)
	if s, ok := c.ws.NetConn().(*socket); ok {
		s.trust()
	}
	c.mu.Lock()
	c.standing = standing
	c.mu.Unlock()
	return c.reply(frame{ID: f.ID, Type: typeResult, Result: standingResult{standing.String()}})
}
