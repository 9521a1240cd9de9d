package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"kyso/signature/trust"
)

// readPEM reads the certificates of a file. When they cannot be read there are
// none: they cannot be part of a path.
func readPEM(file string) ([]trust.Anchor, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	list, err := trust.ParseAnchors(data)
	if err != nil {
		return nil, nil
	}
	return list, nil
}

// readAnchors reads files named as OpenSSL's recipes name them, with the uses
// OpenSSL's own form of certificate is trusted and rejected for. The index has
// "root+serverAuth" as two names.
func readAnchors(test string, names ...string) (list []trust.Anchor, err error) {
	file := func(name string) string {
		return filepath.Join(test, "certs", strings.TrimPrefix(strings.TrimSuffix(name, ".pem"), "certs/")+".pem")
	}
	for i := 0; i < len(names); i++ {
		found, err := readPEM(file(names[i]))
		if errors.Is(err, os.ErrNotExist) && i+1 < len(names) {
			if both, err2 := readPEM(file(names[i] + "+" + names[i+1])); err2 == nil {
				found, err = both, nil
				i++
			}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}
