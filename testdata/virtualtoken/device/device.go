// Package device is a card in the virtual reader of vsmartcard: it can be put
// in and taken out, and it can be slow, die and lie, all on demand.
package device

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"kyso/testdata/virtualtoken/piv"
)

// A Device is one card and the reader it is for. Its methods may be called from
// several goroutines.
type Device struct {
	Card   *piv.Card
	reader string // host:port where the virtual reader listens

	mu       sync.Mutex
	inserted bool
	take     context.CancelFunc // takes the card out
	done     chan struct{}      // closed when it is out
	missed   chan struct{}      // closed when the reader knows that
	powered  bool               // the reader has seen the card
	slow     time.Duration
	dieAt    faultAt
	wrongAt  faultAt
	bitFlip  bool
}

// faultAt is an instruction at which something goes wrong.
type faultAt struct {
	set bool
	ins byte
}

// redialAfter is how long a card in the reader waits before it looks again for
// a reader that is not there yet.
const redialAfter = 100 * time.Millisecond

// New makes a device for the reader at address, with the card still out.
func New(card *piv.Card, address string) *Device {
	return &Device{Card: card, reader: address}
}

// Insert puts the card in. The reader sees it within half a second; within one
// second when the card was taken out just before. A card that is in stays in.
func (d *Device) Insert() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inserted {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	before := d.missed
	d.inserted, d.take, d.done, d.missed = true, cancel, make(chan struct{}), make(chan struct{})
	go d.stayIn(ctx, before, d.done, d.missed)
}

// Remove takes the card out, in the middle of a command if need be, and returns
// when it is out. The reader sees that within half a second, or at once when it
// is waiting for the card's answer.
func (d *Device) Remove() {
	d.mu.Lock()
	take, done := d.take, d.done
	d.mu.Unlock()
	if done == nil {
		return
	}
	take()
	<-done
}

// stayIn serves the reader until ctx ends, whenever there is one.
func (d *Device) stayIn(ctx context.Context, before, done, missed chan struct{}) {
	if before != nil {
		select {
		case <-ctx.Done():
		case <-before:
		}
	}
	var dialer net.Dialer
	for ctx.Err() == nil {
		if connection, err := dialer.DialContext(ctx, "tcp", d.reader); err == nil {
			d.serve(ctx, connection)
		}
		select {
		case <-ctx.Done():
		case <-time.After(redialAfter):
		}
	}
	wasSeen := d.out()
	close(done)
	if before != nil {
		<-before // which Remove did not wait for
	}
	if wasSeen {
		d.beMissed()
	}
	close(missed)
}

// out notes that the card is out, and says whether the reader had seen it.
func (d *Device) out() (wasSeen bool) {
	d.Card.Reset()
	d.mu.Lock()
	defer d.mu.Unlock()
	wasSeen = d.powered
	d.inserted, d.powered = false, false
	return wasSeen
}

// beMissed returns when the reader has looked for the card in vain. pcscd looks
// every 400 ms only, and a card that was put back in between would be to it the
// card that never went, with its PIN still right.
func (d *Device) beMissed() {
	for {
		connection, err := net.Dial("tcp", d.reader)
		if err != nil {
			return // no reader, nobody who misses the card
		}
		message, err := readMessage(connection)
		connection.Close()
		if err != nil || len(message) == 1 && message[0] == controlATR {
			return
		}
	}
}

// SetSlow makes each command last at least so long; zero ends that.
func (d *Device) SetSlow(each time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow = each
}

// DieAt takes the card out instead of answering, once, when instruction ins
// comes; GeneralAuthenticate is in the middle of a signature.
func (d *Device) DieAt(ins byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dieAt = faultAt{true, ins}
}

// A Lie is how a card answers wrongly.
type Lie bool

const (
	Garbage Lie = false // some data object that was not asked for, and all is well
	BitFlip Lie = true  // the right answer with its last bit turned: a signature that does not verify
)

// WrongAnswers makes the card answer instruction ins wrongly, until Heal.
func (d *Device) WrongAnswers(ins byte, lie Lie) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrongAt, d.bitFlip = faultAt{true, ins}, bool(lie)
}

// Heal ends slowness, wrong answers and a death that is still to come.
func (d *Device) Heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow, d.dieAt, d.wrongAt = 0, faultAt{}, faultAt{}
}

// The instructions where faults are most often wanted (SP 800-73-4, part 2).
const (
	Verify              = 0x20
	Select              = 0xA4
	GeneralAuthenticate = 0x87
	GetData             = 0xCB
)

// A Status is what a device is like now.
type Status struct {
	Inserted bool   `json:"inserted"`
	Reader   string `json:"reader"`
	// Powered is true from when the reader has found the card.
	Powered      bool          `json:"powered"`
	Slow         time.Duration `json:"slowNanoseconds"`
	DieAt        string        `json:"dieAt,omitempty"` // an instruction, "87"
	WrongAnswers string        `json:"wrongAnswers,omitempty"`
	Card         piv.Status    `json:"card"`
}

// Status tells how the device is.
func (d *Device) Status() Status {
	card := d.Card.Status()
	d.mu.Lock()
	defer d.mu.Unlock()
	return Status{
		Inserted: d.inserted, Reader: d.reader, Powered: d.powered, Slow: d.slow,
		DieAt: d.dieAt.String(), WrongAnswers: d.wrongAt.String(), Card: card,
	}
}

func (f faultAt) String() string {
	if !f.set {
		return ""
	}
	return fmt.Sprintf("%02X", f.ins)
}
