package main

import (
	"fmt"
	"strings"

	"kyso/agent/internal/choices"
)

type forgetChoicesCmd struct {
	Site string `arg:"" optional:"" help:"Trang web, như https://eoffice.example.gov.vn; bỏ trống là mọi trang. / Web site, such as https://eoffice.example.gov.vn; all of them when left out."`
}

// Run forgets which certificate was chosen for a site, so that it is asked again.
func (c *forgetChoicesCmd) Run(e *env) error {
	f, err := choices.Default()
	if err != nil {
		return err
	}
	sites, err := f.Forget(strings.TrimSuffix(c.Site, "/"))
	if err != nil {
		return err
	}
	for _, s := range sites {
		e.print("Đã quên lựa chọn cho "+visible(s)+".", "Forgot the choice for "+visible(s)+".")
	}
	if len(sites) > 0 {
		return nil
	}
	if c.Site != "" {
		return personError{fmt.Sprintf("Không có lựa chọn nào được ghi nhớ cho %s. Ghi địa chỉ đúng như cửa sổ Kyso hiện.", visible(c.Site)),
			fmt.Sprintf("No choice is remembered for %s. Write the address as Kyso's window shows it.", visible(c.Site))}
	}
	e.print("Không có lựa chọn nào được ghi nhớ.", "No choice is remembered.")
	return nil
}
