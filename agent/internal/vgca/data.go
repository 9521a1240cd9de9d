package vgca

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"kyso/agent/internal/signing"
)

// signData asks the service. Nothing is signed but what is hashed here.
func (k *call) signData(ctx context.Context, r signing.DataRequest) (signing.DataResult, error) {
	_, release, err := k.turn(ctx, 0)
	if err != nil {
		return signing.DataResult{}, err
	}
	defer release()
	id, err := k.choose(ctx)
	if err != nil {
		return signing.DataResult{}, err
	}
	r.Origin, r.Language, r.AllowOpaqueUnsafe, r.CertificateID = k.origin.String(), k.s.o.Language, k.s.o.AllowOpaqueUnsafe, id
	return k.s.o.Signing.SignData(ctx, r)
}

// signMessage signs the message that the question is, in base64: a detached CMS.
func signMessage(ctx context.Context, k *call, question []byte) (any, error) {
	data, err := decodeBase64(string(question))
	if err != nil {
		return nil, errBadRequest
	}
	return k.cms(ctx, signing.PurposeMessage, data)
}

// signLogin signs the code that a site gave out, as it stands: a detached CMS.
func signLogin(ctx context.Context, k *call, question []byte) (any, error) {
	return k.cms(ctx, signing.PurposeLogin, bytes.TrimSpace(bytes.TrimPrefix(question, []byte("\xef\xbb\xbf"))))
}

func (k *call) cms(ctx context.Context, p signing.Purpose, data []byte) (any, error) {
	r, err := k.signData(ctx, signing.DataRequest{Purpose: p, Format: signing.FormatCMS, Data: data})
	if err != nil {
		return nil, err
	}
	return dataReply{Signature: base64.StdEncoding.EncodeToString(r.Signature)}, nil
}

// jsonRequest is the question of SignJson. The content is a text, or JSON itself.
type jsonRequest struct {
	JsonContent          json.RawMessage
	DetachPayload, IsPss text
}

func signJSON(ctx context.Context, k *call, question []byte) (any, error) {
	var r jsonRequest
	if err := read(question, &r); err != nil {
		return nil, err
	}
	content := []byte(r.JsonContent)
	if len(content) > 0 && content[0] == '"' {
		var s string
		if json.Unmarshal(content, &s) != nil {
			return nil, errBadRequest
		}
		content = []byte(s)
	}
	if len(content) == 0 {
		return nil, errBadRequest
	}
	done, err := k.signData(ctx, signing.DataRequest{Purpose: signing.PurposeJSON, Format: signing.FormatJWS, Data: content, PSS: r.IsPss.is(), Detached: r.DetachPayload.is()})
	if err != nil {
		return nil, err
	}
	return dataReply{Signature: string(done.Signature)}, nil
}

// decodeBase64 takes what pages send: with or without the padding, and with ends
// of lines.
func decodeBase64(s string) ([]byte, error) {
	s = strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == ' ' || r == '\t' || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}
