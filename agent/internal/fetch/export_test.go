package fetch

// IsPublic is tested alone: no test may speak to a public address.
var IsPublic = isPublic

// The bounds that tests count up to.
const (
	MaxRequests = maxRequests
	MaxPerHost  = maxPerHost
)
