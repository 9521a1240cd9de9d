package signing

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"kyso/signature/placement"
	"kyso/signature/verify"
)

// A Review is a request before its question: the documents have been looked at
// and frozen, and their stamps may still be placed. Its methods may be called
// from several goroutines. What stands when Request.Review returns is what the
// person is asked; then it can only be read, until the request has ended. So it is
// once it is settled.
type Review struct {
	s          *Service
	ctx        context.Context // ends with the request
	identities []Identity
	notices    []verify.Message
	wish       *Wish // as it was asked for
	asked      Profile

	profiles []Profile

	placing sync.Mutex // held while another proposal is tried; taken before mu

	mu        sync.Mutex
	over      bool
	r         Request
	originals []*original
}

// A Proposal is what would be asked now.
type Proposal struct {
	Question
	// Spots are where the stamps of the Question's Documents stand.
	Spots []Spot
	// Profile is what the signatures stand for, Profiles what else they could;
	// Template names what the stamps are made of, empty without stamps.
	Profile  Profile
	Profiles []Profile
	Template string
	// CanPlace: there is a stamp, and no field of the document holds it.
	CanPlace bool
}

// Spot is where a stamp stands. Page 0: there is none, or no place for it.
type Spot struct {
	placement.Place
	// Missing is why there is no place. The document cannot be signed then.
	Missing error
}

// Proposal tells what would be asked now.
func (v *Review) Proposal() Proposal {
	v.mu.Lock()
	defer v.mu.Unlock()
	q, shown := question(v.r, v.originals, v.identities, v.notices)
	p := Proposal{Question: q, Profile: v.r.Profile, Profiles: v.profiles, CanPlace: v.canPlace()}
	if v.r.Stamp != nil {
		p.Template = v.r.Stamp.Template.Name()
	}
	for _, o := range shown {
		s := Spot{Missing: o.unplaced}
		if o.at != nil {
			if s.Place = o.at.Place; s.Page == 0 {
				s.Place = o.at.seen
			}
		}
		p.Spots = append(p.Spots, s)
	}
	return p
}

// canPlace: the stamp has no field, whose place is the document's own. mu is held.
func (v *Review) canPlace() bool { return v.r.Stamp != nil && v.r.Field == "" }

// ReadAt reads a document, one of the Proposal's, as it was hashed: other bytes
// are an ErrChanged, and those beyond its end an ErrRequest.
func (v *Review) ReadAt(document int, p []byte, off int64) (int, error) {
	o, err := v.document(document)
	if err != nil {
		return 0, err
	}
	if off < 0 || off > o.Size || int64(len(p)) > o.Size-off {
		return 0, fmt.Errorf("read %d bytes at %d of %d: %w", len(p), off, o.Size, ErrRequest)
	}
	if fixed, ok := o.Data.(*bound); ok {
		defer fixed.forget() // there may be hundreds that are looked at
	}
	return contextReader{v.ctx, o.Data}.ReadAt(p, off)
}

func (v *Review) document(number int) (*original, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	shown := shownOf(v.originals)
	if number < 0 || number >= len(shown) {
		return nil, fmt.Errorf("document %d of %d: %w", number, len(shown), ErrRequest)
	}
	return shown[number], nil
}

// All stands for all documents in Place.
const All = -1

// Place proposes another place for the stamp of a document, or of All; a zero
// place is the one that the template names. profile, when not nil, is what the
// signatures shall stand for, of all documents alike. The documents it concerns
// are proposed anew over the very bytes that were frozen. With an error, a
// *DocumentError where there are several, everything stays as it was.
func (v *Review) Place(ctx context.Context, document int, at placement.Place, profile *Profile) error {
	v.placing.Lock()
	defer v.placing.Unlock()
	v.mu.Lock()
	r, originals, may := v.r, v.originals, !v.over && v.canPlace()
	v.mu.Unlock()
	shown := shownOf(originals)
	if !may || document < All || document >= len(shown) {
		return fmt.Errorf("place the stamp of document %d of %d: %w", document, len(shown), ErrRequest)
	}
	if profile != nil && *profile != r.Profile {
		if len(shown) > 1 && document != All || !slices.Contains(v.profiles, *profile) {
			return fmt.Errorf("profile %q for document %d: %w", *profile, document, ErrRequest)
		}
		if err := v.become(&r, *profile); err != nil {
			return err
		}
	}
	if document != All {
		shown = shown[document : document+1]
	}
	next, err := v.propose(ctx, r, shown, at)
	if err != nil {
		return err
	}
	originals = slices.Clone(originals)
	for _, o := range next {
		originals[o.index] = o
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return fmt.Errorf("the review is over: %w", ErrRequest)
	}
	// Whoever sees that ctx has ended can rely on the Proposal of that moment.
	if err := ctx.Err(); err != nil {
		return err
	}
	v.r, v.originals = r, originals
	return nil
}

