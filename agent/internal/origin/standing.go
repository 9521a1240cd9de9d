package origin

// Standing is what an origin, with a page's key, may ask for.
type Standing int

// The standings, from least to most.
const (
	Refused  Standing = iota // nothing at all
	Unpaired                 // to be paired, and nothing else
	Paired                   // what a person paired it for: everything that asks him each time
	Listed                   // the same, by the administrator's word
)
