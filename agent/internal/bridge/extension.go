package bridge

import (
	"net/http"
	"strings"

	"kyso/agent/internal/origin"
)

// An extension opens the WebSocket in place of a page. Its browser sends the
// extension's origin, and the page's comes with a capability that the agent gave
// over the extension's native connection (package nativehost): as two
// subprotocols, the only text of their own that scripts can put into a
// handshake.
const capabilityProtocol = "kyso.capability."

// resource is what a handshake may ask for: its path, what an extension names
// first among the subprotocols, and what its capability must be for.
type resource struct {
	path, protocol string
	purpose        origin.Purpose
}

// pages is the resource of this protocol.
var pages = resource{path, "kyso.v1", origin.ForPage}

// arrival is for whom a connection is, and how it came.
type arrival struct {
	resource
	origin origin.Origin // the page's; none of a review's
	// by is what an extension showed for the page; nil for a page's own connection.
	by *origin.Voucher
}

// header is what is answered to the handshake beside what must be.
func (a arrival) header() http.Header {
	if a.by == nil {
		return nil
	}
	return http.Header{"Sec-WebSocket-Protocol": {a.protocol}}
}

// asking is who asks, by the Origin header, and by the capability that an
// extension shows. All capabilities of the handshake are used up, whatever comes
// of it.
func (s *Server) asking(r *http.Request, of resource) (arrival, error) {
	protocols := offered(r)
	var shown []string
	for _, p := range protocols {
		if token, ok := strings.CutPrefix(p, capabilityProtocol); ok {
			shown = append(shown, token)
		}
	}
	origins := r.Header.Values("Origin")
	if s.o.Vouchers != nil && len(origins) == 1 && len(protocols) == 2 && protocols[0] == of.protocol && len(shown) == 1 {
		if extension, err := origin.ParseExtension(origins[0]); err == nil {
			v, err := s.o.Vouchers.Redeem(shown[0], of.purpose, extension, s.o.Now())
			return arrival{of, v.Document.Origin, &v}, err
		}
	}
	if len(shown) > 0 {
		if s.o.Vouchers != nil {
			for _, token := range shown {
				s.o.Vouchers.Spoil(token)
			}
		}
		return arrival{}, origin.ErrCapability
	}
	from, err := origin.Asking(origins)
	return arrival{of, from, nil}, err
}

// offered are the subprotocols of a handshake, of all its headers.
func offered(r *http.Request) []string {
	var protocols []string
	for _, header := range r.Header.Values("Sec-WebSocket-Protocol") {
		for p := range strings.SplitSeq(header, ",") {
			protocols = append(protocols, strings.TrimSpace(p))
		}
	}
	return protocols
}

// Busy tells whether somebody's document is being signed, over the bridge or
// through the service, so that the tokens are to be left alone.
func (s *Server) Busy() bool { return s.busy() }
