package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"kyso/agent/internal/audit"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
)

type policySignCmd struct {
	Key      string `required:"" help:"Khóa ký: pkcs11:… hoặc p12:TỆP. / The signing key: pkcs11:… or p12:FILE." placeholder:"URI"`
	Serial   int64  `required:"" help:"Số hiệu của danh sách; mỗi lần một lớn hơn. / Serial of the list; higher each time." placeholder:"N"`
	Days     int    `required:"" help:"Số ngày có hiệu lực, tính từ bây giờ. / Days it is valid, from now." placeholder:"D"`
	PINStdin bool   `name:"pin-stdin" help:"Đọc PIN từ một dòng của đầu vào chuẩn. / Read the PIN from one line of standard input."`
	File     string `arg:"" name:"list" help:"Tệp JSON có \"origins\". Được ghi lại kèm số hiệu và thời hạn; chữ ký ở tệp .p7s bên cạnh. / JSON file with \"origins\". It is rewritten with serial and dates; the signature lies beside it as .p7s." type:"path"`
}

// maxListDays bounds how long a list may be valid: a site that is closed must
// not stay allowed for ever.
const maxListDays = 1100

// draft is what is handed in: a list, or one that was signed before.
type draft struct {
	Version int             `json:"version"`
	Serial  int64           `json:"serial"`
	Issued  json.RawMessage `json:"issued"`
	Expires json.RawMessage `json:"expires"`
	Origins []string        `json:"origins"`
}

func (c *policySignCmd) Run(e *env) error {
	if c.Days < 1 || c.Days > maxListDays || c.Serial < 1 {
		return usageError{personError{fmt.Sprintf("--serial phải từ 1 trở lên, --days từ 1 đến %d.", maxListDays), fmt.Sprintf("--serial must be 1 or more, --days from 1 to %d.", maxListDays)}}
	}
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	data, err := readBounded(c.File, origin.MaxListBytes)
	if err != nil {
		return fmt.Errorf("read the list: %w", err)
	}
	var d draft
	in := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil || in.More() {
		return personError{"Không đọc được danh sách. Cần một tệp JSON như {\"origins\": [\"https://eoffice.example.gov.vn\"]}. [" + fmt.Sprint(err) + "]",
			"The list cannot be read. A JSON file such as {\"origins\": [\"https://eoffice.example.gov.vn\"]} is needed. [" + fmt.Sprint(err) + "]"}
	}
	if c.Serial <= d.Serial {
		return personError{fmt.Sprintf("Danh sách này đã được ký với số hiệu %d: cần --serial lớn hơn.", d.Serial), fmt.Sprintf("This list was signed with serial %d already: --serial must be higher.", d.Serial)}
	}
	now := time.Now().UTC().Truncate(time.Second)
	l := origin.SignedList{Version: 1, Serial: c.Serial, Issued: now, Expires: now.AddDate(0, 0, c.Days), Origins: d.Origins}
	// Before a PIN is asked for.
	if err := l.Check(); err != nil {
		return personError{"Danh sách chưa đúng: ghi mỗi trang đúng như trình duyệt gửi, không có dấu * và dấu / ở cuối. [" + err.Error() + "]",
			"The list is not right: write each site exactly as browsers send it, without * and without / at the end. [" + err.Error() + "]"}
	}
	identity, key, err := c.open(e, r)
	if err != nil {
		return err
	}
	defer key.Close()
	record, err := c.recorded(e, data, identity)
	if err != nil {
		return err
	}
	signed, signature, err := origin.SignList(l, identity.Certificate, key)
	if err != nil {
		record(nil, tokenError(err))
		return tokenError(err)
	}
	record(signed, nil)
	sum := sha256.Sum256(identity.Certificate.Raw)
	// What others will see is looked at as they will.
	if _, err := origin.CheckListSignature(signed, signature, [][sha256.Size]byte{sum}, now); err != nil {
		return personError{"Chữ ký vừa tạo không dùng được, thường vì khóa quá ngắn: cần RSA từ 2048 bit hoặc ECDSA. [" + err.Error() + "]",
			"The signature just made cannot be used, mostly as the key is too short: RSA of 2048 bits or more, or ECDSA, is needed. [" + err.Error() + "]"}
	}
	if err := writeBoth(c.File, signed, signature); err != nil {
		return err
	}
	fmt.Fprintln(e.out, visible(c.File))
	fmt.Fprintln(e.out, visible(c.File+origin.ListSignatureSuffix))
	e.describeList(l, identity.Certificate, now)
	e.say("Chính sách cần có: \"allowedOriginsFile\": đường dẫn đầy đủ của danh sách, và \"allowedOriginsSigners\": [\""+hexOf(sum)+"\"].",
		"The policy needs \"allowedOriginsFile\": the list's full path, and \"allowedOriginsSigners\": [\""+hexOf(sum)+"\"].")
	return nil
}

