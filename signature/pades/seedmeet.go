package pades

import (
	"crypto"
	"slices"
	"strings"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// A SeedError says what the author of a field asks of its signature that
// cannot be met.
type SeedError struct {
	// Demand is the entry of the seed value (ISO 32000-2, tables 237 and 238).
	Demand string
	// Wanted lists what would be accepted, where that can be said in text.
	Wanted []string
}

func (e *SeedError) Error() string {
	s := "the signature field asks for something else by its " + e.Demand
	if len(e.Wanted) > 0 {
		s += ": " + strings.Join(e.Wanted, ", ")
	}
	return s
}

// offered are the digests that are signed with, in the order of preference.
var offered = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}

// meet holds o against the seed value of the field. What o leaves open is
// chosen so that it fits: the digest, the reason where there is but one, the
// certification. What is a condition and cannot be met is a *SeedError; advice
// binds nobody.
func (p *place) meet(o *Options) error {
	var seed *Seed
	if p.field != nil {
		var err error
		if seed, err = ReadSeed(p.doc.View, p.field.Dict); err != nil {
			return small.Errorf("%w: %w", &SeedError{Demand: "SV"}, err)
		}
	}
	if seed != nil {
		if err := p.meetSeed(seed, o); err != nil {
			return err
		}
	}
	if o.Hash == 0 {
		o.Hash = crypto.SHA256
	}
	return nil
}

func (p *place) meetSeed(seed *Seed, o *Options) error {
	must := func(f SeedFlags) bool { return seed.Required&f != 0 }
	refuse := func(demand string, wanted ...string) error { return &SeedError{demand, wanted} }
	switch {
	case seed.Required < 0 || seed.Required >= SeedUndefined:
		return refuse("Ff")
	case must(SeedFilter) && seed.Filter != "" && seed.Filter != filter:
		return refuse("Filter", seed.Filter)
	case must(SeedSubFilter) && seed.SubFilter != nil && !slices.Contains(seed.SubFilter, subFilter):
		return refuse("SubFilter", seed.SubFilter...)
	case must(SeedV) && seed.V > 3:
		return refuse("V")
	case must(SeedAddRevInfo) && seed.AddRevInfo:
		return refuse("AddRevInfo") // an attribute of another format than PAdES
	case must(SeedAppearanceFilter) && seed.AppearanceFilter != "":
		return refuse("AppearanceFilter", seed.AppearanceFilter) // private to some program
	case seed.Timestamp && !o.Timestamp:
		return refuse("TimeStamp", seed.TimestampURL)
	}
	if err := chooseDigest(seed, o); err != nil {
		return err
	}
	if err := chooseReason(seed, o); err != nil {
		return err
	}
	if m := seed.MDP; m != nil {
		if *m < 0 || *m > Annotating {
			return refuse("MDP")
		}
		if o.Certify == 0 {
			o.Certify = *m
		}
		if o.Certify != *m || *m != 0 && p.first() != nil {
			return refuse("MDP")
		}
	}
	closes := o.Certify == NoChanges || p.permission == NoChanges
	if must(SeedLockDocument) && (seed.LockDocument == "true" && !closes || seed.LockDocument == "false" && closes) {
		return refuse("LockDocument", seed.LockDocument)
	}
	if must(SeedLegalAttestation) && seed.LegalAttestations != nil && !p.attested(seed.LegalAttestations) {
		return refuse("LegalAttestation", seed.LegalAttestations...)
	}
	if seed.Certificate != nil && o.Certificate != nil {
		return seed.Certificate.meet(o)
	}
	return nil
}

func chooseDigest(seed *Seed, o *Options) error {
	if seed.DigestMethods == nil {
		return nil
	}
	plain := func(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "")) }
	accepts := func(h crypto.Hash) bool {
		return slices.ContainsFunc(seed.DigestMethods, func(name string) bool { return plain(name) == plain(h.String()) })
	}
	if o.Hash == 0 {
		if i := slices.IndexFunc(offered, accepts); i >= 0 {
			o.Hash = offered[i]
			return nil
		}
	}
	if seed.Required&SeedDigestMethod != 0 && (o.Hash == 0 || !accepts(o.Hash)) {
		return &SeedError{"DigestMethod", seed.DigestMethods}
	}
	return nil
}

// chooseReason takes a reason that is demanded where there is no other: none,
// or the only one. A reason that somebody gave is never replaced.
func chooseReason(seed *Seed, o *Options) error {
	if seed.Required&SeedReasons == 0 {
		return nil
	}
	none := len(seed.Reasons) == 0 || len(seed.Reasons) == 1 && (seed.Reasons[0] == "." || seed.Reasons[0] == "")
	if !none && o.Reason == "" && len(seed.Reasons) == 1 {
		o.Reason = seed.Reasons[0]
	}
	if none && o.Reason != "" || !none && !slices.Contains(seed.Reasons, o.Reason) {
		return &SeedError{"Reasons", seed.Reasons}
	}
	return nil
}

// attested tells whether the document's legal attestation (12.8.7) is in list.
func (p *place) attested(list []string) bool {
	root, err := p.doc.Catalog()
	if err != nil {
		return false
	}
	legal, err := p.doc.Dict(root.Get("Legal"))
	if err != nil {
		return false
	}
	o, _ := p.doc.Resolve(legal.Get("Attestation"))
	text, ok := o.(pdf.String)
	return ok && slices.Contains(list, text.Text())
}
