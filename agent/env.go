package main

import (
	"fmt"
	"os"

	"kyso/agent/internal/policy"
	"kyso/agent/internal/token"
	"kyso/agent/internal/truststore"
	"kyso/signature/trust"
)

// rules is the administrator's policy, and whether there is one at all.
type rules struct {
	policy.Policy
	managed bool
}

// loadPolicy reads the policy once.
func (e *env) loadPolicy() (rules, error) {
	if e.policy == "" {
		p, present, err := policy.Machine()
		return rules{p, present}, err
	}
	if _, err := os.Stat(e.policy); err != nil {
		return rules{}, fmt.Errorf("read policy: %w", err)
	}
	p, err := policy.Load(e.policy)
	return rules{p, true}, err
}

// builtInStore is what is trusted when nothing else is named: what kyso trust
// keeps. It is read each time, so that an import counts at once.
func (e *env) builtInStore() *trust.Store {
	anchors, problems := truststore.Anchors()
	e.trustProblems(problems)
	return trust.NewStore(anchors...)
}

// self is the command line that starts this program in another role.
func (e *env) self(role ...string) []string {
	exe, err := os.Executable()
	if err != nil {
		exe = os.Args[0]
	}
	return append([]string{exe}, role...)
}

// modules joins the given PKCS#11 libraries, or those in use on this machine.
func (e *env) modules(r rules, paths ...string) *token.Combined {
	var files []token.ModuleFile
	for _, p := range paths {
		if p != "" {
			files = append(files, token.ModuleFile{Path: p})
		}
	}
	if len(files) == 0 {
		files = e.moduleFiles(r)
	}
	var sources []token.Source
	for _, f := range files {
		sources = append(sources, f.Open(e.self("token-host")))
	}
	return token.Combine(sources...)
}

// maxKeyFile bounds a PKCS#12 file; they have a few KiB.
const maxKeyFile = 1 << 20

// openPKCS12 opens a key file with the certificates that lie beside it.
func openPKCS12(path string) (token.Source, error) {
	data, err := readBounded(path, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	certs, err := token.CertificatesBeside(path)
	if err != nil {
		return nil, personError{
			"Cần tệp chứng thư số (.crt hoặc .pem) cùng tên bên cạnh tệp khóa " + path + ", hoặc dùng --pin-stdin.",
			"A certificate file (.crt or .pem) of the same name must lie beside the key file " + path + ", or use --pin-stdin.",
		}
	}
	return token.NewPKCS12(path, data, certs)
}

// decodePKCS12 opens a key file whose password is at hand, and clears it.
func decodePKCS12(path string, password []byte) (*opened, error) {
	defer clear(password)
	data, err := readBounded(path, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	id, key, err := token.DecodePKCS12(path, data, password)
	if err != nil {
		return nil, tokenError(err)
	}
	return &opened{signingIdentity(id), key}, nil
}
