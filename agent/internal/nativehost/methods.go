package nativehost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
)

// version is the one of the channel that is spoken.
const version = 1

// method answers one kind of request. Slow are those that ask tokens, the disk
// or the system.
type method struct {
	answer func(c *session, ctx context.Context, params json.RawMessage) (any, error)
	slow   bool
}

var methods map[string]method

func init() {
	methods = map[string]method{
		"open":        {(*session).open, false},
		"sites":       {without((*session).sites), true},
		"status":      {without((*session).status), true},
		"doctor":      {without((*session).doctor), true},
		"anchors":     {without((*session).anchors), true},
		"review-open": {(*session).reviewOpen, false},
	}
}

// without is for methods that take no params.
func without(answer func(*session, context.Context) (any, error)) func(*session, context.Context, json.RawMessage) (any, error) {
	return func(c *session, ctx context.Context, params json.RawMessage) (any, error) {
		if p := bytes.TrimSpace(params); len(p) > 0 && string(p) != "{}" && string(p) != "null" {
			return nil, Fault(i18n.BadRequest)
		}
		return answer(c, ctx)
	}
}

type helloParams struct {
	MinVersion       int    `json:"minVersion"`
	MaxVersion       int    `json:"maxVersion"`
	ExtensionVersion string `json:"extensionVersion"`
	Origin           string `json:"origin"`
	Language         string `json:"language"`
	Profile          string `json:"profile"`
	Review           string `json:"review"`
}

type helloResult struct {
	Product        string `json:"product"` // always "kyso"
	ProductVersion string `json:"productVersion"`
	Version        int    `json:"version"`
	Port           int    `json:"port"`
	AgentKey       string `json:"agentKey"` // SubjectPublicKeyInfo
}

// hello must be the first request. The origin is what the extension's WebSockets
// will show, and must be one of the extension that the browser named.
func (c *session) hello(r request, id origin.ExtensionID) error {
	var p helloParams
	if err := exactjson.Decode(r.Params, &p); err != nil || p.MinVersion < 1 || p.MaxVersion < p.MinVersion || len(p.ExtensionVersion) > maxText || p.Language != "vi" && p.Language != "en" || len(p.Profile) < minProfile || !isID(p.Profile) || p.Review != "always" && p.Review != "stamp" && p.Review != "never" {
		return errors.Join(errViolation, err)
	}
	extension, err := origin.ParseExtension(p.Origin)
	if err != nil || !id.Owns(extension) {
		c.fail(r, Fault(i18n.ExtensionRefused))
		return errors.New("the origin is not the extension's")
	}
	if p.MinVersion > version {
		f := failureOf(Fault(i18n.VersionUnsupported))
		f.MinVersion, f.MaxVersion = version, version
		c.reply(answer{ID: r.ID, Type: "error", Error: f})
		return errors.New("no version in common")
	}
	c.mu.Lock()
	c.greeted, c.by, c.language, c.review = true, origin.Background{Extension: extension, Profile: p.Profile}, p.Language, p.Review
	c.mu.Unlock()
	c.s.log.Info("extension connected", "id", string(id), "version", p.ExtensionVersion)
	c.reply(answer{ID: r.ID, Type: "result", Result: helloResult{"kyso", c.s.o.Version, version, c.s.o.Port, origin.Encode(c.s.o.Key)}})
	if c.s.o.Greeted != nil {
		c.s.watched("greeted", func() { c.s.o.Greeted(c.by, p.ExtensionVersion) })
	}
	return nil
}

// documentParams is the document that the browser told the extension of.
type documentParams struct {
	Origin     string `json:"origin"`
	TopOrigin  string `json:"topOrigin"`
	Tab        int    `json:"tab"`
	Frame      int    `json:"frame"`
	DocumentID string `json:"documentId"`
	Incognito  bool   `json:"incognito"`
}

type openParams struct {
	Document documentParams `json:"document"`
}

// openResult is what a WebSocket is opened with.
type openResult struct {
	Capability string `json:"capability"`
	ExpiresIn  int64  `json:"expiresIn"` // milliseconds
	Port       int    `json:"port"`
	AgentKey   string `json:"agentKey,omitempty"`
}

// open gives a capability to connect for a document: the page of a tab itself,
// no frame in it.
func (c *session) open(_ context.Context, params json.RawMessage) (any, error) {
	var p openParams
	if err := exactjson.Decode(params, &p); err != nil || len(p.Document.DocumentID) > maxText || p.Document.Frame < 0 {
		return nil, Fault(i18n.BadRequest)
	}
	d := p.Document
	from, err := origin.Parse(d.Origin)
	if err != nil || d.Frame != 0 || d.TopOrigin != d.Origin || c.s.o.Standing(from) == origin.Refused {
		return nil, Fault(i18n.OriginRefused)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil, Fault(i18n.Cancelled)
	}
	token, err := c.s.o.Vouchers.Mint(origin.Voucher{
		Purpose: origin.ForPage, Background: c.by, Native: c.id, Review: c.review,
		Document: origin.Document{Origin: from, Tab: d.Tab, ID: d.DocumentID, Incognito: d.Incognito},
	}, c.s.o.Now())
	if err != nil {
		return nil, Fault(i18n.Busy)
	}
	return openResult{token, origin.CapabilityLife.Milliseconds(), c.s.o.Port, origin.Encode(c.s.o.Key)}, nil
}

type reviewParams struct {
	Ticket string `json:"ticket"`
}

func (c *session) reviewOpen(_ context.Context, params json.RawMessage) (any, error) {
	var p reviewParams
	if err := exactjson.Decode(params, &p); err != nil || p.Ticket == "" || len(p.Ticket) > maxText || c.s.o.ReviewOpen == nil {
		return nil, Fault(i18n.BadRequest)
	}
	token, err := c.s.o.ReviewOpen(c.id, c.by, p.Ticket)
	if err != nil {
		return nil, err
	}
	return openResult{Capability: token, ExpiresIn: origin.CapabilityLife.Milliseconds(), Port: c.s.o.Port}, nil
}

func (c *session) sites(context.Context) (any, error) { return c.s.o.Sites().bounded(), nil }

func (c *session) status(ctx context.Context) (any, error) {
	return c.s.o.Status(ctx, c.language)
}

func (c *session) doctor(ctx context.Context) (any, error) {
	if c.s.o.Doctor == nil {
		return nil, errors.New("there is no report")
	}
	return c.s.o.Doctor(ctx)
}

type anchorsResult struct {
	Anchors []Anchor `json:"anchors"`
}

func (c *session) anchors(context.Context) (any, error) {
	return anchorsResult{boundedAnchors(c.s.o.Anchors())}, nil
}
