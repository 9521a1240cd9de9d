package bridge

import "kyso/agent/internal/signing"

// resumeParams name a request of a dropped connection by its ticket, and how
// much of each signed document the page has.
type resumeParams struct {
	Ticket    string     `json:"ticket"`
	Documents []received `json:"documents"`
}

// resume gives a call that outlived its connection to this one, as the request
// k.id. Another page's ticket is no better than an unknown one, and stays good
// for its owner.
func (c *session) resume(k *call) error {
	var p resumeParams
	if err := k.read(&p); err != nil {
		return err
	}
	if len(p.Documents) > signing.MaxDocuments {
		return badRequest("number of documents")
	}
	c.s.mu.Lock()
	found := c.s.tickets[p.Ticket]
	c.s.mu.Unlock()
	if found == nil || found.origin != k.origin || found.pageKey != k.pageKey {
		return errNotResumable
	}
	return found.attach(c, k.id, p)
}
