package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/consent"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/policy"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/stamps"
	"kyso/agent/internal/token"
	"kyso/agent/internal/tray"
	"kyso/agent/internal/vgca"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

type agentCmd struct {
	Trust  []string `help:"CA gốc tin cậy khi kiểm tra cho trang web, thay cho kho tin cậy. / Trust anchors for verifying for pages, instead of the trust store." placeholder:"FILE|DIR" sep:"none"`
	NoTray bool     `help:"Không đặt biểu tượng vào khay hệ thống. / No tray icon."`
}

func (c *agentCmd) Run(e *env) error {
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	taken, err := onlyAgent()
	if err != nil {
		return fmt.Errorf("look for another agent: %w", err)
	}
	if !taken {
		// Not an error: started twice at login, one of them is enough.
		e.say("Kyso đã chạy trong phiên làm việc này.", "Kyso is running in this session already.")
		return nil
	}
	store := e.builtInStore
	if len(c.Trust) > 0 {
		anchors, err := readAnchors(c.Trust)
		if err != nil {
			return err
		}
		store = func() *trust.Store { return trust.NewStore(anchors...) }
	}
	var sources []token.Source
	if r.AllowPKCS12 {
		for _, path := range r.PKCS12Files {
			s, err := openPKCS12(path)
			if err != nil {
				return err
			}
			sources = append(sources, s)
		}
	}
	source := token.Combine(append(sources, e.modules(r))...)
	defer source.Close()
	levels, err := e.agentLevels(r, store)
	if err != nil {
		return err
	}
	if !r.VGCA.Enabled {
		go forgetLocal(e.ctx, slog.New(slog.NewTextHandler(e.err, nil)))
	}
	return e.serve(e.ctx, serving{
		rules: r.Policy, source: source, levels: levels, tray: !c.NoTray,
		verify: func() verify.Policy { return verify.Policy{Trust: store(), At: time.Now()} },
		ready:  func(url string) { fmt.Fprintln(e.err, "kyso:", url) },
	})
}

// serving is what one agent is made of.
type serving struct {
	rules  policy.Policy
	source token.Source
	levels *signing.Levels // nil: B-B alone
	verify func() verify.Policy
	tray   bool
	state  string // folder of the log and of choices; empty is the person's own
	ready  func(url string)
}

// serve runs an agent until ctx ends or the person quits it from the tray.
func (e *env) serve(ctx context.Context, s serving) error {
	language := e.language
	if s.rules.Language != "" {
		language = s.rules.Language
	}
	log, err := e.auditLog(s.state)
	if err != nil {
		return err
	}
	service, err := signing.New(signing.Options{
		Keys: &keys{source: s.source}, Approver: approver{consent.NewChild(e.self("ask"))},
		Clock: time.Now, MaxDocumentBytes: s.rules.MaxDocumentBytes, Levels: s.levels, Level: s.rules.Level,
		Audit: log, Stamps: stamps.Default().Make, Choices: remembered(s.state),
	})
	if err != nil {
		return err
	}
	origins, err := origin.NewList(s.rules.AllowedOrigins...)
	if err != nil {
		return err
	}
	key, err := origin.NewKey()
	if err != nil {
		return err
	}
	states := make(chan bridge.State, 1)
	server, err := bridge.NewServer(bridge.Options{
		Signing: service, Key: key, Sites: origins, Policy: s.verify, Version: version, Ports: s.rules.Ports, Language: s.rules.Language,
		MaxDocumentBytes: s.rules.MaxDocumentBytes, Log: slog.New(slog.NewTextHandler(e.err, nil)),
		OnChange: func(st bridge.State) { newest(states, st) },
	})
	if err != nil {
		return err
	}
	if err := server.Listen(); err != nil {
		return err
	}
	s.ready(server.URL())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wait, err := e.serveOlder(ctx, olderParts{
		rules: s.rules, service: service, peer: bridge.SameUser, verify: s.verify, log: slog.New(slog.NewTextHandler(e.err, nil)),
		origins: vgca.AllowedFunc(func(o origin.Origin) bool { _, ok := origins.Allows([]string{o.String()}); return ok }),
	})
	if err != nil {
		server.Close()
		return err
	}
	defer func() { cancel(); wait() }()
	if !s.tray {
		return server.Serve(ctx)
	}
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx)
		cancel()
	}()
	updates := make(chan tray.State, 1)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case st := <-states:
				newest(updates, trayState(st))
			}
		}
	}()
	err = tray.Run(ctx, tray.Options{Title: "Kyso", Language: language}, updates)
	cancel() // the person chose to quit
	return errors.Join(err, <-served)
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

func trayState(s bridge.State) tray.State {
	if s.Signing {
		return tray.State{Condition: tray.Busy}
	}
	return tray.State{Condition: tray.Idle}
}
