package verify

import (
	"crypto"
	"slices"
	"strings"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/tsp"
)

// answer is how a signature meets one demand of its field.
type answer int

const (
	met answer = iota
	unmet
	unjudged
)

// when answers met or unmet.
//
//go:noinline
func when(ok bool) answer {
	if ok {
		return met
	}
	return unmet
}

// demands sorts the demands of a seed value by their answers, each by the name
// of its entry.
type demands struct{ violated, unjudged, advice []string }

//go:noinline
func (d *demands) add(name string, required bool, a answer) {
	switch {
	case a == met:
	case !required:
		d.advice = append(d.advice, name)
	case a == unmet:
		d.violated = append(d.violated, name)
	default:
		d.unjudged = append(d.unjudged, name)
	}
}

// seed judges what the field asks of its signature by a seed value (ISO
// 32000-2, 12.7.5.5), as the signed revision has it: ETSI EN 319 102-1, 5.2.8,
// holds it against the signature's constraints. Advice that was not followed
// is a warning.
func (j *judge) seed(s *signed, out *Signature) *failure {
	v := j.doc.Revision(s.Revision)
	field := s.Field.Dict
	if s.Field.Ref.Number != 0 {
		d, err := v.Dict(s.Field.Ref)
		if err != nil {
			return indeterminate("SIG_CONSTRAINTS_FAILURE", with(&msgSeedValue, err.Error()))
		}
		field = d
	}
	seed, err := pades.ReadSeed(v, field)
	if err != nil {
		return indeterminate("SIG_CONSTRAINTS_FAILURE", with(&msgSeedValue, err.Error()))
	}
	if seed == nil {
		return nil
	}
	var d demands
	j.dictionaryDemands(&d, seed, s, v, field, out)
	j.contentDemands(&d, seed, s)
	d.add("Ff", true, either(seed.Required < pades.SeedUndefined && seed.Required >= 0, unjudged))
	if seed.Certificate != nil {
		j.certificateDemands(&d, seed.Certificate, s)
	}
	if len(d.advice) > 0 {
		out.warn(with(&msgSeedAdvice, strings.Join(d.advice, ", ")))
	}
	switch {
	case len(d.violated) > 0:
		return indeterminate("SIG_CONSTRAINTS_FAILURE", with(&msgSeedViolated, strings.Join(d.violated, ", ")))
	case len(d.unjudged) > 0:
		return indeterminate("SIG_CONSTRAINTS_FAILURE", with(&msgSeedValue, strings.Join(d.unjudged, ", ")))
	}
	return nil
}

// either answers met or else.
//
//go:noinline
func either(ok bool, otherwise answer) answer {
	if ok {
		return met
	}
	return otherwise
}