// become gives r another profile, and the stamp that belongs to it.
func (v *Review) become(r *Request, p Profile) error {
	w := *v.wish
	if p != v.asked {
		w.Template = "" // it was named for another profile
	}
	r.Profile, r.Wish, r.Stamp = p, &w, nil
	return v.s.grant(r, v.identities[0])
}

// propose looks how the documents are signed as r says, several at once.
func (v *Review) propose(ctx context.Context, r Request, documents []*original, at placement.Place) ([]*original, error) {
	next, errs := make([]*original, len(documents)), make([]error, len(documents))
	var all sync.WaitGroup
	free := make(chan struct{}, workers())
	for i, old := range documents {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			o := &original{Document: old.Document, index: old.index, summary: old.found, hashed: old.hashed, report: old.report}
			o.Place, next[i] = &at, o
			errs[i] = guard(func() error { return v.s.proposeAnew(ctx, o, v.identities, r) })
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i, o := range next {
		if errs[i] != nil {
			return nil, documentError(Result{Document: o.index, Name: o.Name, Err: errs[i]}, len(documents))
		}
	}
	return next, nil
}

// proposeAnew reads o, whose bytes are bound, and proposes. Somebody has chosen:
// there is a place or an error.
func (s *Service) proposeAnew(ctx context.Context, o *original, ids []Identity, r Request) error {
	if fixed, ok := o.Data.(*bound); ok {
		defer fixed.forget()
	}
	doc, err := openPDF(contextReader{ctx, o.Data}, o.Size)
	if err == nil {
		err = s.propose(ctx, doc, o, ids, r)
	}
	if err == nil {
		err = o.unplaced
	}
	return err
}

// Settle ends the placing: what stands now is what the person is asked. With an
// error, which is Ready's, it goes on.
func (v *Review) Settle() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.ready(); err != nil {
		return err
	}
	v.over = true
	return nil
}

// Ready tells why the person cannot be asked yet: a document that must be signed
// has no place for its stamp.
func (v *Review) Ready() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ready()
}

// ready is Ready. mu is held.
func (v *Review) ready() error {
	shown := shownOf(v.originals)
	for _, o := range shown {
		if o.unplaced == nil && v.r.OnError == Continue {
			return nil
		}
		if o.unplaced != nil && v.r.OnError == Stop {
			return documentError(Result{Document: o.index, Name: o.Name, Err: o.unplaced}, len(v.originals))
		}
	}
	if v.r.OnError == Continue {
		return documentError(Result{Document: shown[0].index, Name: shown[0].Name, Err: shown[0].unplaced}, len(v.originals))
	}
	return nil
}

// review has the person look at what was frozen, when r asks for that, and gives
// what came of it.
func (s *Service) review(ctx, reading context.Context, r Request, originals []*original, ids []Identity, notices []verify.Message) (Request, []*original, error) {
	if r.Review == nil {
		return r, originals, nil
	}
	v := &Review{s: s, ctx: reading, identities: ids, notices: notices, wish: r.Wish, asked: r.Profile, r: r, originals: originals}
	v.profiles = s.profilesFor(r, ids[0])
	asking, stop := context.WithTimeout(ctx, s.askTimeout)
	defer stop()
	err := answered(ctx, asking, r.Review(asking, v))
	if err == nil {
		err = v.Ready()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.over = true
	if err != nil {
		return r, nil, err
	}
	for _, o := range v.originals {
		if o.err == nil {
			o.err = o.unplaced
		}
	}
	return v.r, v.originals, nil
}

// profilesFor are what a signature that asks for a stamp by name could stand for:
// those whose stamp can be made here.
func (s *Service) profilesFor(r Request, id Identity) (list []Profile) {
	if r.Wish == nil || r.Field != "" {
		return nil
	}
	w := *r.Wish
	w.Template = ""
	for _, p := range profiles {
		if p == r.Profile {
			list = append(list, p)
			continue
		}
		if p == ProfileNone {
			continue
		}
		if t, err := s.stamps(w, p, id); err == nil {
			if _, err := t.lay(id, r.Reason, s.clock()); err == nil {
				list = append(list, p)
			}
		}
	}
	return list
}
