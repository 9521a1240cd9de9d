package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// inspectTimeout bounds the look at one library: a person waits for it.
const inspectTimeout = 15 * time.Second

// ModuleReport is how one PKCS#11 library is doing.
type ModuleReport struct {
	ModuleFile
	Tokens []TokenSeen
	// Err is why it cannot be used, or not for some of its tokens; a
	// ModuleProblem in it names the cause.
	Err error
}

// TokenSeen is a token as the library shows it without a PIN.
type TokenSeen struct {
	Label, Serial, Model, Manufacturer string
	Certificates                       int
	PIN                                PINState
	PINPad                             bool
}

// Inspect loads each library in a child of its own, all side by side, and tells
// what it sees. No PIN is needed or used. command is as in NewModule.
func Inspect(ctx context.Context, command []string, files []ModuleFile) []ModuleReport {
	reports := make([]ModuleReport, len(files))
	var wg sync.WaitGroup
	for i, f := range files {
		wg.Go(func() { reports[i] = inspect(ctx, command, f) })
	}
	wg.Wait()
	return reports
}

func inspect(ctx context.Context, command []string, f ModuleFile) ModuleReport {
	r := ModuleReport{ModuleFile: f}
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	m := f.Open(command)
	defer m.Close()
	if r.Err = m.take(ctx); r.Err != nil {
		return r
	}
	answer, err := m.exchange(ctx, request{Op: opTokens}, nil)
	m.release()
	if err != nil {
		r.Err = err
		return r
	}
	_, problems := identities(f.Path, answer.Tokens)
	r.Err = errors.Join(problems...)
	for _, t := range answer.Tokens {
		r.Tokens = append(r.Tokens, TokenSeen{
			Label: t.Label, Serial: t.Serial, Model: t.Model, Manufacturer: t.Manufacturer,
			Certificates: len(t.Certificates), PIN: t.PIN, PINPad: t.PINPad,
		})
	}
	return r
}

// Open is NewModule for the library, by the kyso that can load it.
func (f ModuleFile) Open(command []string) *Module {
	if f.Host != "" {
		command = append([]string{f.Host}, command[min(1, len(command)):]...)
	}
	return NewModule(command, f.Path)
}

// String names the library for a log.
func (f ModuleFile) String() string {
	if f.Name == "" {
		return f.Path
	}
	return fmt.Sprintf("%s (%s)", f.Name, f.Path)
}
