//go:build linux || darwin

package service

import "github.com/kardianos/service"

// program is never run by the library; it only installs.
type program struct{}

func (program) Start(service.Service) error { return nil }
func (program) Stop(service.Service) error  { return nil }
