package eoffice

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"strings"
	"time"

	"kyso/testdata/pki"
)

// configAnswer is GET /api/config.
type configAnswer struct {
	AgentPorts       []int `json:"agentPorts"`
	MaxDocumentBytes int64 `json:"maxDocumentBytes"`
	CitizenPage      bool  `json:"citizenPage"` // /verify/ is served
}

// trustAnswer is GET /api/trust: what the page verifies with. The lists are
// fetched each time, so that they are fresh.
type trustAnswer struct {
	Anchors      []certificateAnswer `json:"anchors"`
	Certificates []certificateAnswer `json:"certificates"`
	CRLs         []string            `json:"crls"` // addresses on this site
}

type certificateAnswer struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	DER    []byte `json:"der"` // base64
}

// documentAnswer is one line of GET /api/documents.
type documentAnswer struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Number string `json:"number"`
	Date   string `json:"date"` // ISO 8601
	Title  string `json:"title"`
	Agency string `json:"agency"`
	Pages  int    `json:"pages"`
	Size   int    `json:"size"` // bytes
	// Signings is how often a signed version came back; the site does not
	// judge it.
	Signings int        `json:"signings"`
	SavedAt  *time.Time `json:"savedAt,omitempty"`
}

// failure is the body of every refusal of /api/: a person reads it.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

func newTrustAnswer(p *pki.PKI) trustAnswer {
	describe := func(id pki.Identity) certificateAnswer {
		sum := sha256.Sum256(id.Certificate.Raw)
		return certificateAnswer{id.Name, hex.EncodeToString(sum[:]), id.Certificate.Raw}
	}
	return trustAnswer{
		Anchors:      []certificateAnswer{describe(p.Root)},
		Certificates: []certificateAnswer{describe(p.SubCA)},
		CRLs:         []string{"/pki/crl/sub.crl", "/pki/crl/root.crl"},
	}
}

func describe(v version) documentAnswer {
	d := documentAnswer{
		Name: v.Name, Kind: v.Kind, Number: v.Number, Date: v.Date.Format(time.DateOnly), Title: v.Title,
		Agency: v.Agency, Pages: v.Pages, Size: len(v.current), Signings: v.savings,
	}
	if !v.savedAt.IsZero() {
		d.SavedAt = &v.savedAt
	}
	return d
}

func (s *site) config(w http.ResponseWriter, r *http.Request) {
	ports := s.options.AgentPorts
	if ports == nil {
		ports = []int{}
	}
	citizenPage := false
	if s.options.Web != nil {
		_, err := fs.Stat(s.options.Web, "page/index.html")
		citizenPage = err == nil
	}
	answer(w, configAnswer{ports, s.options.MaxDocumentBytes, citizenPage})
}

func (s *site) trusted(w http.ResponseWriter, r *http.Request) { answer(w, s.trust) }

func (s *site) list(w http.ResponseWriter, r *http.Request) {
	all := []documentAnswer{}
	for _, v := range s.store.list() {
		all = append(all, describe(v))
	}
	answer(w, all)
}

// read sends the current version, to be shown in the browser's viewer or saved.
func (s *site) read(w http.ResponseWriter, r *http.Request) {
	v, err := s.store.get(r.PathValue("name"))
	if err != nil {
		failStore(w, err)
		return
	}
	// The page's policy is not for the browser's own PDF viewer, which is a
	// page with scripts.
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Length", fmt.Sprint(len(v.current)))
	w.Header().Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": v.Name}))
	w.Write(v.current)
}

// save takes a signed version.
func (s *site) save(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") != "application/pdf" {
		failStore(w, errNotPDF)
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.options.MaxDocumentBytes))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		limit := fmt.Sprintf("%.0f MB", float64(s.options.MaxDocumentBytes)/(1<<20))
		fail(w, http.StatusRequestEntityTooLarge, "TOO_LARGE", "Tệp lớn hơn mức trang này nhận ("+limit+").", "Tải tệp đã ký về máy thay vì lưu lên trang.")
		return
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "BAD_REQUEST", "Không nhận được trọn tệp.", "Thử lưu lại.")
		return
	}
	v, err := s.store.save(r.PathValue("name"), data, s.options.Clock().UTC())
	if err != nil {
		failStore(w, err)
		return
	}
	answer(w, describe(v))
}

func (s *site) reset(w http.ResponseWriter, r *http.Request) {
	v, err := s.store.reset(r.PathValue("name"))
	if err != nil {
		failStore(w, err)
		return
	}
	answer(w, describe(v))
}

// failStore tells a person why the store refused.
func failStore(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errUnknown):
		fail(w, http.StatusNotFound, "NOT_FOUND", "Không có văn bản này.", "Tải lại danh sách.")
	case errors.Is(err, errNotPDF):
		fail(w, http.StatusUnsupportedMediaType, "NOT_A_PDF", "Tệp gửi lên không phải là PDF.", "Ký lại văn bản rồi lưu.")
	case errors.Is(err, errRewrites):
		fail(w, http.StatusConflict, "DOCUMENT_CHANGED", "Văn bản trên trang đã thay đổi kể từ khi bạn mở.", "Tải lại trang rồi ký trên bản mới nhất.")
	case errors.Is(err, errFull):
		fail(w, http.StatusInsufficientStorage, "TOO_MANY_SIGNINGS", "Văn bản này đã được lưu quá nhiều lần.", "Chọn “Bắt đầu lại” để đưa văn bản về bản gốc.")
	default:
		fail(w, http.StatusInternalServerError, "INTERNAL", "Trang gặp lỗi.", "Thử lại.")
	}
}

func fail(w http.ResponseWriter, status int, code, message, remedy string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(failure{code, message, remedy})
}

func answer(w http.ResponseWriter, value any) {
	var body strings.Builder
	if err := json.NewEncoder(&body).Encode(value); err != nil {
		fail(w, http.StatusInternalServerError, "INTERNAL", "Trang gặp lỗi.", "Thử lại.")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	io.WriteString(w, body.String())
}
