package bridge

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/signature/verify"
)

var update = flag.Bool("update", false, "write testdata/protocol anew")

const fixtures = "../../../testdata/protocol"

// The examples are one plainly fictional signing.
var (
	exampleDigest      = strings.Repeat("0123456789abcdef", 4)
	exampleCertificate = certificate{
		ID: "c2f1a0", Holder: "Trần Thị Ngọc Hưởng", Organisation: "Sở Thí dụ tỉnh Minh Họa", Issuer: "CA Thí dụ", Serial: "4a01",
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	exampleTime   = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	exampleReport = verify.Report{
		File: "cong-van.pdf", Verdict: verify.Indeterminate, SubIndication: "NO_CERTIFICATE_CHAIN_FOUND",
		Reason: &verify.Message{Code: "NO_CERTIFICATE_PATH", VI: "Không tìm thấy đường dẫn tới nơi cấp được tin cậy.", EN: "No path to a trusted issuer was found."},
		Time:   exampleTime, Size: 20480, Pages: 2, Revisions: 2,
		Signatures: []verify.Signature{{
			Field: "Signature1", Kind: "signature", Verdict: verify.Indeterminate, SubIndication: "NO_CERTIFICATE_CHAIN_FOUND",
			Level: "B-B", SubFilter: "ETSI.CAdES.detached", Intact: true, Valid: true, Coverage: verify.CoverageWholeFile, Revision: 2,
			Modification: verify.ModificationNone, Changes: []verify.Change{},
			Signer: &verify.Signer{Name: "Trần Thị Ngọc Hưởng", Organisation: "Sở Thí dụ tỉnh Minh Họa", Serial: "4a01",
				NotBefore: exampleCertificate.NotBefore, NotAfter: exampleCertificate.NotAfter, SHA256: exampleDigest},
			Issuer: "CA Thí dụ", ClaimedTime: &exampleTime, BestTime: verify.BestTime{Value: exampleTime, Source: "validation-time"},
			Revocation: verify.Revocation{Status: "unknown"}, Algorithm: "RSA SHA-256", Timestamps: []verify.Timestamp{}, Warnings: []verify.Message{},
		}},
		Warnings: []verify.Message{},
	}
)

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// pageFrames are what pages send; agentFrames what the agent sends. The keys
// are file names.
var pageFrames = map[string]frame{
	"page-hello":            {V: 1, ID: "1", Type: typeRequest, Method: "hello", Params: raw(helloParams{1, 2, "kyso-client/0.1.0", vector.Transcript.PageNonce, vector.Transcript.PageKey})},
	"page-authenticate":     {V: 1, ID: "2", Type: typeRequest, Method: "authenticate", Params: raw(authenticateParams{vector.PageSignature})},
	"page-pair":             {V: 1, ID: "3", Type: typeRequest, Method: "pair", Params: raw(pairParams{exampleCommitment()})},
	"page-pair-confirm":     {V: 1, ID: "4", Type: typeRequest, Method: "pair-confirm", Params: raw(pairConfirmParams{vector.Secret, "vi"})},
	"page-authorize":        {V: 1, ID: "5", Type: typeRequest, Method: "authorize", Params: raw(authorizeParams{"sign"})},
	"page-resume-uploading": {V: 1, ID: "3", Type: typeRequest, Method: "resume", Params: raw(resumeParams{exampleSecret(2), []received{}})},
	"page-resume":           {V: 1, ID: "3", Type: typeRequest, Method: "resume", Params: raw(resumeParams{exampleSecret(2), []received{{1, 16384}}})},
	"page-done":             {V: 1, ID: "4", Type: typeDone},
	"page-status":           {V: 1, ID: "2", Type: typeRequest, Method: "status"},
	"page-certificates":     {V: 1, ID: "3", Type: typeRequest, Method: "certificates", Params: raw(capabilityParams{exampleSecret(1)})},
	"page-sign": {V: 1, ID: "4", Type: typeRequest, Method: "sign", Params: raw(signParams{
		Capability: exampleSecret(1),
		Documents:  []documentParams{{1, "cong-van.pdf", 12288, exampleDigest}, {2, "phụ lục.pdf", 4096, exampleDigest}},
		Level:      "B-B", Certificate: "c2f1a0", Reason: "Phê duyệt", Location: "Minh Họa", Field: "Signature1", Language: "vi", OnError: "continue",
		stampParams: stampParams{Profile: "agency", Template: "organisation", Place: "1,85,42,310,90", Number: "127/STD-VP", Form: "SAO Y", Agency: "Sở Thí dụ tỉnh Minh Họa", WithoutPerson: "bản giấy đã có chữ ký"},
	})},
	"page-verify": {V: 1, ID: "5", Type: typeRequest, Method: "verify", Params: raw(verifyParams{
		Document: documentParams{3, "cong-van.pdf", 20480, exampleDigest},
		Evidence: []evidenceParams{{4, "certificate", 900}, {5, "crl", 700}, {6, "ocsp", 500}},
	})},
	"page-sign-hash": {V: 1, ID: "6", Type: typeRequest, Method: "sign-hash", Params: raw(signHashParams{
		Capability: exampleSecret(1), Certificate: "c2f1a0", Hash: exampleHash, HashFunction: "SHA-384", Language: "vi"})},
	"page-cancel": {V: 1, ID: "4", Type: typeCancel},
	"page-credit": {V: 1, Type: typeCredit, Credit: &credit{1, 20480}},
}

var agentFrames = map[string]frame{
	"agent-hello": {V: 1, ID: "1", Type: typeResult, Result: helloResult{Product: "kyso", ProductVersion: "0.1.0", Version: 1, MinVersion: minVersion, MaxVersion: maxVersion,
		Limits: limits{chunkBytes, maxControlBytes, signing.MaxDocuments, defaultMaxDocumentBytes, batchFactor * defaultMaxDocumentBytes},
		Port:   vector.Transcript.Port, Agent: proof{vector.Transcript.AgentKey, vector.Transcript.AgentNonce, vector.AgentSignature}}},
	"agent-authenticate":        {V: 1, ID: "2", Type: typeResult, Result: standingResult{"unpaired"}},
	"agent-pair":                {V: 1, ID: "3", Type: typeResult, Result: pairResult{vector.Challenge}},
	"agent-pair-confirm":        {V: 1, ID: "4", Type: typeResult, Result: standingResult{"paired"}},
	"agent-authorize":           {V: 1, ID: "5", Type: typeResult, Result: authorizeResult{exampleSecret(1), 60000}},
	"agent-capability-refused":  {V: 1, ID: "6", Type: typeError, Error: failureOf(i18n.CapabilityRefused)},
	"agent-pairing-needed":      {V: 1, ID: "6", Type: typeError, Error: failureOf(i18n.PairingNeeded)},
	"agent-rate-limited":        {V: 1, ID: "6", Type: typeError, Error: rateFailure(30 * time.Second)},
	"agent-accepted":            {V: 1, ID: "4", Type: typeAccepted, Accepted: &accepted{exampleSecret(2), []received{{1, 0}, {2, 0}}}},
	"agent-accepted-uploading":  {V: 1, ID: "3", Type: typeAccepted, Accepted: &accepted{exampleSecret(3), []received{{2, 1024}}}},
	"agent-accepted-resumed":    {V: 1, ID: "3", Type: typeAccepted, Accepted: &accepted{exampleSecret(3), []received{}}},
	"agent-progress-queued":     {V: 1, ID: "4", Type: typeProgress, Progress: &progress{"queued", 0, 1, 3, 0}},
	"agent-document-resumed":    {V: 1, ID: "3", Type: typeDocument, Document: &announcement{1, "cong-van.pdf", 20480, exampleDigest, 16384}},
	"agent-event-tokens":        {V: 1, Type: typeEvent, Event: &event{"tokens", "ready", 1}},
	"agent-version-unsupported": {V: 1, ID: "1", Type: typeError, Error: versionFailure()},
	"agent-status":              {V: 1, ID: "2", Type: typeResult, Result: statusResult{"ready", 1, []string{"B-B"}}},
	"agent-certificates":        {V: 1, ID: "3", Type: typeResult, Result: certificatesResult{[]certificate{exampleCertificate}}},
	"agent-credit":              {V: 1, Type: typeCredit, Credit: &credit{1, 12288}},
	"agent-progress":            {V: 1, ID: "4", Type: typeProgress, Progress: &progress{"receiving", 0, 0, 12288, 0}},
	"agent-document":            {V: 1, ID: "4", Type: typeDocument, Document: &announcement{1, "cong-van.pdf", 20480, exampleDigest, 0}},
	"agent-sign": {V: 1, ID: "4", Type: typeResult, Result: signResult{exampleCertificate, []documentOutcome{
		{1, "cong-van.pdf", 20480, exampleDigest, "Signature1", "B-B", nil}, {2, "phụ lục.pdf", 12288, exampleDigest, "Signature1", "B-B", nil}}}},
	"agent-sign-partly": {V: 1, ID: "4", Type: typeResult, Result: signResult{exampleCertificate, []documentOutcome{
		{1, "cong-van.pdf", 20480, exampleDigest, "Signature1", "B-B", nil},
		{Channel: 2, Name: "phụ lục.pdf", Error: failureOf(i18n.TokenRemoved)}}}},
	"agent-sign-none": {V: 1, ID: "4", Type: typeError, Error: withDocuments(failureOf(i18n.DamagedPDF),
		documentOutcome{Channel: 1, Name: "cong-van.pdf", Error: failureOf(i18n.NotTried)},
		documentOutcome{Channel: 2, Name: "phụ lục.pdf", Error: failureOf(i18n.DamagedPDF)})},
	"agent-verify": {V: 1, ID: "5", Type: typeResult, Result: verifyResult{&exampleReport}},
	"agent-sign-hash": {V: 1, ID: "6", Type: typeResult, Result: signHashResult{
		origin.Encode(bytes.Repeat([]byte{0x5a}, 64)), hashAlgorithm{"ECC", "SHA-384", "NONE"}, withDER(exampleCertificate)}},
	"agent-certificates-der": {V: 1, ID: "3", Type: typeResult, Result: certificatesResult{[]certificate{withDER(exampleCertificate)}}},
	"agent-hash-refused":     {V: 1, ID: "6", Type: typeError, Error: failureOf(i18n.HashRefused)},
	"agent-error":            {V: 1, ID: "4", Type: typeError, Error: failureOf(i18n.Refused)},
}

// vector is a hello that was signed for real, and a pairing, made with openssl.
var vector = func() (v struct {
	Transcript struct {
		Port                                     int
		PageNonce, PageKey, AgentNonce, AgentKey string
	}
	AgentSignature, PageSignature, Secret, Challenge, Commitment string
}) {
	data, err := os.ReadFile(filepath.Join(fixtures, "vectors", "transcript.json"))
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		panic(err)
	}
	return v
}()

