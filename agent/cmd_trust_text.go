package main

import (
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/truststore"
	"kyso/signature/algorithm"
)

// print writes a result in the person's language.
func (e *env) print(vi, en string) {
	if e.language == "en" {
		vi = en
	}
	fmt.Fprintln(e.out, vi)
}

// explainLine says why, beneath what it is about.
func (e *env) explainLine(err error) { fmt.Fprintln(e.out, "  "+e.explain(err)) }

// trustProblems says which anchors are left out, and why.
func (e *env) trustProblems(problems []error) {
	said := i18n.Text{VI: "Bỏ qua một CA trong kho tin cậy vì không dùng được.", EN: "A CA of the trust store was left out, as it cannot be used."}.In(e.language)
	for _, err := range problems {
		fmt.Fprintf(e.err, "kyso: %s [%s]\n", said, visible(err.Error()))
	}
}

func (e *env) storeName(o truststore.Origin) string {
	switch {
	case o == truststore.Machine && e.language == "en":
		return "the machine's store"
	case o == truststore.Machine:
		return "kho chung của máy"
	case e.language == "en":
		return "the user's store"
	}
	return "kho của người dùng"
}

// storeError tells what rights are missing.
func (e *env) storeError(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return personError{"Không đủ quyền ghi vào kho tin cậy. Kho chung của máy cần quyền quản trị (sudo, hoặc Run as administrator). [" + visible(err.Error()) + "]",
			"No right to write to the trust store. The machine's store needs an administrator (sudo, or Run as administrator). [" + visible(err.Error()) + "]"}
	}
	return err
}

// describe shows a certificate: what it says of itself, and what is known.
func (e *env) describe(a truststore.Anchor) {
	c := a.Certificate
	const day = "02/01/2006"
	// An algorithm that is not known is an empty name here; the SHA-256 still
	// says which certificate it is.
	signed, _ := algorithm.OfCertificate(c)
	e.print(visible(c.Subject.CommonName), visible(c.Subject.CommonName))
	e.print("  Chủ thể: "+visible(c.Subject.String()), "  Subject: "+visible(c.Subject.String()))
	e.print("  CA cấp: "+visible(c.Issuer.String()), "  Issuer: "+visible(c.Issuer.String()))
	validity := c.NotBefore.Local().Format(day) + " – " + c.NotAfter.Local().Format(day)
	e.print("  Hiệu lực: "+validity, "  Valid: "+validity)
	e.print("  Khóa: "+keyName(c.PublicKey)+"; chữ ký: "+signed.String(), "  Key: "+keyName(c.PublicKey)+"; signature: "+signed.String())
	e.print("  SHA-256: "+a.SHA256, "  SHA-256: "+a.SHA256)
	if k := a.Known; k != nil {
		e.print("  Kyso biết: "+k.NameVI, "  Known to Kyso: "+k.NameEN)
		if !k.SHA1Until.IsZero() {
			until := k.SHA1Until.Format(day)
			e.print("  Lưu ý: thế hệ cũ dùng SHA-1, có thể bị giả mạo bởi người có nhiều phương tiện. Chữ ký của thế hệ này được nhận kèm cảnh báo, đến "+until+".",
				"  Note: this old generation uses SHA-1, which somebody with great means may forge. Its signatures are taken with a warning, until "+until+".")
		}
	}
	if time.Now().After(c.NotAfter) {
		e.print("  Lưu ý: đã hết hạn.", "  Note: it has expired.")
	}
}

func keyName(key any) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *algorithm.ECPublicKey:
		return fmt.Sprintf("ECDSA P-%d", key.Bits())
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return "?"
}
