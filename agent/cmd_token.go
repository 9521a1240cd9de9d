package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
)

// tokenCmd is all that a keeper of tokens does; docs/tokens.md.
type tokenCmd struct {
	List      tokenListCmd    `cmd:"" default:"withargs" help:"Liệt kê chứng thư số. / List certificates."`
	Show      tokenShowCmd    `cmd:"" help:"Xem đầy đủ: số hiệu, hạn dùng, PIN còn dùng được không. / Show everything: numbers, expiry, state of the PIN."`
	ChangePIN changePINCmd    `cmd:"" name:"change-pin" help:"Đổi PIN. / Change the PIN."`
	Unlock    unlockCmd       `cmd:"" help:"Mở khóa bằng SO PIN hoặc PUK, dành cho người giữ mã này. / Unlock with the SO PIN or PUK, for those who hold it."`
	Import    importCertCmd   `cmd:"" name:"import-cert" help:"Đưa chứng thư số gia hạn (.cer) vào thiết bị. / Put a renewed certificate (.cer) into the token."`
	Export    exportCertCmd   `cmd:"" name:"export-cert" help:"Lấy chứng thư số ra tệp. / Write a certificate to a file."`
	Rename    renameCmd       `cmd:"" help:"Đổi nhãn của chứng thư số và khóa. / Change the label of a certificate and its key."`
	Test      tokenTestCmd    `cmd:"" help:"Ký thử một lần, không tạo văn bản nào. / Make one test signature, and no document."`
	Modules   tokenModulesCmd `cmd:"" help:"Thư viện PKCS#11: list, add, remove. / PKCS#11 libraries: list, add, remove."`

	ForgetChoices forgetChoicesCmd `cmd:"" help:"Quên chứng thư số đã chọn cho một trang web, hoặc mọi trang. / Forget the certificate chosen for a web site, or for all."`
}

// moduleFlag says where to look for tokens.
type moduleFlag struct {
	Module []string `help:"Thư viện PKCS#11. / PKCS#11 library." type:"path" placeholder:"FILE"`
}

// whichToken names the token, or the certificate on it.
type whichToken struct {
	moduleFlag
	Which string `arg:"" optional:"" name:"token" help:"Thiết bị hoặc chứng thư số: nhãn, số hiệu, hoặc địa chỉ pkcs11:… / The token or certificate: its label, number, or pkcs11:… address."`
}

// pinFlags are for commands that use a PIN.
type pinFlags struct {
	PINStdin bool `name:"pin-stdin" help:"Đọc PIN từ đầu vào chuẩn, mỗi mã một dòng. / Read PINs from standard input, one a line."`
	LastTry  bool `name:"last-try" help:"Dùng cả lần thử cuối cùng: nếu sai, thiết bị bị khóa. / Use up the last try too: a wrong PIN then locks the token."`
}

// lookTimeout bounds the look at all tokens.
const lookTimeout = time.Minute

// devices looks at the tokens. What could not be read is told where something
// could, and is the error where nothing could.
func (e *env) devices(m moduleFlag) ([]token.Device, func(), error) {
	rules, err := e.loadPolicy()
	if err != nil {
		return nil, nil, err
	}
	source := e.modules(rules, m.Module...)
	ctx, cancel := context.WithTimeout(e.ctx, lookTimeout)
	defer cancel()
	list, problems := source.Devices(ctx)
	if len(list) == 0 {
		source.Close()
		if err := errors.Join(problems...); err != nil {
			return nil, nil, tokenError(err)
		}
		return nil, nil, tokenError(token.ErrNoToken)
	}
	for _, problem := range problems {
		fmt.Fprintf(e.err, "kyso: %s [%s]\n", moduleWords(problem).In(e.language), visible(problem.Error()))
	}
	return list, func() { source.Close() }, nil
}

// pick is a token, or one certificate on it.
type pick struct {
	device   token.Device
	identity *token.Identity
}

// minNumber is how many digits of a number a person must give.
const minNumber = 6

