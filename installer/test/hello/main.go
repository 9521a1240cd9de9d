// Command hello asks an installed agent whether it is there, the way a web page
// does, and that it turns a foreign page away. It never signs anything.
//
// Usage: hello -port PORT -origin ORIGIN -version VERSION
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// patience is how long the agent may take to start; under wine it is the
	// first program to run and takes some seconds.
	patience = 30 * time.Second
	// maxAnswer bounds the answer to hello, which has a few hundred bytes.
	maxAnswer = 64 << 10
)

func main() {
	port := flag.Int("port", 0, "the agent's port")
	origin := flag.String("origin", "", "an origin that the agent's policy allows")
	version := flag.String("version", "", "the version the agent must have")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := check(ctx, fmt.Sprintf("ws://127.0.0.1:%d/kyso/v1", *port), *origin, *version); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
	fmt.Println("hello: agent", *version, "answers", *origin, "and refuses others")
}

func check(ctx context.Context, url, origin, version string) error {
	if err := greet(ctx, url, origin, version); err != nil {
		return fmt.Errorf("as %s: %w", origin, err)
	}
	for _, foreign := range []string{"https://foreign.example", origin + ".foreign.example", "null"} {
		conn, answer, err := dial(ctx, url, foreign)
		if err == nil {
			conn.Close()
			return fmt.Errorf("as %s: the agent let it in", foreign)
		}
		if answer == nil || answer.StatusCode != http.StatusForbidden {
			return fmt.Errorf("as %s: want status 403: %w", foreign, err)
		}
	}
	return nil
}

// greet says hello, and waits while nobody listens yet.
func greet(ctx context.Context, url, origin, version string) error {
	conn, answer, err := dial(ctx, url, origin)
	for err != nil && answer == nil {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
		conn, answer, err = dial(ctx, url, origin)
	}
	if err != nil {
		return fmt.Errorf("%w (%s)", err, answer.Status)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	conn.SetReadDeadline(deadline)
	conn.SetReadLimit(maxAnswer)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	nonce := make([]byte, 32)
	rand.Read(nonce)
	encode := base64.RawURLEncoding.EncodeToString
	if err := conn.WriteJSON(map[string]any{"v": 1, "id": "1", "type": "request", "method": "hello", "params": map[string]any{
		"minVersion": 1, "maxVersion": 1, "client": "package test", "nonce": encode(nonce), "key": encode(public),
	}}); err != nil {
		return err
	}
	var got struct {
		ID, Type string
		Result   struct {
			Product, ProductVersion string
			Version                 int
		}
	}
	_, text, err := conn.ReadMessage()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return err
	}
	if got.ID != "1" || got.Type != "result" || got.Result.Product != "kyso" || got.Result.Version != 1 || got.Result.ProductVersion != version {
		return errors.New("unexpected answer: " + string(text))
	}
	return nil
}

func dial(ctx context.Context, url, origin string) (*websocket.Conn, *http.Response, error) {
	return websocket.DefaultDialer.DialContext(ctx, url, http.Header{"Origin": {origin}})
}
