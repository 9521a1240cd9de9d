package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
)

// check refuses values nobody can have meant. The spelling of origins is
// checked by package origin, and that of addresses to fetch from by package
// fetch, which main hands them to.
func (p Policy) check() error {
	if p.MaxDocumentBytes < 1 || p.MaxDocumentBytes > ceilingMaxDocumentBytes {
		return fmt.Errorf("maxDocumentBytes %d is not between 1 and %d", p.MaxDocumentBytes, int64(ceilingMaxDocumentBytes))
	}
	if p.Language != "vi" && p.Language != "en" {
		return fmt.Errorf(`language %q is neither "vi" nor "en"`, p.Language)
	}
	seen := make(map[int]bool)
	for _, port := range p.Ports {
		// Below 1024 a listener needs rights the agent must not have.
		if port < 1024 || port > 65535 {
			return fmt.Errorf("ports: %d is not between 1024 and 65535", port)
		}
		if seen[port] {
			return fmt.Errorf("ports: %d is listed twice", port)
		}
		seen[port] = true
	}
	for _, port := range p.FetchPorts {
		if port < 1 || port > 65535 {
			return fmt.Errorf("fetchPorts: %d is not between 1 and 65535", port)
		}
	}
	if err := p.checkTimestamps(); err != nil {
		return err
	}
	if err := p.VGCA.check(); err != nil {
		return err
	}
	if err := p.Extension.check(); err != nil {
		return err
	}
	if err := exactOrigins("hashSigningOrigins", p.HashSigningOrigins); err != nil {
		return err
	}
	// A relative path would be looked up in whatever directory the agent was
	// started from: somebody else could put a library there.
	if err := absolute("pkcs11Modules", p.PKCS11Modules); err != nil {
		return err
	}
	for module, host := range p.PKCS11Hosts {
		if !slices.Contains(p.PKCS11Modules, module) {
			return fmt.Errorf("pkcs11Hosts: %q is not in pkcs11Modules", module)
		}
		if !filepath.IsAbs(host) {
			return fmt.Errorf("pkcs11Hosts: %q is not an absolute path", host)
		}
	}
	if p.InjectedInput != "refuse" && p.InjectedInput != "allow" {
		return fmt.Errorf(`injectedInput %q is neither "refuse" nor "allow"`, p.InjectedInput)
	}
	if err := absolute("pkcs12Files", p.PKCS12Files); err != nil {
		return err
	}
	if len(p.PKCS12Files) > 0 && !p.AllowPKCS12 {
		return fmt.Errorf("pkcs12Files needs allowPKCS12 to be true")
	}
	return p.checkChannel()
}

// maxSigners bounds the certificates that may sign the list of origins: the one
// in use, the next, and those of several agencies.
const maxSigners = 16

// checkChannel looks at who may connect.
func (p Policy) checkChannel() error {
	if p.AllowedOriginsFile != "" {
		if err := absolute("allowedOriginsFile", []string{p.AllowedOriginsFile}); err != nil {
			return err
		}
	}
	if (p.AllowedOriginsFile == "") != (len(p.AllowedOriginsSigners) == 0) {
		return errors.New("allowedOriginsFile and allowedOriginsSigners need each other")
	}
	if len(p.AllowedOriginsSigners) > maxSigners {
		return fmt.Errorf("allowedOriginsSigners: %d certificates, at most %d", len(p.AllowedOriginsSigners), maxSigners)
	}
	for _, s := range p.AllowedOriginsSigners {
		if b, err := hex.DecodeString(s); err != nil || len(b) != sha256.Size {
			return fmt.Errorf("allowedOriginsSigners: %q is not a SHA-256 of 64 hexadecimal digits", s)
		}
	}
	switch p.BrowserCheck {
	case "default", "strict", "off":
	default:
		return fmt.Errorf(`browserCheck %q is none of "default", "strict", "off"`, p.BrowserCheck)
	}
	return absolute("browsers", p.Browsers)
}

// Signers are AllowedOriginsSigners as bytes.
func (p Policy) Signers() [][sha256.Size]byte {
	var signers [][sha256.Size]byte
	for _, s := range p.AllowedOriginsSigners {
		if b, err := hex.DecodeString(s); err == nil && len(b) == sha256.Size {
			signers = append(signers, [sha256.Size]byte(b))
		}
	}
	return signers
}

// maxTSAs bounds the authorities asked in turn; a person waits for them.
const maxTSAs = 8

// checkTimestamps never repeats an address: it may hold a password.
func (p Policy) checkTimestamps() error {
	if len(p.TSA) > maxTSAs {
		return fmt.Errorf("tsa: %d addresses, at most %d", len(p.TSA), maxTSAs)
	}
	for i, address := range p.TSA {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			return fmt.Errorf("tsa: address %d is not like \"http://tsa.example/\", without name or password", i+1)
		}
	}
	if p.TSATimeoutSeconds < 5 || p.TSATimeoutSeconds > 600 {
		return fmt.Errorf("tsaTimeoutSeconds %d is not between 5 and 600", p.TSATimeoutSeconds)
	}
	switch p.Level {
	case "B-B", "B-T", "B-LT", "B-LTA":
		return nil
	}
	return fmt.Errorf(`level %q is none of "B-B", "B-T", "B-LT", "B-LTA"`, p.Level)
}

func absolute(key string, paths []string) error {
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("%s: %q is not an absolute path", key, path)
		}
	}
	return nil
}
