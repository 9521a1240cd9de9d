package main

import (
	"context"
	"errors"
	"time"

	"kyso/agent/internal/audit"
	"kyso/agent/internal/bridge"
	"kyso/agent/internal/doctor"
	"kyso/agent/internal/nativehost"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/peer"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
	"kyso/agent/internal/truststore"
)

// extensionParts is what the browser extension is told of.
type extensionParts struct {
	serving
	service  *signing.Service
	bridge   *bridge.Server
	vouchers *origin.Vouchers
	road     *reviewRoad
}

// serveExtension answers the browser extension until ctx ends. It is nil when no
// extension can reach the agent, which is no reason not to run: pages reach it
// directly.
func (e *env) serveExtension(ctx context.Context, p extensionParts) *nativehost.Server {
	s, err := nativehost.NewServer(nativehost.Options{
		Version: version, Port: p.bridge.Port(), Key: p.key.Public(), Vouchers: p.vouchers,
		Standing:   func(o origin.Origin) origin.Standing { return p.sites.Standing(o, nil) },
		Peer:       peer.NativeHost(peerOptions(p.rules, p.log)),
		Extensions: p.rules.Extension.IDs,
		Sites:      p.toldSites, Status: p.status, Anchors: toldAnchors, Log: p.log,
		Greeted: p.greeted, ReviewOpen: opener(p.bridge), Gone: p.bridge.ExtensionGone,
		Doctor: doctorInTurn(p.bridge.Busy, func(ctx context.Context) (any, error) { return e.doctorReport(ctx, p.source), nil }),
	})
	if err == nil {
		err = s.Listen()
	}
	if err != nil {
		p.log.Warn("the browser extension cannot reach the agent", "why", err)
		return nil
	}
	p.road.native.Store(s)
	go s.Serve(ctx)
	return s
}

// greeted is told of an extension that has connected.
func (p extensionParts) greeted(by origin.Background, version string) {
	p.bridge.ExtensionHere(by)
	p.seen(version)
}

// seen notes, for kyso doctor, that the extension was there.
func (p extensionParts) seen(version string) {
	path, err := doctor.SeenPath()
	if err == nil {
		err = doctor.NoteSeen(path, version, time.Now())
	}
	if err != nil {
		p.log.Warn("note that the extension was there", "why", err)
	}
}

// toldSites are those the extension runs on.
func (p extensionParts) toldSites() nativehost.Sites {
	st := p.sites.Status()
	told := nativehost.Sites{Pairing: st.Pairing, Older: p.rules.Extension.VGCAOrigins, Hash: p.rules.HashSigningOrigins, Review: p.rules.Extension.Review}
	by := map[string]string{"policy": "policy", "signed-list": "list", "pairing": "paired"}
	for _, l := range siteLines(st) {
		told.Sites = append(told.Sites, nativehost.Site{Origin: l.Origin, By: by[l.By]})
	}
	return told
}

// toldRequests is how many of the last requests the extension shows.
const toldRequests = 10

// status leaves the tokens alone while somebody is signing.
func (p extensionParts) status(ctx context.Context, language string) (nativehost.Status, error) {
	told := nativehost.Status{Version: version, State: "busy", Tokens: []nativehost.Token{}, Certificates: []nativehost.Certificate{}, Requests: []nativehost.Request{}}
	dir, err := p.state, error(nil)
	if dir == "" {
		dir, err = audit.Dir()
	}
	if err == nil {
		err = p.requests(ctx, dir, &told)
	}
	if err != nil {
		p.log.Warn("read the log for the browser extension", "why", err)
	}
	if p.bridge.Busy() {
		return told, nil
	}
	found, err := p.service.Identities(ctx)
	if err != nil && !errors.Is(err, signing.ErrNoToken) {
		return nativehost.Status{}, nativehost.Fault(signing.Code(err))
	}
	told.State = "ready"
	if len(found) == 0 {
		told.State = "no-token"
	}
	seen := make(map[nativehost.Token]bool)
	for _, id := range found {
		if t := (nativehost.Token{Label: visible(id.TokenLabel), PINState: id.PINState}); !seen[t] {
			seen[t] = true
			told.Tokens = append(told.Tokens, t)
		}
		if id.Certificate != nil {
			told.Certificates = append(told.Certificates, toldCertificate(id, language))
		}
	}
	return told, nil
}

func toldCertificate(id signing.Identity, language string) nativehost.Certificate {
	c := id.Certificate
	x := token.ExpiryAt(c, time.Now(), builtAt())
	told := nativehost.Certificate{Holder: visible(c.Subject.CommonName), Issuer: visible(c.Issuer.CommonName), NotAfter: c.NotAfter.UTC(), DaysLeft: x.DaysLeft}
	if len(c.Subject.Organization) > 0 {
		told.Organisation = visible(c.Subject.Organization[0])
	}
	if x.State != token.ExpiryValid {
		told.Problem = expiryText(x).In(language)
	}
	return told
}

// requests are the last ones of the person's log.
func (p extensionParts) requests(ctx context.Context, dir string, told *nativehost.Status) error {
	last, err := audit.Last(ctx, dir, toldRequests, func(r audit.Record) bool { return r.Decision != "" })
	for _, r := range last {
		told.Requests = append(told.Requests, nativehost.Request{Time: r.Time.UTC(), Site: r.Site, Kind: r.Kind, Decision: r.Decision, Documents: len(r.Documents) + r.Omitted})
	}
	return err
}

func toldAnchors() []nativehost.Anchor {
	certs, _ := truststore.Anchors()
	var told []nativehost.Anchor
	for _, c := range certs {
		told = append(told, nativehost.Anchor{Name: visible(c.Subject.CommonName), DER: c.Raw})
	}
	return told
}
