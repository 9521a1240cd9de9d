package signing

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kyso/signature/cms"
	"kyso/signature/verify"
)

// Purpose is what data that is no document is signed for. The person is told.
type Purpose string

// The purposes.
const (
	PurposeMessage Purpose = "message"
	PurposeLogin   Purpose = "login" // a code that a site gave out, to know who comes
	PurposeJSON    Purpose = "json"
)

// DataFormat is what the signature over data looks like.
type DataFormat string

const (
	// FormatCMS is a detached CAdES-B signature (ETSI EN 319 122-1), DER. The key
	// signs its attributes, which hold the SHA-256 of the data.
	FormatCMS DataFormat = "cms"
	// FormatJWS is the compact serialisation of a JSON Web Signature (RFC 7515).
	FormatJWS DataFormat = "jws"
)

// A DataRequest asks for one signature over bytes that are no document.
type DataRequest struct {
	// Origin is the web origin that asks, from the browser's own header.
	Origin  string
	Purpose Purpose
	Format  DataFormat
	// Data is what gets hashed and signed, 1 to MaxDataBytes of it.
	Data []byte
	// AllowOpaqueUnsafe signs data that cannot be shown in full: the person sees
	// its size and digest alone, and has to trust the site.
	AllowOpaqueUnsafe bool
	// PSS asks for RSASSA-PSS with an RSA key. Detached leaves the data out of a
	// JWS; a CMS never has it in.
	PSS, Detached bool
	// CertificateID limits the choice to one Identity. Empty: the person chooses.
	CertificateID string
	Language      string // "vi" or "en"; empty is "vi"
}

// MaxDataBytes bounds data to sign: a message, or a form of some pages.
const MaxDataBytes = 1 << 20

// The bounds of what a window shows in full, in characters and lines; a login
// code is one line of its own.
const (
	maxDataText  = 1000
	maxDataLines = 20
	maxLoginCode = 512
)

// A DataQuestion asks a person to approve a signature over exactly these bytes.
type DataQuestion struct {
	Origin  string
	Purpose Purpose
	// Text is all of the data, as text: letters, marks, punctuation, spaces and
	// ends of lines, nothing invisible. Empty: it is no such text, or too long,
	// and Size and SHA256 are all there is to show.
	Text   string
	Size   int64
	SHA256 [32]byte
	// Hash and Function are what PurposeHash asks about: a digest, all of it, and
	// what made it. SHA256 is then the same where Function is SHA-256, else zero.
	Hash       []byte
	Function   string
	Identities []Identity // the certificates that may be chosen, at least one
	Notices    []verify.Message
	Language   string // "vi" or "en"
}

// A DataResult is a signature over data, as its format writes it.
type DataResult struct {
	Signature []byte
	Identity  Identity // who signed
}

// A DataError says why data is not signed. It is one of ErrRequest.
type DataError struct{ VI, EN string }

func (e *DataError) Error() string { return e.EN }

// Unwrap makes it one of ErrRequest.
func (e *DataError) Unwrap() error { return ErrRequest }

// Words are the cause in both languages.
func (e *DataError) Words() (vi, en string) { return e.VI, e.EN }

var (
	errDocument = &DataError{"Đây là tài liệu PDF, không phải dữ liệu thường. Tài liệu chỉ được ký như tài liệu.",
		"This is a PDF and no plain data. A document is signed as a document only."}
	errOpaque = &DataError{"Dữ liệu quá dài hoặc không phải văn bản đọc được nên người ký không xem được hết. Kyso không ký dữ liệu như vậy nếu quản trị viên chưa cho phép.",
		"The data is too long or no readable text, so the signer could not see all of it. Kyso does not sign such data unless an administrator allows it."}
	errLoginCode = &DataError{"Mã đăng nhập phải là một dòng chữ đọc được, tối đa 512 ký tự.", "A login code must be one line of readable text, of at most 512 characters."}
)

// SignData signs data that is no document, with one consent of its own and one
// PIN. It hashes the data itself: a digest that a page chose is never what the
// key signs. A PDF is refused, whose signature this could else become: the
// person would have been asked about something else.
func (s *Service) SignData(ctx context.Context, r DataRequest) (DataResult, error) {
	if !s.one.TryLock() {
		return DataResult{}, ErrBusy
	}
	defer s.one.Unlock()
	q, err := s.dataQuestion(r)
	if err != nil {
		return DataResult{}, err
	}
	identities, err := s.usable(ctx, r.CertificateID)
	if err != nil {
		return DataResult{}, ended(ctx, err)
	}
	if q.Identities, q.Notices, err = s.standing(ctx, "B-B", identities); err != nil {
		return DataResult{}, ended(ctx, err)
	}
	data := bytes.Clone(r.Data) // what was shown stays
	log := s.auditOfData(q)
	identity, key, err := s.answer(ctx, q, log)
	if err != nil {
		return DataResult{}, ended(ctx, err)
	}
	defer key.Close()
	sign := signCMS
	if r.Format == FormatJWS {
		sign = signJWS
	}
	var signature []byte
	if err = ctx.Err(); err == nil {
		signature, err = sign(data, identity, key, r)
	}
	if err != nil {
		log.failed(ctx, err)
		return DataResult{}, ended(ctx, fmt.Errorf("sign data: %w", err))
	}
	log.signed(ctx)
	return DataResult{signature, identity}, nil
}

