package origin

import (
	"crypto/rand"
	"sync"
	"time"
)

// maxVouchers bounds those outstanding, maxVouchersEach those of one native
// connection. An extension redeems each at once; one that does not leaves the
// other browsers of this session theirs.
const (
	maxVouchers     = 256
	maxVouchersEach = 64
)

// Purpose is which resource a voucher opens.
type Purpose int

// The purposes.
const (
	ForPage   Purpose = iota // the protocol of pages, for one document
	ForReview                // the look at documents before they are signed
)

// A Document is a page of which the browser has told its extension. The agent
// cannot look for itself: it believes an extension that it knows, over a host
// that a browser started.
type Document struct {
	Origin Origin
	// Tab is the browser's number of it, ID its name of this very document, empty
	// where it gives none.
	Tab       int
	ID        string
	Incognito bool
}

// A Background is an extension in one profile of a browser, whichever of its native
// connections it speaks over.
type Background struct {
	Extension string // the origin of its pages
	// Profile is what it has called itself since it was installed in that profile:
	// a random text that it keeps to itself. Chromium's extensions have the same
	// origin in all profiles.
	Profile string
}

// A Voucher is a capability to connect: an extension's background was given it
// over its native connection, and its next WebSocket speaks for Document.
type Voucher struct {
	Background
	Purpose  Purpose
	Native   string   // which native connection asked
	Document Document // of ForPage
	Review   string   // of ForPage: when documents are shown first, as the person chose in the extension
	Ticket   string   // of ForReview: which
}

// Vouchers are those outstanding. The zero value has none.
type Vouchers struct {
	mu    sync.Mutex
	given map[string]vouched
}

type vouched struct {
	Voucher
	until time.Time
}

// Mint gives a capability for v, to be used before now plus CapabilityLife. The
// error is ErrTooManyCapabilities.
func (c *Vouchers) Mint(v Voucher, now time.Time) (string, error) {
	secret := make([]byte, NonceBytes)
	rand.Read(secret)
	c.mu.Lock()
	defer c.mu.Unlock()
	same := 0
	for token, old := range c.given {
		if !now.Before(old.until) {
			delete(c.given, token)
		} else if old.Native == v.Native {
			same++
		}
	}
	if len(c.given) >= maxVouchers || same >= maxVouchersEach {
		return "", ErrTooManyCapabilities
	}
	if c.given == nil {
		c.given = make(map[string]vouched)
	}
	token := Encode(secret)
	c.given[token] = vouched{v, now.Add(CapabilityLife)}
	return token, nil
}

// Redeem uses a capability up, whoever shows it. It is good for purpose and for
// the extension it was given to, otherwise the error is ErrCapability.
func (c *Vouchers) Redeem(token string, purpose Purpose, extension string, now time.Time) (Voucher, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	given, ok := c.given[token]
	delete(c.given, token)
	if !ok || given.Purpose != purpose || given.Extension != extension || !now.Before(given.until) {
		return Voucher{}, ErrCapability
	}
	return given.Voucher, nil
}

// Spoil uses a capability up for nothing.
func (c *Vouchers) Spoil(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.given, token)
}

// Forget takes back what a native connection was given.
func (c *Vouchers) Forget(native string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, g := range c.given {
		if g.Native == native {
			delete(c.given, token)
		}
	}
}
