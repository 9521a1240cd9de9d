package main

import (
	"errors"
	"io"
	"net"
	"net/http"

	"kyso/testdata/virtualtoken/device"
)

// authorityPath is where the demo authority's services are.
const authorityPath = "/pki"

// maxCommandLine bounds a command over HTTP; the longest has some thirty bytes.
const maxCommandLine = 200

// newControl serves POST /command with a line of the console as its body, GET
// /status, and the demo authority (nil: none) under /pki.
func newControl(d *device.Device, authority http.Handler) http.Handler {
	commands := http.NewServeMux()
	commands.HandleFunc("POST /command", func(w http.ResponseWriter, r *http.Request) {
		line, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCommandLine))
		if err != nil {
			http.Error(w, "the command is too long", http.StatusRequestEntityTooLarge)
			return
		}
		text, err := obey(d, string(line))
		if errors.Is(err, errQuit) {
			err = errors.New("quit is for the console")
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		io.WriteString(w, text)
	})
	commands.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		text, err := obey(d, "status")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, text)
	})
	if authority != nil {
		authority = http.StripPrefix(authorityPath, authority)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A ServeMux would redirect where the base64 of an OCSP request has "//".
		if authority != nil && len(r.URL.Path) > len(authorityPath) && r.URL.Path[:len(authorityPath)+1] == authorityPath+"/" {
			authority.ServeHTTP(w, r)
			return
		}
		if fromBrowser(r) {
			http.Error(w, "commands are for programs, not for web pages", http.StatusForbidden)
			return
		}
		commands.ServeHTTP(w, r)
	})
}

// fromBrowser says whether a web page is behind the request, or a name that
// only leads here: any page could otherwise take the card out.
func fromBrowser(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip := net.ParseIP(host)
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Mode") != "" || host != "localhost" && (ip == nil || !ip.IsLoopback())
}
