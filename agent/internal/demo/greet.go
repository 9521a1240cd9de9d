package demo

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"

	"kyso/agent/internal/origin"
)

// clientVersion is the version of the protocol the demo's page speaks.
const clientVersion = 1

// greet says hello and authenticates both ends (docs/protocol.md, "hello"). The
// demo made the agent itself, so that it pins no key.
func (p *page) greet(agent, from string) error {
	key, err := origin.NewKey()
	if err != nil {
		return err
	}
	nonce := make([]byte, origin.NonceBytes)
	rand.Read(nonce)
	var hello struct {
		Version, MinVersion, MaxVersion int
		Agent                           struct{ Key, Nonce, Signature string }
	}
	err = p.ask("hello", map[string]any{
		"minVersion": clientVersion, "maxVersion": clientVersion, "client": "kyso demo", "nonce": origin.Encode(nonce), "key": origin.Encode(key.Public()),
	}, &hello)
	if err != nil {
		return err
	}
	t := origin.Transcript{
		PageMin: clientVersion, PageMax: clientVersion, AgentMin: hello.MinVersion, AgentMax: hello.MaxVersion, Version: hello.Version,
		PageNonce: nonce, PageKey: key.Public(),
	}
	if t.Origin, err = origin.Parse(from); err != nil {
		return err
	}
	if t.Port, err = portOf(agent); err != nil {
		return err
	}
	if t.AgentNonce, err = origin.Decode(hello.Agent.Nonce, origin.NonceBytes); err != nil {
		return err
	}
	if t.AgentKey, err = origin.Decode(hello.Agent.Key, len(key.Public())); err != nil {
		return err
	}
	signature, err := origin.Decode(hello.Agent.Signature, 64)
	if err == nil {
		err = t.Verify(origin.Agent, signature)
	}
	if err != nil {
		return fmt.Errorf("the agent could not prove itself: %w", err)
	}
	if signature, err = key.Sign(t, origin.Page); err != nil {
		return err
	}
	return p.ask("authenticate", map[string]any{"signature": origin.Encode(signature)}, new(struct{ Standing string }))
}

// portOf is the port in the agent's address.
func portOf(agent string) (int, error) {
	u, err := url.Parse(agent)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(u.Port())
}
