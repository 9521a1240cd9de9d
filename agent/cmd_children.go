package main

import (
	"os"

	"kyso/agent/internal/consent"
	"kyso/agent/internal/token"
)

type askCmd struct{}

func (askCmd) Run(e *env) error { return consent.ServeAsk(e.in, e.out) }

type tokenHostCmd struct {
	Module string `arg:"" help:"Thư viện PKCS#11. / PKCS#11 library."`
}

// Run ends the process itself: a library that hangs would keep it.
func (c *tokenHostCmd) Run(e *env) error {
	if err := token.ServeHost(c.Module, e.in, e.out); err != nil {
		return err
	}
	os.Exit(exitOK)
	return nil
}
