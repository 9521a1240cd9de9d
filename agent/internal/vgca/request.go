package vgca

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/signing"
)

// text is a member that pages write as a string, a number, a boolean, or null.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return errBadRequest
	}
	if b[0] != '"' {
		if *t = text(b); string(b) == "null" {
			*t = ""
		}
		return nil
	}
	var s string
	err := json.Unmarshal(b, &s)
	*t = text(s)
	return err
}

// is tells whether a page's boolean is true, however it spells it.
func (t text) is() bool {
	return strings.EqualFold(string(t), "true") || t == "1"
}

// metadata are form fields that go with an upload. Pages send an array, nothing,
// an empty string, or an array in a string.
type metadata []fetch.Field

func (m *metadata) UnmarshalJSON(b []byte) error {
	var inside text
	if b[0] != '[' && json.Unmarshal(b, &inside) == nil {
		if strings.TrimSpace(string(inside)) == "" {
			return nil
		}
		b = bytes.TrimSpace([]byte(inside))
	}
	var list []struct{ Key, Value text }
	if len(b) == 0 || b[0] != '[' || json.Unmarshal(b, &list) != nil {
		return errBadRequest
	}
	for _, f := range list {
		*m = append(*m, fetch.Field{Key: string(f.Key), Value: string(f.Value)})
	}
	return nil
}

// fileRequest is the question of every method with one document.
type fileRequest struct {
	FileUploadHandler, FileName text
	SessionId, JWTToken         text
	MetaData                    metadata
	DocNumber, IssuedDate       text
}

// filesRequest is that of SignFiles.
type filesRequest struct {
	FileUploadHandler   text
	SessionId, JWTToken text
	MetaData            metadata
	Files               []fileItem
}

type fileItem struct{ FileID, FileName, URL text }

// read decodes a question. Members nobody knows are left alone.
func read(question []byte, into any) error {
	// .NET and editors put a byte order mark before text.
	question = bytes.TrimPrefix(question, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(question)) == 0 || bytes.TrimSpace(question)[0] != '{' {
		return errBadRequest
	}
	if err := json.Unmarshal(question, into); err != nil {
		return errBadRequest
	}
	return nil
}

func (r *fileRequest) check() error {
	for _, t := range []text{r.FileUploadHandler, r.FileName} {
		if len(t) > maxURL {
			return errBadRequest
		}
	}
	if len(r.SessionId) > maxToken || len(r.JWTToken) > maxToken || !plain(string(r.DocNumber), maxShort) || !plain(string(r.IssuedDate), maxShort) {
		return errBadRequest
	}
	if strings.TrimSpace(string(r.FileName)) == "" {
		return errNoPicker
	}
	return nil
}

func (r *filesRequest) check() error {
	if len(r.Files) == 0 || len(r.Files) > signing.MaxDocuments || len(r.SessionId) > maxToken || len(r.JWTToken) > maxToken || len(r.FileUploadHandler) > maxURL {
		return errBadRequest
	}
	for _, f := range r.Files {
		if len(f.URL) > maxURL || !plain(string(f.FileID), maxShort) || len(f.FileName) > maxURL {
			return errBadRequest
		}
		if f.URL == "" {
			return errNoPicker
		}
	}
	return nil
}

// plain tells whether s can be shown as it is: most characters of it, no control
// and no invisible ones.
func plain(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, hidden)
}

func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// fileName makes a name for people of what a server or page calls a document: no
// path, nothing invisible, a length that file systems take.
func fileName(s string) string {
	s = strings.ToValidUTF8(s, "")
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if hidden(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
	if s == "" || strings.Trim(s, ".") == "" {
		return "van-ban.pdf"
	}
	for len(s) > maxNameBytes {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
