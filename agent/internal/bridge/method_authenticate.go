package bridge

// authenticateParams hold the page's signature over the transcript of hello.
type authenticateParams struct {
	Signature string `json:"signature"`
}

// standingResult tells what the page may do: "listed", "paired" or "unpaired".
type standingResult struct {
	Standing string `json:"standing"`
}
