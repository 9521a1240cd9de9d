package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode"

	"kyso/agent/internal/origin"
)

// A Field is one form field that goes with an upload.
type Field struct{ Key, Value string }

// An Upload is a document for a site's handler.
type Upload struct {
	Fields []Field
	Name   string // of the file
	Data   io.ReaderAt
	Size   int64
}

// The part that holds the document, as handlers of the incumbent look for it.
const uploadPart = "uploadfile"

// The bounds of Upload.Fields: pages send one or two, with a token.
const (
	maxFields     = 64
	maxFieldBytes = 64 << 10
)

// Upload posts a document as multipart/form-data and returns what the handler
// says, at most 64 KiB.
func (s *Sites) Upload(ctx context.Context, from origin.Origin, address string, c Credentials, up Upload) (answer []byte, err error) {
	head, tail, contentType, err := up.form()
	if err != nil {
		return nil, err
	}
	err = s.exchange(ctx, KindUpload, from, address, c, func(r *http.Request) {
		r.Header.Set("Content-Type", contentType)
		// The length is told: old handlers take no chunks.
		r.ContentLength = int64(len(head)) + up.Size + int64(len(tail))
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(head), io.NewSectionReader(up.Data, 0, up.Size), bytes.NewReader(tail)))
	}, func(r *http.Response) error {
		var err error
		if answer, err = io.ReadAll(io.LimitReader(r.Body, maxSiteAnswer+1)); err == nil && len(answer) > maxSiteAnswer {
			err = &Error{Code: TooLarge, Detail: fmt.Sprintf("more than %d bytes", maxSiteAnswer)}
		}
		return err
	})
	return answer, err
}

// form is what stands before and behind the document.
func (up Upload) form() (head, tail []byte, contentType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	total := 0
	for _, f := range up.Fields {
		total += len(f.Key) + len(f.Value)
		if len(up.Fields) > maxFields || total > maxFieldBytes || f.Key == "" || f.Key == uploadPart || strings.ContainsFunc(f.Key, unicode.IsControl) {
			return nil, nil, "", &Error{Code: Unsupported, Kind: KindUpload, Detail: "form fields that cannot be sent"}
		}
		if err := w.WriteField(f.Key, f.Value); err != nil {
			return nil, nil, "", err
		}
	}
	header := make(map[string][]string)
	header["Content-Disposition"] = []string{multipart.FileContentDisposition(uploadPart, up.Name)}
	header["Content-Type"] = []string{"application/pdf"}
	if _, err := w.CreatePart(header); err != nil {
		return nil, nil, "", err
	}
	split := b.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return b.Bytes()[:split:split], b.Bytes()[split:], w.FormDataContentType(), nil
}