func exampleCommitment() string {
	b, err := hex.DecodeString(vector.Commitment)
	if err != nil {
		panic(err)
	}
	return origin.Encode(b)
}

// exampleSecret is a capability or ticket nobody was ever given.
func exampleSecret(n byte) string { return origin.Encode(bytes.Repeat([]byte{n}, origin.NonceBytes)) }

// exampleHash is a digest of SHA-384's length.
var exampleHash = origin.Encode(bytes.Repeat([]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}, 6))

// withDER adds the beginning of what a certificate is.
func withDER(c certificate) certificate {
	c.DER = origin.Encode([]byte{0x30, 0x82, 0x03, 0x21})
	return c
}

func withDocuments(f *failure, documents ...documentOutcome) *failure {
	f.Documents = documents
	return f
}

// TestFixtures holds the frames of this package against the files the
// TypeScript client is tested with.
func TestFixtures(t *testing.T) {
	files := map[string]any{"codes": i18n.Codes(), "chunk": exampleChunk(t), "ports": DefaultPorts}
	for name, f := range pageFrames {
		files[name] = f
	}
	for name, f := range agentFrames {
		files[name] = f
	}
	for name, v := range files {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(fixtures, name+".json")
		if *update {
			if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what this package writes; if that is meant, run this test with -update and read the difference:\n%s", path, want.Bytes())
		}
	}
	present, err := filepath.Glob(filepath.Join(fixtures, "*.json"))
	if err != nil || len(present) != len(files) {
		t.Errorf("%d files, %d frames (%v): one belongs to nothing", len(present), len(files), err)
	}
}