// picks are the tokens that which names; with certificates, their certificates.
// Empty names all of them. The address of docs/sign.md, a label, the number of
// the token, and the number or name of a certificate are understood.
func picks(all []token.Device, which string, certificates bool) ([]pick, error) {
	uri, isURI := token.URI{}, strings.HasPrefix(strings.ToLower(which), "pkcs11:")
	if isURI {
		var err error
		if uri, err = token.ParseURI(which); err != nil {
			return nil, usageError{personError{"Địa chỉ thiết bị chưa đúng. [" + err.Error() + "]", "The token's address is not right. [" + err.Error() + "]"}}
		}
	}
	var list []pick
	for _, d := range all {
		whole := !isURI && (which == "" || strings.EqualFold(which, d.Label) || named(which, d.Serial))
		hit := whole
		for i := range d.Identities {
			id := &d.Identities[i]
			c := id.Certificate
			if !whole && !(isURI && uri.Matches(*id)) && !(!isURI && (strings.EqualFold(which, id.Label) || strings.EqualFold(which, c.Subject.CommonName) ||
				named(which, certificateNumber(c)) || named(which, id.ID))) {
				continue
			}
			hit = true
			if certificates {
				list = append(list, pick{d, id})
			}
		}
		if hit && !certificates {
			list = append(list, pick{device: d})
		}
	}
	return list, nil
}

// named tells whether a person means this number: all of it, or enough of its
// beginning, with or without spaces and colons.
func named(which, number string) bool {
	strip := func(s string) string {
		return strings.TrimLeft(strings.ToLower(strings.NewReplacer(" ", "", ":", "").Replace(s)), "0")
	}
	which, number = strip(which), strip(number)
	return which != "" && (which == number || len(which) >= minNumber && strings.HasPrefix(number, which))
}

// choose finds the one token, or certificate, that is meant; a person at a
// terminal is asked where there are several.
func (e *env) choose(all []token.Device, which string, certificates bool) (pick, error) {
	list, err := picks(all, which, certificates)
	if err != nil {
		return pick{}, err
	}
	switch {
	case len(list) == 1:
		return list[0], nil
	case len(list) == 0 && which == "":
		return pick{}, tokenError(token.ErrNoKey) // tokens without certificates
	case len(list) == 0:
		return pick{}, personError{"Không có thiết bị hoặc chứng thư số nào là “" + which + "”. Lệnh kyso token list cho biết những gì đang cắm.",
			"No token or certificate is “" + which + "”. kyso token list shows what is plugged in."}
	}
	var rows strings.Builder
	for i, p := range list {
		fmt.Fprintf(&rows, "  %d. %s\n", i+1, e.pickText(p))
	}
	if e.terminal() == nil {
		one := make([]string, len(list))
		for i, p := range list {
			one[i] = e.pickText(p)
		}
		names := strings.Join(one, "; ")
		return pick{}, usageError{personError{"Có nhiều lựa chọn, hãy nêu nhãn hoặc số hiệu: " + names + ".", "There are several; name one by its label or number: " + names + "."}}
	}
	fmt.Fprint(e.err, rows.String())
	line, err := e.typeLine(i18n.Text{VI: "Chọn số: ", EN: "Choose a number: "})
	if err != nil {
		return pick{}, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || n < 1 || n > len(list) {
		return pick{}, signing.ErrRefused
	}
	return list[n-1], nil
}

// pickText is one line to choose by.
func (e *env) pickText(p pick) string {
	number := i18n.Text{VI: "số hiệu ", EN: "number "}.In(e.language)
	text := fmt.Sprintf("%s (%s%s)", visible(p.device.Label), number, visible(p.device.Serial))
	if p.identity == nil {
		return text
	}
	c := p.identity.Certificate
	return fmt.Sprintf("%s, %s%s, %s; %s", visible(c.Subject.CommonName), number, certificateNumber(c), c.NotAfter.Local().Format("02/01/2006"), text)
}
