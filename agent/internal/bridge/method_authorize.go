package bridge

// authorizeParams name the method a capability is asked for.
type authorizeParams struct {
	Operation string `json:"operation"`
}

type authorizeResult struct {
	Capability string `json:"capability"`
	ExpiresIn  int64  `json:"expiresIn"` // milliseconds
}

// capabilityParams are those of a method that needs nothing else.
type capabilityParams struct {
	Capability string `json:"capability"`
}
