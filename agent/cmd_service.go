package main

import (
	"fmt"

	"kyso/agent/internal/service"
)

type serviceCmd struct {
	Action string `arg:"" enum:"install,uninstall,start,stop,status" help:"install (cài đặt), uninstall (gỡ), start (chạy), stop (dừng), status (tình trạng). / install, uninstall, start, stop or status."`
}

func (c *serviceCmd) Run(e *env) error {
	s, err := service.New(loginProgram(e.self()[0]), []string{"agent"})
	if err != nil {
		return err
	}
	switch c.Action {
	case "install":
		return s.Install()
	case "uninstall":
		return s.Uninstall()
	case "start":
		return s.Start()
	case "stop":
		return s.Stop()
	}
	status, err := s.Status()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, status)
	return err
}
