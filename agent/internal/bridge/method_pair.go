package bridge

// pairParams: the page commits to a secret before it knows the challenge.
type pairParams struct {
	Commitment string `json:"commitment"`
}

type pairResult struct {
	Challenge string `json:"challenge"`
}

// pairConfirmParams reveal the secret. Language is that of the window.
type pairConfirmParams struct {
	Secret   string `json:"secret"`
	Language string `json:"language,omitempty"`
}
