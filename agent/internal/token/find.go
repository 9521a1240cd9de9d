package token

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// URI is the shortest address that names the identity among all tokens: serial
// number and CKA_ID, or what the token has instead of them.
func (i Identity) URI() URI {
	if i.Software {
		return URI{File: i.Module}
	}
	u := URI{Token: i.TokenLabel, Serial: i.TokenSerial, ID: i.ObjectID}
	if len(u.ID) == 0 {
		u.Object = i.Label
	}
	return u
}

// Matches tells whether the address names the identity.
func (u URI) Matches(i Identity) bool {
	if u.File != "" || i.Software {
		return i.Software && u.File == i.Module
	}
	fits := func(want, have string) bool { return want == "" || want == have }
	return fits(u.Token, i.TokenLabel) && fits(u.Serial, i.TokenSerial) &&
		fits(u.Model, i.TokenModel) && fits(u.Manufacturer, i.TokenManufacturer) &&
		fits(u.Object, i.Label) && (len(u.ID) == 0 || bytes.Equal(u.ID, i.ObjectID)) &&
		fits(u.ModulePath, i.Module) && fits(strings.ToLower(u.ModuleName), moduleName(i.Module))
}

// moduleName is RFC 7512's module-name: the library's file name without its
// "lib" and its extension. Lower case, because Windows does not mind case.
func moduleName(path string) string {
	name := strings.ToLower(filepath.Base(path))
	name = strings.TrimSuffix(name, filepath.Ext(name))
	return strings.TrimPrefix(name, "lib")
}

// Find returns the one identity of source the address names. None is ErrNoKey;
// several are an error that lists them.
func Find(ctx context.Context, source Source, u URI) (Identity, error) {
	list, err := source.Identities(ctx)
	if err != nil {
		return Identity{}, fmt.Errorf("find key %s: %w", u, err)
	}
	var found []Identity
	for _, i := range list {
		if u.Matches(i) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Identity{}, fmt.Errorf("find key %s: %w%s", u, ErrNoKey, candidates(list))
	}
	return Identity{}, fmt.Errorf("find key %s: several fit, name one%s", u, candidates(found))
}

// candidates lists addresses a person can choose from, one a line.
func candidates(list []Identity) string {
	var b strings.Builder
	for _, i := range list {
		fmt.Fprintf(&b, "\n  %s (%s, %s)", i.URI(), i.Certificate.Subject.CommonName, i.TokenLabel)
	}
	if b.Len() == 0 {
		return ""
	}
	return ":" + b.String()
}
