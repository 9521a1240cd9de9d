package main

import (
	"fmt"
	"log/slog"
	"time"

	"kyso/agent/internal/token"
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
	log := slog.New(slog.NewTextHandler(e.err, nil))
	key, err := agentKey()
	if err != nil {
		return err
	}
	sites, err := e.sites(r, log, false)
	if err != nil {
		return err
	}
	return e.serve(e.ctx, serving{
		rules: r, source: source, levels: levels, tray: !c.NoTray, key: key, sites: sites, log: log, machine: true,
		verify: func() verify.Policy { return verify.Policy{Trust: store(), At: time.Now()} },
		ready:  func(url string) { fmt.Fprintln(e.err, "kyso:", url) },
	})
}
