package bridge

import (
	"context"
	"errors"

	"kyso/agent/internal/signing"
)

// statusResult tells whether a sign request would get as far as the person.
type statusResult struct {
	// State is "ready", "no-token" or "busy".
	State string `json:"state"`
	// Certificates counts those at hand, 0 while busy.
	Certificates int `json:"certificates"`
	// Levels are the signature levels this agent makes.
	Levels []string `json:"levels"`
}

// status leaves the token alone while somebody is signing with it.
func status(k *call) (job, error) {
	if len(k.params) != 0 {
		return job{}, badRequest("status has no params")
	}
	return job{run: k.status}, nil
}

func (k *call) status(ctx context.Context) (any, error) {
	return k.s.status(ctx)
}

func (s *Server) status(ctx context.Context) (statusResult, error) {
	result := statusResult{State: "busy", Levels: s.o.Signing.Levels()}
	if s.busy() {
		return result, nil
	}
	ctx, stop := context.WithTimeout(ctx, s.timing.list)
	defer stop()
	identities, err := s.o.Signing.Identities(ctx)
	if err != nil && !errors.Is(err, signing.ErrNoToken) {
		return statusResult{}, err
	}
	result.State, result.Certificates = "ready", len(identities)
	if len(identities) == 0 {
		result.State = "no-token"
	}
	return result, nil
}
