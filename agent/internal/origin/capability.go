package origin

import (
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

// CapabilityLife is how long a capability may wait for its one use. Whoever was
// given one uses it at once; a minute leaves room for a suspended tab.
const CapabilityLife = 60 * time.Second

// maxCapabilities bounds those outstanding. A connection has a few.
const maxCapabilities = 1024

// A Grant is what a capability allows, once.
type Grant struct {
	Origin     Origin
	Operation  string // a method of the protocol
	Connection string // which connection may use it
}

// The errors of Redeem and Mint.
var (
	ErrCapability          = errors.New("capability is unknown, used, expired or for something else")
	ErrTooManyCapabilities = errors.New("too many capabilities are outstanding")
)

// Capabilities are those outstanding. The zero value has none.
type Capabilities struct {
	mu    sync.Mutex
	given map[string]granted
}

type granted struct {
	Grant
	until time.Time
}

// Mint gives a capability for g, to be used before now plus CapabilityLife.
func (c *Capabilities) Mint(g Grant, now time.Time) (string, error) {
	secret := make([]byte, NonceBytes)
	rand.Read(secret)
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, old := range c.given {
		if !now.Before(old.until) {
			delete(c.given, token)
		}
	}
	if len(c.given) >= maxCapabilities {
		return "", ErrTooManyCapabilities
	}
	if c.given == nil {
		c.given = make(map[string]granted)
	}
	token := Encode(secret)
	c.given[token] = granted{g, now.Add(CapabilityLife)}
	return token, nil
}

// Redeem uses a capability up. One that was stolen, and is tried for another
// origin, operation or connection, is used up as well: ErrCapability.
func (c *Capabilities) Redeem(token string, g Grant, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	given, ok := c.given[token]
	delete(c.given, token)
	if !ok || given.Grant != g || !now.Before(given.until) {
		return ErrCapability
	}
	return nil
}

// Forget takes back what connection was given.
func (c *Capabilities) Forget(connection string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, g := range c.given {
		if g.Connection == connection {
			delete(c.given, token)
		}
	}
}
