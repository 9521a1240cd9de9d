// Package policy reads what an administrator allows on this machine: one JSON
// file, read once by main and handed out as plain values. It never decides
// whether a signature is good, and never guesses: an unknown key is an error.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxFileBytes bounds the file: a real one is under 10 kB, and whoever enlarges
// it should not be able to fill memory.
const maxFileBytes = 1 << 20

// The default and the ceiling of MaxDocumentBytes. 256 MiB holds any scanned
// dossier; above 2 GiB a PDF's ten-digit offsets still work, but no e-office
// sends such a file and the temporary disk space would become the problem.
const (
	DefaultMaxDocumentBytes = 256 << 20
	ceilingMaxDocumentBytes = 2 << 30
)

// Policy is what the administrator allows. A key left out of the file has the
// default its field states. A file that is absent is a Policy of defaults.
type Policy struct {
	// AllowedOrigins lists the web origins which may talk to the agent, each
	// exactly as a browser sends it: "https://eoffice.example.gov.vn". There is
	// no wildcard. Default: none, so no page may talk to the agent.
	AllowedOrigins []string `json:"allowedOrigins"`
	// AllowedOriginsFile is the absolute path of a signed list of further origins
	// (kyso policy sign), whose signature lies beside it as FILE.p7s; it needs
	// AllowedOriginsSigners. Default: empty, none.
	AllowedOriginsFile string `json:"allowedOriginsFile"`
	// AllowedOriginsSigners lists the certificates that may sign that list: the
	// SHA-256 of each, 64 hexadecimal digits. Default: none.
	AllowedOriginsSigners []string `json:"allowedOriginsSigners"`
	// Pairing allows a person to let other sites in, by comparing the words that
	// page and agent show. Default: true on a machine without a policy file,
	// false where there is one.
	Pairing bool `json:"pairing"`
	// BrowserCheck is how the program that connects is told to be a web browser:
	// "default", "strict" or "off" (package peer). Default: "default".
	BrowserCheck string `json:"browserCheck"`
	// Browsers lists absolute paths of further programs that count as browsers.
	// Default: none.
	Browsers []string `json:"browsers"`
	// PKCS11Modules lists absolute paths of the vendors' PKCS#11 libraries.
	// Default: none.
	PKCS11Modules []string `json:"pkcs11Modules"`
	// PKCS11Hosts names, for a library of PKCS11Modules, the absolute path of the
	// kyso that loads it where the installed one cannot: a 32-bit kyso for a
	// 32-bit library. Default: none.
	PKCS11Hosts map[string]string `json:"pkcs11Hosts"`
	// InjectedInput is "allow" where answers given by programs that imitate
	// keyboard and mouse count, as screen keyboards and remote support do.
	// Default: "refuse".
	InjectedInput string `json:"injectedInput"`
	// AllowPKCS12 allows keys kept in files. Default: false, because a key in a
	// file can be copied.
	AllowPKCS12 bool `json:"allowPKCS12"`
	// PKCS12Files lists absolute paths of key files; it needs AllowPKCS12.
	// Default: none.
	PKCS12Files []string `json:"pkcs12Files"`
	// MaxDocumentBytes is the largest document accepted. Default: 268435456
	// (256 MiB); at most 2147483648 (2 GiB).
	MaxDocumentBytes int64 `json:"maxDocumentBytes"`
	// Language is "vi" or "en", what windows and messages are written in.
	// Default: "vi".
	Language string `json:"language"`
	// Ports lists the loopback ports the bridge tries, in this order. Default:
	// empty, the bridge's own short list.
	Ports []int `json:"ports"`
	// FetchEvidence allows asking the addresses that certificates name for
	// issuers and for revocation. Default: true.
	FetchEvidence bool `json:"fetchEvidence"`
	// FetchAllowPrivate lists the host names, IP addresses and networks that may
	// be asked though they are not on the public internet. Package fetch checks
	// the spelling. Default: none.
	FetchAllowPrivate []string `json:"fetchAllowPrivate"`
	// FetchPorts lists the ports that may be asked besides 80 and 443. Default:
	// none.
	FetchPorts []int `json:"fetchPorts"`
	// FetchProxy is the HTTP proxy to ask through, "http://host:port". Default:
	// empty, none; the environment is not asked.
	FetchProxy string `json:"fetchProxy"`
	// TSA lists the timestamp authorities, http or https, in the order they are
	// preferred. They may be inside the agency's network. Default: none, which
	// means the Government's.
	TSA []string `json:"tsa"`
	// TSATimeoutSeconds is how long one attempt to get a timestamp may take, 5
	// to 600. Default: 150.
	TSATimeoutSeconds int `json:"tsaTimeoutSeconds"`
	// Level is the PAdES baseline level that is signed at where nobody names
	// one: "B-B", "B-T", "B-LT" or "B-LTA". Default: "B-B".
	Level string `json:"level"`
	// VGCA is about pages of the VGCA signing service. Default: off.
	VGCA VGCA `json:"vgca"`
	// Extension is about the browser extension. Default: the published one, and
	// what its person chooses.
	Extension Extension `json:"extension"`
	// HashSigningOrigins lists the web origins that may have a digest signed
	// without its document, each exactly as a browser sends it. A person cannot see
	// what a digest stands for. Default: none.
	HashSigningOrigins []string `json:"hashSigningOrigins"`
}

// Default is the policy of a machine without a policy file.
func Default() Policy {
	return Policy{Pairing: true, BrowserCheck: "default", InjectedInput: "refuse", MaxDocumentBytes: DefaultMaxDocumentBytes, Language: "vi", FetchEvidence: true, TSATimeoutSeconds: 150, Level: "B-B"}
}

// Machine reads the policy of this machine from DefaultPath; present tells
// whether there is one. A file that anybody but the administrator could have
// written is an error: it names libraries that every user's agent loads.
func Machine() (p Policy, present bool, err error) {
	f, err := os.Open(DefaultPath())
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), false, nil
	}
	if err != nil {
		return Policy{}, false, fmt.Errorf("open policy: %w", err)
	}
	defer f.Close()
	if err := OnlyAdministrator(f); err != nil {
		return Policy{}, false, fmt.Errorf("policy %s: %w", DefaultPath(), err)
	}
	p, err = read(f)
	return p, true, err
}

// Load reads the file at path. A file that does not exist is Default; a file
// that cannot be read, holds an unknown key or an unusable value is an error,
// so that a misspelled restriction never becomes no restriction.
func Load(path string) (Policy, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return Policy{}, fmt.Errorf("open policy: %w", err)
	}
	defer f.Close()
	return read(f)
}

func read(f *os.File) (Policy, error) {
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return Policy{}, fmt.Errorf("read policy %s: %w", f.Name(), err)
	}
	p, err := Parse(data)
	if err != nil {
		return Policy{}, fmt.Errorf("policy %s: %w", f.Name(), err)
	}
	return p, nil
}

// Parse reads a policy from the bytes of its file.
func Parse(data []byte) (Policy, error) {
	if len(data) > maxFileBytes {
		return Policy{}, fmt.Errorf("file is larger than %d bytes", maxFileBytes)
	}
	// Notepad starts UTF-8 files with a byte order mark.
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	p := Default()
	p.Pairing = false // who writes a policy says which sites may ask
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Policy{}, fmt.Errorf("read JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Policy{}, errors.New("read JSON: something follows the object")
	}
	if err := p.check(); err != nil {
		return Policy{}, err
	}
	return p, nil
}
