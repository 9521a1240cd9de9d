package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

// maxChain: government chains have two or three issuers; this leaves room for
// cross-certificates.
const maxChain = 8

// listed is an identity with what opens its key again.
type listed struct {
	Identity
	slot uint
}

// identities turns what the tokens showed into identities, and into one problem
// for each thing that could not be read.
func identities(module string, tokens []wireToken) (found []listed, problems []error) {
	seen := map[string]bool{}
	for _, t := range tokens {
		if t.Problem != "" {
			problems = append(problems, fmt.Errorf("%w %s: token %q: %s", ErrModule, module, t.Label, t.Problem))
		}
		parsed := make([]*x509.Certificate, len(t.Certificates))
		var all []*x509.Certificate
		for i, c := range t.Certificates {
			cert, err := x509.ParseCertificate(c.DER)
			if err != nil {
				problems = append(problems, fmt.Errorf("%w %s: token %q: certificate %q: %w", ErrModule, module, t.Label, c.Label, err))
				continue
			}
			parsed[i] = cert
			all = append(all, cert)
		}
		for i, cert := range parsed {
			if cert == nil || !mayHaveKey(cert, t.Certificates[i].ID, t.KeyIDs) {
				continue
			}
			id := identityID(t.Serial, cert.Raw)
			if seen[id] { // stored twice, or one card shown as two tokens
				continue
			}
			seen[id] = true
			found = append(found, listed{slot: t.Slot, Identity: Identity{
				ID: id, Certificate: cert, Chain: chainOf(cert, all),
				Module: module, TokenLabel: t.Label, TokenSerial: t.Serial,
				TokenModel: t.Model, TokenManufacturer: t.Manufacturer,
				Label: t.Certificates[i].Label, ObjectID: t.Certificates[i].ID,
				NeedsPIN: t.LoginRequired, PINPad: t.PINPad, PIN: t.PIN,
			}})
		}
	}
	return found, problems
}

// mayHaveKey tells a holder's certificate from an issuer's kept beside it.
// Private keys show only after login, so a certificate counts unless it is a
// CA's and no visible key has its CKA_ID.
func mayHaveKey(cert *x509.Certificate, id []byte, keyIDs [][]byte) bool {
	if !cert.IsCA {
		return true
	}
	for _, k := range keyIDs {
		if len(id) > 0 && bytes.Equal(k, id) {
			return true
		}
	}
	return false
}

// chainOf follows issuers among the certificates of a token. It matches names
// and key identifiers only: the chain goes into signatures as a help for
// verifiers, who check it. (crypto/x509 would refuse old SHA-1 chains here.)
func chainOf(cert *x509.Certificate, all []*x509.Certificate) []*x509.Certificate {
	var chain []*x509.Certificate
	for len(chain) < maxChain && !bytes.Equal(cert.RawIssuer, cert.RawSubject) {
		next := issuerOf(cert, all)
		if next == nil {
			break
		}
		chain = append(chain, next)
		cert = next
	}
	return chain
}

func issuerOf(cert *x509.Certificate, all []*x509.Certificate) *x509.Certificate {
	for _, c := range all {
		if bytes.Equal(c.RawSubject, cert.RawIssuer) && !c.Equal(cert) &&
			(len(c.SubjectKeyId) == 0 || len(cert.AuthorityKeyId) == 0 || bytes.Equal(c.SubjectKeyId, cert.AuthorityKeyId)) {
			return c
		}
	}
	return nil
}

// openRequest asks the child for the private key of an identity.
func (l listed) openRequest(o OpenOptions) (request, error) {
	r := request{
		Op: opOpen, Slot: l.slot, Serial: l.TokenSerial, Label: l.TokenLabel,
		ObjectID: l.ObjectID, AllowFinalTry: o.AllowFinalTry,
	}
	switch pub := l.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		r.KeyType, r.Modulus = keyRSA, pub.N.Bytes()
	case *ecdsa.PublicKey:
		r.KeyType = keyEC
	default:
		return request{}, fmt.Errorf("%w: key of type %T", ErrUnsupported, pub)
	}
	return r, nil
}
