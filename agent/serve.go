package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/consent"
	"kyso/agent/internal/nativehost"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/peer"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/stamps"
	"kyso/agent/internal/token"
	"kyso/agent/internal/tray"
	"kyso/agent/internal/vgca"
	"kyso/signature/verify"
)

// serving is what one agent is made of.
type serving struct {
	rules  rules
	source *token.Combined
	levels *signing.Levels // nil: B-B alone
	verify func() verify.Policy
	key    *origin.Key
	sites  *origin.Sites
	log    *slog.Logger
	tray   bool
	// machine: it is this logon session's agent, which others look for.
	machine bool
	state   string // folder of the log and of choices; empty is the person's own
	ready   func(url string)
}

// serve runs an agent until ctx ends or the person quits it from the tray.
func (e *env) serve(ctx context.Context, s serving) error {
	if s.rules.Language == "" {
		s.rules.Language = e.language
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	service, ask, err := e.agentService(s)
	if err != nil {
		return err
	}
	states, tokens := make(chan bridge.State, 1), make(chan struct{}, 1)
	tried := s.rules.Ports
	if len(tried) == 0 {
		tried = bridge.DefaultPorts
	}
	check := peer.Check(peerOptions(s.rules, s.log))
	vouchers, road := new(origin.Vouchers), new(reviewRoad)
	server, err := bridge.NewServer(bridge.Options{
		Signing: service, Key: s.key, Sites: s.sites, Peer: check, AskPairing: ask.pairing, Tokens: tokens, Vouchers: vouchers,
		Policy: s.verify, Version: version, Language: s.rules.Language,
		// With more people than ports the last still gets an agent, and is told
		// why no page finds it.
		Ports:            append(slices.Clone(tried), 0),
		MaxDocumentBytes: s.rules.MaxDocumentBytes, Log: s.log,
		HashSigning: func(o origin.Origin) bool { return slices.Contains(s.rules.HashSigningOrigins, o.String()) },
		Reviews:     road.reviews(s.rules.Extension.Review),
		OnChange:    func(st bridge.State) { newest(states, st) },
	})
	if err != nil {
		return err
	}
	if err := server.Listen(); err != nil {
		return err
	}
	if s.machine {
		defer e.announce(server.Port(), tried, s.key, s.log)()
		if !s.rules.VGCA.Enabled {
			go forgetLocal(ctx, s.log)
		}
	}
	allowed := vgca.AllowedFunc(func(o origin.Origin) bool { return s.sites.Standing(o, nil) == origin.Listed })
	older, err := e.serveOlder(ctx, olderParts{rules: s.rules.Policy, service: service, origins: allowed, peer: check, verify: s.verify, log: s.log, turn: server.Turn})
	if err != nil {
		server.Close()
		return err
	}
	defer func() { cancel(); older() }()
	s.ready(server.URL())

	var extension *nativehost.Server
	if s.machine {
		extension = e.serveExtension(ctx, extensionParts{serving: s, service: service, bridge: server, vouchers: vouchers, road: road})
	}
	board := newBoard(service, s.rules.Language, s.tray)
	go s.source.Watch(ctx, func() {
		newest(tokens, struct{}{})
		if extension != nil {
			extension.TokensChanged()
		}
		board.look(ctx)
	})
	if !s.tray {
		return server.Serve(ctx)
	}
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx)
		cancel()
	}()
	go board.run(ctx, states)
	err = tray.Run(ctx, tray.Options{Title: "Kyso", Language: s.rules.Language}, board.updates)
	cancel() // the person chose to quit
	return errors.Join(err, <-served)
}

// agentService is what signs for pages, and who asks the person.
func (e *env) agentService(s serving) (*signing.Service, questions, error) {
	audit, err := e.auditLog(s.state)
	if err != nil {
		return nil, questions{}, err
	}
	var window asker = consent.NewChild(e.self("ask"))
	if s.rules.InjectedInput == "allow" {
		window = allowing{window}
	}
	ask := questions{window, audit}
	service, err := signing.New(signing.Options{
		Keys: &keys{source: s.source}, Approver: approver{window}, ApproveData: ask.data, Choose: ask.choose,
		Clock: time.Now, MaxDocumentBytes: s.rules.MaxDocumentBytes, Levels: s.levels, Level: s.rules.Level,
		Audit: audit, Stamps: stamps.Default().Make, Choices: remembered(s.state),
	})
	return service, ask, err
}

// newest puts v into ch in place of one nobody has read yet.
func newest[T any](ch chan T, v T) {
	for {
		select {
		case ch <- v:
			return
		default:
		}
		select {
		case <-ch:
		default:
		}
	}
}
