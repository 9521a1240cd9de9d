package signing_test

import (
	"context"
	"errors"
	"testing"

	"kyso/agent/internal/signing"
)

// late is a context that ends at the last moment there is: when the review is
// about to take a new place over.
type late struct {
	context.Context
	v *signing.Review
}

func (c late) Err() error {
	if c.v.TestOnlyLocked() {
		return context.Canceled
	}
	return nil
}

// TestReviewPlacesNoMore: a page whose connection was taken over places nothing
// afterwards, when another was shown what stands; nor does any once the person has
// gone on, even before the review has returned. The window asks about what stood.
func TestReviewPlacesNoMore(t *testing.T) {
	d := newDesk(t)
	var shown signing.Proposal
	r := signing.Request{Documents: papers(t, 1), Profile: signing.ProfilePersonal, Wish: &signing.Wish{Place: at(t, "1,60,60,250,90")}}
	r.Review = func(ctx context.Context, v *signing.Review) error {
		shown = v.Proposal()
		if err := v.Place(late{ctx, v}, 0, at(t, "1,300,500,250,120"), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("placed for a page that is gone: %v", err)
		}
		if err := v.Settle(); err != nil {
			t.Error(err)
		}
		if err := v.Place(ctx, 0, at(t, "1,300,500,250,120"), nil); !errors.Is(err, signing.ErrRequest) {
			t.Errorf("placed after the person had gone on: %v", err)
		}
		if now := v.Proposal(); now.Spots[0].Place != shown.Spots[0].Place {
			t.Errorf("moved from %+v to %+v", shown.Spots[0], now.Spots[0])
		}
		return nil
	}
	if _, err := d.service.Sign(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	if asked := d.asked[0].Documents[0].Stamp; asked != shown.Documents[0].Stamp {
		t.Errorf("asked about %+v, shown %+v", asked, shown.Documents[0].Stamp)
	}
}

// TestReviewNotSettled: without a place for a stamp the person does not go on, and
// may still find one.
func TestReviewNotSettled(t *testing.T) {
	d := newDesk(t)
	r := signing.Request{Documents: papers(t, 1), Profile: signing.ProfilePersonal, Wish: &signing.Wish{}}
	r.Review = func(ctx context.Context, v *signing.Review) error {
		if err := v.Settle(); err == nil {
			t.Error("settled without a place")
		}
		if err := v.Place(ctx, 0, at(t, "1,60,60,250,90"), nil); err != nil {
			t.Error(err)
		}
		return v.Settle()
	}
	if _, err := d.service.Sign(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
}
