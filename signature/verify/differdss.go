package verify

import "kyso/signature/pdf"

// maxListed bounds the evidence of one list: documents signed a hundred times
// list some thousand.
const maxListed = 100_000

// dss allows changes of what the document security store lists (ISO 32000-2,
// 12.8.4.3): nothing there is shown, and evidence proves itself. But no listed
// stream may change, what is listed must be streams, and what is removed is
// missing for the signatures that had it.
func (d *difference) dss(a, b pdf.Object) {
	old, new := d.dicts(a, b)
	if old == nil && new == nil && b == nil {
		return
	}
	n := number(b)
	if n == 0 {
		n = number(d.new.Trailer().Get("Root"))
	}
	if b == nil {
		d.removed(n, "DSS")
		return
	}
	if new == nil || new.Duplicate != "" || !d.explain(a, b) {
		d.note(n, forNothing, "EVIDENCE_FORGED", "")
		return
	}
	before := len(d.added) + len(d.changed)
	touched := !pdf.Equal(old, new)
	removed := len(d.changes)
	for _, e := range new.Entries {
		switch e.Key {
		case "Type":
			if e.Value != pdf.Name("DSS") && e.Value != old.Get("Type") {
				d.note(n, forNothing, "EVIDENCE_FORGED", "")
			}
		case "Certs", "CRLs", "OCSPs":
			d.evidenceList(n, e.Key, old.Get(e.Key), e.Value)
		case "VRI":
			d.vri(n, old.Get("VRI"), e.Value)
		default: // extensions of PAdES; what they hold is explained nowhere
			d.explainNew(e.Value)
		}
	}
	if old != nil {
		for _, e := range old.Entries {
			if new.Entry(e.Key) == nil {
				d.removed(n, "DSS", e.Key)
			}
		}
	}
	// Some writers put a new store, with new evidence, in the place of the old
	// one, whose evidence stays in the file. A store that only loses is another
	// thing.
	if d.gained > 0 {
		for i := removed; i < len(d.changes); i++ {
			if c := &d.changes[i]; c.code == "EVIDENCE_REMOVED" {
				c.class, c.code = forEvidence, "EVIDENCE_RENEWED"
			}
		}
	}
	if touched || before != len(d.added)+len(d.changed) {
		d.note(n, forEvidence, "EVIDENCE", "")
	}
}

func isStream(o pdf.Object) bool {
	_, ok := o.(*pdf.Stream)
	return ok
}

// evidenceList explains a list of streams.
func (d *difference) evidenceList(n int, key pdf.Name, was, o pdf.Object) {
	a, err := d.new.Array(o)
	if d.untouched(was, o) {
		for _, e := range a {
			d.evidence[number(e)] = true
		}
		return // as it was, whatever it was
	}
	before, _ := d.old.Array(was)
	if err != nil || a == nil || len(a) > maxListed || !d.explain(was, o) || !d.streams(a) {
		d.note(n, forNothing, "EVIDENCE_FORGED", "")
		return
	}
	// What another list has is not lost: writers number them anew.
	lost := 0
	for _, e := range before {
		if !d.evidence[number(e)] {
			lost++
		}
	}
	if lost > len(a) {
		d.removed(n, "DSS", key)
	}
}

// streams explains what a list holds: streams, each an object of its own.
func (d *difference) streams(a pdf.Array) bool {
	for _, o := range a {
		ref, ok := o.(pdf.Ref)
		if !ok {
			return false
		}
		s, err := d.new.Object(ref)
		if err != nil || !isStream(s) {
			return false
		}
		d.evidence[ref.Number] = true
		if d.fresh[ref.Number] {
			d.gained++
		}
		d.explainNew(ref)
	}
	return true
}

// vri judges the evidence grouped by signature. Its keys are hexadecimal
// digests of signatures.
func (d *difference) vri(n int, a, b pdf.Object) {
	old, new := d.dicts(a, b)
	if new == nil && d.untouched(a, b) {
		return
	}
	if new == nil || new.Duplicate != "" || !d.explain(a, b) {
		d.note(n, forNothing, "EVIDENCE_FORGED", "")
		return
	}
	before, after := old.Lookup(), new.Lookup()
	if old != nil {
		for _, e := range old.Entries {
			if after(e.Key) == nil {
				d.removed(n, "DSS", "VRI", e.Key)
			}
		}
	}
	for _, e := range new.Entries {
		if e.Key == "Type" {
			continue
		}
		var was pdf.Object
		if entry := before(e.Key); entry != nil {
			was = entry.Value
		}
		is := plain(d.new, e.Value)
		if d.untouched(was, e.Value) && d.unchangedVRI(is) {
			continue
		}
		if is == nil || !digestKey(e.Key) || is.Duplicate != "" {
			d.note(n, forNothing, "EVIDENCE_FORGED", "")
			continue
		}
		if !d.explain(was, e.Value) {
			continue
		}
		if ref, ok := e.Value.(pdf.Ref); ok {
			d.evidence[ref.Number] = true
		}
		lists := plain(d.old, was)
		for _, entry := range is.Entries {
			switch entry.Key {
			case "Cert", "CRL", "OCSP":
				a, err := d.new.Array(entry.Value)
				if err != nil || a == nil || !d.explain(lists.Get(entry.Key), entry.Value) || !d.streams(a) {
					d.note(n, forNothing, "EVIDENCE_FORGED", "")
				}
			case "TS", "TU", "Type":
				d.explainNew(entry.Value)
			default:
				d.note(n, forUnknown, "UNEXPLAINED", "")
			}
		}
	}
}

// untouched tells whether a value, and the object it refers to, are as they
// were.
func (d *difference) untouched(was, is pdf.Object) bool {
	n := number(is)
	return was != nil && pdf.Equal(was, is) && !d.changed[n] && !d.fresh[n]
}

// unchangedVRI tells whether the lists of a group, which may be objects of
// their own, are as they were.
func (d *difference) unchangedVRI(g *pdf.Dict) bool {
	if g == nil {
		return true
	}
	for _, e := range g.Entries {
		if d.changed[number(e.Value)] || d.added[number(e.Value)] {
			return false
		}
	}
	return true
}

// digestKey tells whether a key of the VRI dictionary is a digest in
// hexadecimal digits (ISO 32000-2, table 262), of SHA-1 or, as some writers
// have it, a longer one.
func digestKey(key pdf.Name) bool {
	if len(key) < 40 || len(key) > 128 {
		return false
	}
	for _, c := range key {
		if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

// maxSince bounds the revisions looked at for when something came.
const maxSince = 64

// removed notes that what stood under the path from the catalog is gone. A
// signature from before it came never had it.
func (d *difference) removed(n int, path ...pdf.Name) {
	since := d.old.Number()
	for r := since - 1; r > 0; r-- {
		if d.compared++; d.old.Number()-r > maxSince || d.compared > maxCompared {
			since = 0
			break
		}
		o, err := d.old.Earlier(r).Catalog()
		for _, key := range path {
			if err == nil {
				var next *pdf.Dict
				if key == path[len(path)-1] {
					if o.Get(key) == nil {
						o = nil
					}
					break
				}
				next, err = d.old.Earlier(r).Dict(o.Get(key))
				o = next
			}
		}
		if err != nil || o != nil {
			since = r
			continue
		}
		break
	}
	d.note(n, forUnknown, "EVIDENCE_REMOVED", "")
	if last := &d.changes[len(d.changes)-1]; last.code == "EVIDENCE_REMOVED" {
		last.since = since
	}
}
