package bridge

import (
	"context"

	"kyso/agent/internal/origin"
)

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

// authorize gives a capability for one use by this connection.
func authorize(k *call) (job, error) {
	var p authorizeParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	switch p.Operation {
	case "sign", "certificates":
	case "sign-hash":
		if !k.mayHash() {
			return job{}, errHashSite
		}
	default:
		return job{}, badRequest("operation")
	}
	grant := origin.Grant{Origin: k.origin, Operation: p.Operation, Connection: k.c.id}
	return job{run: func(context.Context) (any, error) {
		capability, err := k.s.capabilities.Mint(grant, k.s.o.Now())
		if err != nil {
			return nil, err
		}
		return authorizeResult{capability, origin.CapabilityLife.Milliseconds()}, nil
	}}, nil
}

// redeem uses up the capability for this request.
func (k *call) redeem(capability string) error {
	return k.s.capabilities.Redeem(capability, origin.Grant{Origin: k.origin, Operation: k.method, Connection: k.c.id}, k.s.o.Now())
}
