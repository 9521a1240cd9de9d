package bridge

// resumeParams name a request of a dropped connection by its ticket, and how
// much of each signed document the page has.
type resumeParams struct {
	Ticket    string     `json:"ticket"`
	Documents []received `json:"documents"`
}