// recorded writes down that the person has a list signed, before the key is used;
// record is to be told what came of it.
func (c *policySignCmd) recorded(e *env, draft []byte, by token.Identity) (record func(signed []byte, err error), err error) {
	log, err := e.auditLog("")
	if err != nil {
		return nil, err
	}
	id, decision := signingIdentity(by), signing.Approved
	if c.PINStdin {
		decision = signing.CommandLine
	}
	entry := signing.AuditEntry{Request: rand.Text(), Kind: audit.KindList, Decision: decision, Identity: &id,
		Documents: []signing.AuditDocument{{Name: filepath.Base(c.File), Size: int64(len(draft)), SHA256: sha256.Sum256(draft)}}}
	if err := log.Record(e.ctx, entry); err != nil {
		return nil, fmt.Errorf("%w: %w", signing.ErrAudit, err)
	}
	return func(signed []byte, err error) {
		entry.Decision = ""
		if err != nil {
			entry.Documents[0].Outcome = signing.Code(err)
		} else {
			entry.Documents[0].Outcome, entry.Documents[0].SignedSize, entry.Documents[0].SignedSHA256 = "SIGNED", int64(len(signed)), sha256.Sum256(signed)
		}
		log.Record(context.WithoutCancel(e.ctx), entry) // tells of it when it cannot
	}, nil
}

// open opens the key with one PIN try; at the last try it does not.
func (c *policySignCmd) open(e *env, r rules) (token.Identity, token.Key, error) {
	uri, err := token.ParseURI(c.Key)
	if err != nil {
		return token.Identity{}, nil, personError{"Địa chỉ khóa sau --key chưa đúng: cần pkcs11:… hoặc p12:TỆP. [" + err.Error() + "]", "The address after --key is not right: pkcs11:… or p12:FILE is needed. [" + err.Error() + "]"}
	}
	if uri.File != "" && r.managed && !r.AllowPKCS12 {
		return token.Identity{}, nil, personError{"Chính sách của máy không cho dùng khóa trong tệp (allowPKCS12).", "This machine's policy does not allow keys in files (allowPKCS12)."}
	}
	if uri.File != "" {
		pin, err := c.pin(e)
		if err != nil {
			return token.Identity{}, nil, err
		}
		defer clear(pin)
		data, err := readBounded(uri.File, maxKeyFile)
		if err != nil {
			return token.Identity{}, nil, fmt.Errorf("read the key file: %w", err)
		}
		id, key, err := token.DecodePKCS12(uri.File, data, pin)
		return id, key, tokenError(err)
	}
	source := e.modules(r, uri.ModulePath)
	// The source ends with its key.
	fail := func(err error) (token.Identity, token.Key, error) {
		source.Close()
		return token.Identity{}, nil, tokenError(err)
	}
	id, err := token.Find(e.ctx, source, uri)
	if err != nil {
		return fail(err)
	}
	var pin []byte
	if id.NeedsPIN && !id.PINPad {
		if pin, err = c.pin(e); err != nil {
			return fail(err)
		}
	}
	key, err := source.Open(e.ctx, id.ID, pin, token.OpenOptions{})
	if err != nil {
		return fail(err)
	}
	return id, sourceKey{key, source}, nil
}

// sourceKey ends its source with itself.
type sourceKey struct {
	token.Key
	source token.Source
}

func (k sourceKey) Close() error { return errors.Join(k.Key.Close(), k.source.Close()) }

func (c *policySignCmd) pin(e *env) ([]byte, error) {
	if c.PINStdin {
		return readPIN(e.in)
	}
	if f, ok := e.in.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, personError{"Không có cửa sổ dòng lệnh để hỏi PIN: hãy chạy trong cửa sổ dòng lệnh, hoặc dùng --pin-stdin.", "There is no terminal to ask for the PIN: run this in one, or use --pin-stdin."}
	}
	return e.readHidden(i18n.Text{VI: "PIN: ", EN: "PIN: "})
}

// writeBoth puts list and signature in their places, each whole.
func writeBoth(path string, list, signature []byte) error {
	for _, f := range []struct {
		name string
		data []byte
	}{{path + origin.ListSignatureSuffix, signature}, {path, list}} {
		mode := fs.FileMode(0o644)
		if st, err := os.Stat(f.name); err == nil {
			mode = st.Mode()
		}
		o, err := newOutput(f.name, mode)
		if err != nil {
			return err
		}
		defer o.discard()
		if err := o.write(bytes.NewReader(f.data), int64(len(f.data)), sha256.Sum256(f.data)); err != nil {
			return err
		}
		if err := o.publish(true); err != nil {
			return err
		}
	}
	return nil
}
