package eoffice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// uploadAnswer is what pages written for the incumbent expect of an upload
// handler, with HTTP status 200 whatever happened.
type uploadAnswer struct {
	Status     bool
	Message    string
	FileName   string
	FileServer string // where the signed document is now
}

// maxFormBytes bounds what a multipart body holds beside the document: its
// boundaries and a few form fields.
const maxFormBytes = 64 << 10

// upload takes a signed document the way such a page's signing program sends
// it: multipart, the file in the part "uploadfile", MetaData as form fields. A
// field "document" names the document where the file's own name does not.
func (s *site) upload(w http.ResponseWriter, r *http.Request) {
	name, data, err := uploaded(w, r, s.options.MaxDocumentBytes)
	if err == nil {
		_, err = s.store.save(name, data, s.options.Clock().UTC())
	}
	if err != nil {
		answer(w, uploadAnswer{Message: uploadMessage(err)})
		return
	}
	answer(w, uploadAnswer{true, "", name, "/api/documents/" + url.PathEscape(name)})
}

func uploaded(w http.ResponseWriter, r *http.Request, limit int64) (name string, data []byte, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, limit+maxFormBytes)
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, err
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return name, data, nil
		}
		if err != nil {
			return "", nil, err
		}
		switch part.FormName() {
		case "document":
			field, err := io.ReadAll(io.LimitReader(part, maxFormBytes))
			if err != nil {
				return "", nil, err
			}
			name = string(field)
		case "uploadfile":
			if name == "" {
				name = part.FileName()
			}
			if data, err = io.ReadAll(part); err != nil {
				return "", nil, err
			}
		}
	}
}

func uploadMessage(err error) string {
	switch {
	case errors.Is(err, errUnknown):
		return "Không có văn bản này."
	case errors.Is(err, errNotPDF):
		return "Tệp gửi lên không phải là PDF."
	case errors.Is(err, errRewrites):
		return "Văn bản trên trang đã thay đổi kể từ khi bạn mở."
	case errors.Is(err, errFull):
		return "Văn bản này đã được lưu quá nhiều lần."
	}
	return "Không nhận được trọn tệp."
}

// oldPage serves the page in the incumbent's style. Its script looks for the
// agent on the ports of the options.
func (s *site) oldPage(w http.ResponseWriter, r *http.Request) {
	page, err := static.ReadFile("static/kieu-cu.html")
	if err != nil {
		http.Error(w, "the page is missing", http.StatusInternalServerError)
		return
	}
	ports := strings.Trim(strings.ReplaceAll(fmt.Sprint(s.options.AgentPorts), " ", ","), "[]")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(bytes.Replace(page, []byte(`data-ports=""`), fmt.Appendf(nil, "data-ports=%q", ports), 1))
}