// TestPageFixturesDecode reads the page's frames the way a session does.
func TestPageFixturesDecode(t *testing.T) {
	params := map[string]any{
		"page-hello": &helloParams{}, "page-authenticate": &authenticateParams{}, "page-pair": &pairParams{}, "page-pair-confirm": &pairConfirmParams{},
		"page-authorize": &authorizeParams{}, "page-certificates": &capabilityParams{}, "page-sign": &signParams{}, "page-resume": &resumeParams{}, "page-resume-uploading": &resumeParams{},
		"page-verify": &verifyParams{}, "page-sign-hash": &signHashParams{},
	}
	for name, want := range pageFrames {
		data, err := os.ReadFile(filepath.Join(fixtures, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := decodeFrame(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.ID != want.ID || f.Type != want.Type || f.Method != want.Method || !reflect.DeepEqual(f.Credit, want.Credit) {
			t.Errorf("%s: got %+v", name, f)
		}
		if into := params[name]; into != nil {
			if err := exactjson.Decode(f.Params, into); err != nil {
				t.Errorf("%s: params: %v", name, err)
			}
			if !bytes.Equal(raw(into), want.Params) {
				t.Errorf("%s: params became %s", name, raw(into))
			}
		}
		// A member the agent does not know must not pass.
		for member := range map[string]bool{`"v"`: true, `"type"`: true} {
			renamed := bytes.Replace(data, []byte(member), []byte(`"x`+member[1:]), 1)
			if _, err := decodeFrame(renamed); err == nil {
				t.Errorf("%s decodes with %s renamed", name, member)
			}
		}
	}
}

func exampleChunk(t *testing.T) any {
	payload := []byte("%PDF-1.7")
	data := append(binary.BigEndian.AppendUint32(nil, 258), payload...)
	channel, err := chunkChannel([chunkHeader]byte(data))
	if err != nil || channel != 258 {
		t.Errorf("chunk is of channel %d, %v", channel, err)
	}
	return struct {
		Channel uint32 `json:"channel"`
		Payload string `json:"payload"`
		Frame   string `json:"frame"`
	}{258, hex.EncodeToString(payload), hex.EncodeToString(data)}
}

// TestEveryCodeIsInTheTable: no error leaves without its own text.
func TestEveryCodeIsInTheTable(t *testing.T) {
	for _, err := range []error{
		signing.ErrBusy, signing.ErrRequest, signing.ErrLevel, signing.ErrNotPDF, signing.ErrDamaged, signing.ErrTooLarge, signing.ErrChanged,
		signing.ErrSelfCheck, signing.ErrRefused, signing.ErrTimeout, signing.ErrNobodyToAsk, signing.ErrConsent, signing.ErrNoToken,
		signing.ErrNoCertificate, signing.ErrExpired, signing.ErrPINIncorrect, signing.ErrPINFinalTry, signing.ErrPINLocked,
		signing.ErrTokenRemoved, signing.ErrModule, signing.ErrNotTried, errStorage, errStalled, errUnpaired, errHashSite, errNotResumable, errUnproven, origin.ErrCapability,
		origin.ErrTooManyCapabilities, &rateError{},
	} {
		code := codeOf(err)
		if code == i18n.Internal || i18n.Lookup(code).Code != code {
			t.Errorf("%v has the code %s, which has no text", err, code)
		}
	}
}

func FuzzDecodeFrame(f *testing.F) {
	for _, fr := range pageFrames {
		f.Add([]byte(raw(fr)))
	}
	for _, fr := range agentFrames {
		f.Add([]byte(raw(fr)))
	}
	f.Add([]byte(`{"v":1,"id":"a","type":"request","method":"sign","params":{"documents":[{"channel":4294967296}]}}`))
	f.Add([]byte("\x00\x00\x00\x01%PDF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fr, err := decodeFrame(data)
		if err != nil {
			return
		}
		again, err := decodeFrame(raw(fr))
		if err != nil || again.ID != fr.ID || again.Type != fr.Type || again.Method != fr.Method || !reflect.DeepEqual(again.Credit, fr.Credit) {
			t.Errorf("%s does not survive being written: %v", data, err)
		}
		if fr.Type != typeRequest {
			return
		}
		// Whatever a method accepts is within its bounds.
		k := &call{params: fr.Params}
		var p signParams
		if k.read(&p) == nil && p.check(1000, []string{"B-B"}) == nil {
			total := int64(0)
			for _, d := range p.Documents {
				total += d.Size
				if d.Size < 1 || d.Size > 1000 || !fileName(d.Name) {
					t.Errorf("accepted %+v", d)
				}
			}
			if total > batchFactor*1000 || len(p.Documents) > signing.MaxDocuments {
				t.Errorf("accepted %d bytes in %d documents", total, len(p.Documents))
			}
		}
		// A request is resumed by what there is, not by what the page says there is.
		var r resumeParams
		if k.read(&r) == nil {
			held := make(map[uint32]int64)
			for _, d := range r.Documents {
				held[d.Channel] = d.Received
			}
			out := &sending{params: []documentParams{{Channel: 1}}, items: []*outgoing{{Result: signing.Result{Size: 20480}}}}
			if out.has(held) && (held[1] < 0 || held[1] > 20480 || held[2] != 0) {
				t.Errorf("resumes with %v", held)
			}
		}
		var h signHashParams
		if k.read(&h) == nil {
			if hash, err := h.check(); err == nil && (len(hash) < 32 || origin.Encode(hash) != h.Hash) {
				t.Errorf("accepted %+v", h)
			}
		}
		var q verifyParams
		if k.read(&q) == nil && q.check(1000) == nil && len(q.Evidence) > maxEvidenceItems {
			t.Errorf("accepted %d pieces of evidence", len(q.Evidence))
		}
	})
}
