// Command site serves the demo e-office site for the browser tests and writes
// what a token in software needs: the person's key and certificate.
//
//	go run ./testdata/eoffice/e2e/site -out build/e2e/site -web dist
//
// It prints its origin as one line of JSON and ends with its standard input.
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kyso/testdata/eoffice"
	"kyso/testdata/pki"
)

func main() {
	out := flag.String("out", "build/e2e/site", "folder to write into")
	web := flag.String("web", "dist", "folder of the built browser files")
	port := flag.Int("agent", 0, "the agent's port")
	flag.Parse()
	if err := run(*out, *web, *port); err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}

func run(out, web string, agentPort int) error {
	l, err := eoffice.Listen(0)
	if err != nil {
		return err
	}
	origin := "http://" + l.Addr().String()
	p, err := pki.New(pki.Options{BaseURL: origin + "/pki", Keys: pki.FastKeys})
	if err != nil {
		return err
	}
	handler, err := eoffice.New(eoffice.Options{PKI: p, Web: os.DirFS(web), AgentPorts: []int{agentPort}})
	if err != nil {
		return err
	}
	if err := write(out, p); err != nil {
		return err
	}
	server := eoffice.NewServer(handler)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"origin": origin}); err != nil {
		return err
	}
	server.Serve(l)
	return nil
}

func write(out string, p *pki.PKI) error {
	if err := os.MkdirAll(out, 0o700); err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(p.Persons[0].Key)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"person.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"person.crt": p.Persons[0].Certificate.Raw, "issuer.crt": p.SubCA.Certificate.Raw, "root.crt": p.Root.Certificate.Raw,
	} {
		if err := os.WriteFile(filepath.Join(out, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
