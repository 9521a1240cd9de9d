package main

import (
	"bufio"
	"errors"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"kyso/agent/internal/truststore"
	"kyso/signature/algorithm"
	"kyso/signature/trust"
)

type trustCmd struct {
	Import trustImportCmd `cmd:"" help:"Thêm CA gốc vào kho tin cậy. / Add root CAs to the trust store."`
	List   trustListCmd   `cmd:"" help:"Liệt kê kho tin cậy. / List the trust store."`
	Remove trustRemoveCmd `cmd:"" help:"Bỏ một CA khỏi kho tin cậy. / Remove a CA from the trust store."`
}

type trustImportCmd struct {
	SHA256   []string `name:"sha256" help:"SHA-256 đầy đủ của CA mà Kyso chưa biết, thay cho xác nhận. / Full SHA-256 of a CA Kyso does not know, instead of confirming." placeholder:"HEX" sep:"none"`
	AsAnchor bool     `help:"Tin cậy cả CA cấp dưới như CA gốc. / Trust an intermediate CA as if it were a root."`
	Machine  bool     `help:"Cho mọi người dùng máy này (cần quyền quản trị). / For everybody on this machine (needs rights)."`
	Files    []string `arg:"" name:"file" help:"Tệp DER, PEM hoặc p7b. / DER, PEM or p7b files."`
}

// minPrefix is how much of a SHA-256 a person types: enough to have looked.
const minPrefix = 8

func storeOrigin(machine bool) truststore.Origin {
	if machine {
		return truststore.Machine
	}
	return truststore.User
}

// Run shows what each certificate is before anything is trusted. It ends with
// 1 when something that was handed in is not in the store afterwards, but for
// the CAs below a root, which need not be.
func (c *trustImportCmd) Run(e *env) error {
	var given []string
	for _, text := range c.SHA256 {
		digits := normalHex(text)
		if len(digits) != 64 {
			return personError{"--sha256 phải có đủ 64 chữ số thập lục phân: " + text, "--sha256 must have all 64 hexadecimal digits: " + text}
		}
		given = append(given, digits)
	}
	store := truststore.Default()
	present, problems := store.List()
	e.trustProblems(problems)
	refused, kept := false, false
	for _, name := range c.Files {
		certs, err := readCertificates(name)
		if err != nil {
			return err
		}
		for _, cert := range certs {
			a := truststore.Describe(cert)
			e.describe(a)
			in := slices.IndexFunc(present, func(p truststore.Anchor) bool {
				return p.SHA256 == a.SHA256 && (p.Origin == truststore.Machine || !c.Machine)
			})
			if in >= 0 {
				e.print("  Đã có trong "+e.storeName(present[in].Origin)+".", "  Already in "+e.storeName(present[in].Origin)+".")
				kept = true
				continue
			}
			switch err := c.admit(e, a, given); {
			case errors.Is(err, errBelow):
				e.explainLine(err)
				continue
			case err != nil:
				e.explainLine(err)
				refused = true
				continue
			}
			if _, err := store.Add(cert, storeOrigin(c.Machine)); err != nil {
				return e.storeError(err)
			}
			a.Origin = storeOrigin(c.Machine)
			present = append(present, a)
			kept = true
			e.print("  Đã thêm vào "+e.storeName(a.Origin)+".", "  Added to "+e.storeName(a.Origin)+".")
		}
	}
	if refused || !kept {
		return exitError(exitFailed)
	}
	return nil
}

// errBelow: not added, and no harm in it.
var errBelow error = personError{
	"Không thêm: đây là CA cấp dưới. Chỉ cần tin cậy CA gốc của nó; nếu vẫn muốn, dùng --as-anchor.",
	"Not added: it is an intermediate CA. Trusting its root is enough; to trust it alone, use --as-anchor.",
}

// admit says why a certificate is not to be trusted, after asking the person
// where that is needed.
func (c *trustImportCmd) admit(e *env, a truststore.Anchor, given []string) error {
	cert := a.Certificate
	if !(cert.BasicConstraintsValid && cert.IsCA) {
		return personError{"Không thêm: đây không phải chứng thư số của CA.", "Not added: it is not a CA's certificate."}
	}
	selfIssued := trust.SameName(cert.RawSubject, cert.RawIssuer)
	if selfIssued && algorithm.VerifyCertificate(cert, cert) != nil {
		return personError{"Không thêm: chứng thư số tự cấp nhưng chữ ký của nó sai.", "Not added: it claims to be self-signed and its signature is wrong."}
	}
	if !selfIssued && !c.AsAnchor {
		return errBelow
	}
	if a.Known != nil || slices.Contains(given, a.SHA256) {
		return nil
	}
	if len(given) > 0 {
		return personError{"Không thêm: SHA-256 khác với --sha256.", "Not added: its SHA-256 is not the one given by --sha256."}
	}
	return e.confirm(a)
}

// confirm has the person type what he should have compared.
func (e *env) confirm(a truststore.Anchor) error {
	e.print("  Kyso không biết CA này. Ai có khóa của nó có thể tạo chữ ký mang tên bất kỳ mà máy này sẽ coi là hợp lệ.",
		"  Kyso does not know this CA. Whoever holds its key can make signatures in any name that this machine will call valid.")
	terminal, ok := e.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return personError{"Không thêm: không có ai để hỏi. So sánh SHA-256 với giá trị CA công bố, rồi dùng --sha256 " + a.SHA256 + ".",
			"Not added: nobody can be asked. Compare the SHA-256 with the one the CA publishes, then use --sha256 " + a.SHA256 + "."}
	}
	e.print("  So sánh SHA-256 ở trên với giá trị CA công bố. Nếu đúng, gõ 8 chữ số đầu rồi Enter; để trống nếu không thêm:",
		"  Compare the SHA-256 above with the one the CA publishes. If it is the same, type its first 8 digits and Enter; leave it empty not to add the CA:")
	answer := make(chan string, 1)
	go func() {
		// A terminal's line is bounded by the system (4 KiB).
		line, _ := bufio.NewReader(terminal).ReadString('\n')
		answer <- line
	}()
	line := ""
	select {
	case line = <-answer:
	case <-e.ctx.Done(): // the read ends with the process
	}
	if typed := normalHex(line); len(typed) < minPrefix || !strings.HasPrefix(a.SHA256, typed) {
		return personError{"Không thêm: chưa được xác nhận.", "Not added: it was not confirmed."}
	}
	return nil
}

// normalHex drops what people and programs put between hexadecimal digits. It
// is empty for what is none.
func normalHex(s string) string {
	s = strings.ToLower(strings.NewReplacer(":", "", " ", "", "-", "").Replace(strings.TrimSpace(s)))
	if strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return s
}
