package vgca

import "kyso/agent/internal/origin"

// maxFileSites bounds the sites whose documents are here at a time, and with them
// the disk. A site has one question with documents under way, from its first byte
// on: one whose server is slow holds up nobody but itself.
const maxFileSites = 4

// takeSlot lets a site's question with documents in, unless it or too many others
// have one; leave ends it.
func (s *Server) takeSlot(o origin.Origin) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, busy := s.fileSites[o]; busy || len(s.fileSites) >= maxFileSites {
		return nil, false
	}
	s.fileSites[o] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.fileSites, o)
	}, true
}