// dictionaryDemands judges what the signature dictionary and the document
// answer.
func (j *judge) dictionaryDemands(d *demands, seed *pades.Seed, s *signed, v pdf.View, field *pdf.Dict, out *Signature) {
	has := func(f pades.SeedFlags) bool { return seed.Required&f != 0 }
	filter, _ := v.Resolve(s.Dict.Get("Filter"))
	d.add("Filter", has(pades.SeedFilter), when(seed.Filter == "" || filter == pdf.Object(pdf.Name(seed.Filter))))
	d.add("SubFilter", has(pades.SeedSubFilter), when(seed.SubFilter == nil || slices.Contains(seed.SubFilter, s.SubFilter)))
	d.add("V", has(pades.SeedV), either(seed.V <= 3, unjudged))

	reason, err := v.Resolve(s.Dict.Get("Reason"))
	given, _ := reason.(pdf.String)
	switch {
	case err != nil:
		d.add("Reasons", has(pades.SeedReasons), unjudged)
	case len(seed.Reasons) == 0 || len(seed.Reasons) == 1 && (seed.Reasons[0] == "." || seed.Reasons[0] == ""):
		// This says "none" only as a condition.
		if has(pades.SeedReasons) {
			d.add("Reasons", true, when(reason == nil))
		}
	default:
		d.add("Reasons", has(pades.SeedReasons), when(reason != nil && slices.Contains(seed.Reasons, given.Text())))
	}

	permission, _, err := pades.MDP(v, s.Dict)
	if err != nil {
		permission = pades.NoChanges
	}
	if seed.MDP != nil {
		certified := out.Kind == "certification"
		switch p := *seed.MDP; {
		case p == 0:
			d.add("MDP", true, when(permission == 0 && !certified))
		case p >= pades.NoChanges && p <= pades.Annotating:
			d.add("MDP", true, when(permission == p && certified))
		default:
			d.add("MDP", true, unjudged)
		}
	}
	lock := permission
	if _, p, ok, err := pades.FieldLock(v, field); err != nil || ok && p == pades.NoChanges {
		lock = pades.NoChanges
	}
	switch seed.LockDocument {
	case "", "auto":
	case "true":
		d.add("LockDocument", has(pades.SeedLockDocument), when(lock == pades.NoChanges))
	case "false":
		d.add("LockDocument", has(pades.SeedLockDocument), when(lock != pades.NoChanges))
	default:
		d.add("LockDocument", has(pades.SeedLockDocument), unjudged)
	}
	if seed.LegalAttestations != nil {
		d.add("LegalAttestation", has(pades.SeedLegalAttestation), attested(v, seed.LegalAttestations))
	}
	// Names of appearances are private to the program that signs.
	d.add("AppearanceFilter", has(pades.SeedAppearanceFilter), either(seed.AppearanceFilter == "" || !has(pades.SeedAppearanceFilter), unjudged))
}

// attested looks for the document's legal attestation (12.8.7) in list.
func attested(v pdf.View, list []string) answer {
	root, err := v.Catalog()
	if err != nil {
		return unjudged
	}
	legal, err := v.Dict(root.Get("Legal"))
	if err != nil {
		return unjudged
	}
	o, err := v.Resolve(legal.Get("Attestation"))
	text, ok := o.(pdf.String)
	if err != nil || !ok {
		return unjudged
	}
	return when(slices.Contains(list, text.Text()))
}

// contentDemands judges what the CMS answers.
func (j *judge) contentDemands(d *demands, seed *pades.Seed, s *signed) {
	if seed.DigestMethods != nil {
		a := when(s.accepts(seed.DigestMethods))
		if key := s.signer.Algorithm.Key; a == unmet && key != algorithm.RSA && key != algorithm.RSAPSS {
			a = unjudged // the entry is defined for RSA keys
		}
		d.add("DigestMethod", seed.Required&pades.SeedDigestMethod != 0, a)
	}
	if seed.AddRevInfo {
		// Evidence in the DSS is not meant: it is not part of the signature.
		_, err := s.signer.Attribute(cms.OIDRevocationArchival)
		_, crls, ocsps := s.signer.Evidence()
		adobe := s.SubFilter == "adbe.pkcs7.detached" || s.SubFilter == "adbe.pkcs7.sha1"
		d.add("AddRevInfo", seed.Required&pades.SeedAddRevInfo != 0, when(adobe && err == nil && len(crls)+len(ocsps) > 0))
	}
	if seed.Timestamp {
		d.add("TimeStamp", true, when(slices.ContainsFunc(s.signer.Timestamps(), s.stampedBy)))
	}
}

// accepts tells whether each digest the signature rests on is in list.
func (s *signed) accepts(list []string) bool {
	digests := []crypto.Hash{s.signer.Digest}
	if s.SubFilter == "adbe.pkcs7.sha1" {
		digests = append(digests, crypto.SHA1)
	}
	plain := func(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "")) }
	for _, h := range digests {
		if !slices.ContainsFunc(list, func(name string) bool { return plain(name) == plain(h.String()) }) {
			return false
		}
	}
	return true
}

// stampedBy tells whether token is a timestamp over this signature's value.
// Whether the TSA is trusted is judged elsewhere.
func (s *signed) stampedBy(token []byte) bool {
	t, err := tsp.Parse(token)
	if err != nil || !t.Hash.Available() {
		return false
	}
	h := t.Hash.New()
	h.Write(s.signer.Value)
	_, err = t.Verify(h.Sum(nil))
	return err == nil
}
