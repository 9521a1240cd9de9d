package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/policy"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/vgca"
	"kyso/agent/internal/vgca/localcert"
	"kyso/signature/stamp"
	"kyso/signature/verify"
)

// olderParts are what the listener for older pages shares with the agent.
type olderParts struct {
	rules   policy.Policy
	service *signing.Service
	origins vgca.Origins
	peer    func(remote, local netip.AddrPort) error
	verify  func() verify.Policy
	log     *slog.Logger
	turn    func(ctx context.Context, o origin.Origin, documents int) (<-chan []signing.Waiting, func(), error)
}

// serveOlder answers pages written for the VGCA service until ctx ends, if the
// policy says so; wait waits for that end. That the listener cannot start, for
// another program holds its port, is told and is no reason not to serve the
// others.
func (e *env) serveOlder(ctx context.Context, p olderParts) (wait func(), err error) {
	if !p.rules.VGCA.Enabled {
		return func() {}, nil
	}
	o, err := olderOptions(ctx, p)
	if err != nil {
		return nil, err
	}
	server, err := vgca.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("policy key vgca: %w", err)
	}
	if err := server.Listen(); err != nil {
		p.log.Error("older pages are not served", "why", err.Error())
		return func() {}, nil
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ctx); err != nil {
			p.log.Error("older pages are not served any more", "why", err.Error())
		}
	}()
	return func() { <-ended }, nil
}

func olderOptions(ctx context.Context, p olderParts) (vgca.Options, error) {
	v := p.rules.VGCA
	sites, err := fetch.NewSites(fetch.SiteOptions{Hosts: v.Hosts, Proxy: p.rules.FetchProxy, Direct: p.rules.FetchAllowPrivate, MaxBytes: p.rules.MaxDocumentBytes})
	if err != nil {
		return vgca.Options{}, fmt.Errorf("policy key vgca.hosts: %w", err)
	}
	keeper, err := localKeeper()
	if err != nil {
		return vgca.Options{}, err
	}
	keeper.Renewed = func(ca *x509.Certificate) { go trustAgain(ctx, ca, p.log) }
	// Made now, so that it can be installed before the first page asks.
	if _, err := keeper.CA(); err != nil {
		return vgca.Options{}, err
	}
	profiles := map[string]signing.Profile{}
	for method, profile := range v.Profiles {
		if profile == "none" {
			profile = ""
		}
		profiles[method] = signing.Profile(profile)
	}
	return vgca.Options{
		Signing: p.service, Origins: p.origins, Peer: p.peer, Sites: sites, Certificate: keeper.Certificate, Policy: p.verify,
		Version: version, Language: p.rules.Language, MaxDocumentBytes: p.rules.MaxDocumentBytes, Log: p.log,
		Stamp: wish, Turn: p.turn, SessionCookie: v.SessionCookie, Profiles: profiles, Disabled: v.DisabledMethods, AllowOpaqueUnsafe: v.AllowOpaqueMessages,
	}, nil
}

// wish leaves the look of a profile's signatures to what is installed here.
func wish(r *signing.Request, v stamp.Values) error {
	if r.Profile != signing.ProfileNone {
		r.Wish = &signing.Wish{Number: v.Number, Form: v.Form}
	}
	return nil
}

// trustAgain has a renewed certificate trusted where its predecessor was.
func trustAgain(ctx context.Context, ca *x509.Certificate, log *slog.Logger) {
	if !localcert.Installed(ctx) {
		return
	}
	for _, place := range localcert.Install(ctx, ca) {
		if place.Err != nil {
			log.Warn("the renewed certificate of 127.0.0.1 is not trusted everywhere", "where", place.Name, "why", place.Err.Error())
		}
	}
}

// forgetLocal removes what the listener left behind, when the policy does not
// turn it on any more.
func forgetLocal(ctx context.Context, log *slog.Logger) {
	dir, err := localcert.DefaultDir()
	if err != nil {
		return
	}
	if _, err := os.Stat(dir); err != nil {
		return // it was never on
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, place := range localcert.Remove(limited) {
		if place.Err != nil {
			log.Warn("an earlier certificate of 127.0.0.1 may still be trusted; see kyso vgca remove", "where", place.Name, "why", place.Err.Error())
			return // the folder stays, and with it the next try
		}
	}
	if err := localcert.Delete(dir); err != nil {
		log.Warn("an earlier certificate of 127.0.0.1 could not be deleted", "why", err.Error())
	}
}