// answer asks for data as ask does for documents, and opens the key the person
// chose.
func (s *Service) answer(ctx context.Context, q DataQuestion, log *audit) (Identity, Key, error) {
	asking, stop := context.WithTimeout(ctx, s.askTimeout)
	defer stop()
	answer, err := s.askData(asking, q)
	defer clear(answer.PIN)
	if err = answered(ctx, asking, err); err == nil && !answer.Approved {
		err = ErrRefused
	}
	if err != nil {
		log.declined(ctx, err)
		return Identity{}, nil, err
	}
	return s.open(ctx, q.Identities, answer, log)
}

// Usable lists the identities that may sign now. When there is none, the error
// says why.
func (s *Service) Usable(ctx context.Context) ([]Identity, error) { return s.usable(ctx, "") }

// dataQuestion refuses what needs no token, and says what the person will see.
func (s *Service) dataQuestion(r DataRequest) (DataQuestion, error) {
	q := DataQuestion{Origin: r.Origin, Purpose: r.Purpose, Size: int64(len(r.Data)), SHA256: sha256.Sum256(r.Data), Language: r.Language}
	if q.Language == "" {
		q.Language = "vi"
	}
	switch {
	case s.askData == nil:
		return q, fmt.Errorf("%w: nothing is set up to ask about data", ErrConsent)
	case !slices.Contains([]Purpose{PurposeMessage, PurposeLogin, PurposeJSON}, r.Purpose) || r.Format != FormatCMS && r.Format != FormatJWS:
		return q, fmt.Errorf("purpose %q, format %q: %w", r.Purpose, r.Format, ErrRequest)
	case len(r.Data) == 0:
		return q, fmt.Errorf("no data: %w", ErrRequest)
	case len(r.Data) > MaxDataBytes:
		return q, fmt.Errorf("%d bytes of data, at most %d: %w", len(r.Data), MaxDataBytes, ErrTooLarge)
	case partOfPDF(r.Data):
		return q, errDocument
	}
	if text := string(r.Data); readable(text) {
		q.Text = text
	}
	if r.Purpose == PurposeLogin && (q.Text == "" || len(q.Text) > maxLoginCode || strings.ContainsAny(q.Text, "\r\n\t")) {
		return q, errLoginCode
	}
	if q.Text == "" && !r.AllowOpaqueUnsafe {
		return q, errOpaque
	}
	return q, nil
}

// partOfPDF tells whether readers may take data for the signed part of a PDF:
// some look for no header, or for the one that PostScript would have (ISO 32000-1,
// Annex H.3.4.1), or take a signature that leaves it out.
func partOfPDF(data []byte) bool {
	return slices.ContainsFunc([]string{"%PDF-", "%!PS-Adobe-", "/ByteRange"}, func(s string) bool { return bytes.Contains(data, []byte(s)) })
}

// readable tells whether a person sees all of text when it is shown. Marks stand
// on letters, a few at most: a heap of them would cover other lines.
func readable(text string) bool {
	// A return alone would write over its line.
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxDataText || strings.Count(text, "\n") >= maxDataLines || strings.TrimSpace(text) == "" {
		return false
	}
	const maxMarks = 3 // Vietnamese has two on a letter
	marks := maxMarks
	for _, r := range text {
		switch {
		case unicode.IsMark(r):
			if marks++; marks > maxMarks {
				return false
			}
			continue
		case r == '\n' || r == '\t':
			marks = maxMarks
			continue
		case !unicode.IsPrint(r): // controls, and what is invisible or turns the direction
			return false
		}
		marks = 0
	}
	return true
}

// hint is what a signature over data says of itself: what the person was asked
// for, and by which site. So a login's is no message's, one site's no other's, and
// neither a document's, for whoever looks.
func hint(r DataRequest) string { return "kyso " + string(r.Purpose) + " " + r.Origin }

// signCMS makes the detached signature.
func signCMS(data []byte, id Identity, key Key, r DataRequest) ([]byte, error) {
	digest := sha256.Sum256(data)
	u, err := cms.Prepare(cms.Content{Certificate: id.Certificate, Chain: id.Chain, PSS: r.PSS, Digest: digest[:], Hint: hint(r)})
	if err != nil {
		return nil, err
	}
	value, err := key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		return nil, err
	}
	return u.Finish(value) // checks the value
}
