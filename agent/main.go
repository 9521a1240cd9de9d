// Command kyso signs and verifies documents with PKI tokens: as an agent for
// web pages, and from the command line. This package only wires: it reads
// flags and policy, and hands plain values to the packages that do the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"kyso/agent/internal/nativehost"
)

// version is set by the build.
var version = "0.1.0-dev"

// cli is the command line. Its help is written in both languages, Vietnamese
// first, and shown in one; see oneLanguage.
type cli struct {
	Lang    string           `help:"Ngôn ngữ: vi hoặc en; mặc định theo máy. / Language: vi or en; the locale's by default." enum:"vi,en," default:"" placeholder:"vi|en"`
	Print   kong.VersionFlag `name:"version" help:"In phiên bản. / Print the version."`
	Policy  string           `help:"Tệp chính sách thay cho tệp của máy. / Policy file instead of the machine's." type:"path" placeholder:"FILE"`
	Verify  verifyCmd        `cmd:"" help:"Kiểm tra chữ ký trong tệp PDF. / Verify the signatures of PDF files."`
	Sign    signCmd          `cmd:"" help:"Ký số tệp PDF: một tệp, hoặc nhiều tệp với --to. / Sign PDF files: one, or many with --to."`
	Extend  extendCmd        `cmd:"" help:"Nâng mức tệp đã ký, hoặc gia hạn mức B-LTA. / Raise the level of signed files, or renew B-LTA."`
	Agent   agentCmd         `cmd:"" help:"Chạy trong khay hệ thống, phục vụ trang web được phép. / Run in the tray for allowed web pages."`
	VGCA    vgcaCmd          `cmd:"" name:"vgca" help:"Trang web viết cho VGCA Sign Service: install, remove, status. / Pages of the VGCA Sign Service: install, remove, status."`
	Browser browserCmd       `cmd:"" help:"Tiện ích của trình duyệt: install, remove, status. / The browsers' extension: install, remove, status."`
	Service serviceCmd       `cmd:"" help:"Tự chạy khi đăng nhập: install, uninstall, start, stop, status. / Start at login: install, uninstall, start, stop, status."`
	Token   tokenCmd         `cmd:"" help:"Thiết bị ký số: xem, đổi PIN, mở khóa, đưa chứng thư số vào. / Tokens: see them, change PINs, unlock, put in certificates."`
	Trust   trustCmd         `cmd:"" help:"CA gốc tin cậy: import, list, remove. / Trusted root CAs: import, list, remove."`
	Rules   policyCmd        `cmd:"" name:"policy" help:"Chính sách và trang được phép: check, show, sign. / Policy and allowed sites: check, show, sign."`
	Site    siteCmd          `cmd:"" help:"Trang web được yêu cầu ký: list, remove. / Sites that may ask for signatures: list, remove."`
	Stamp   stampCmd         `cmd:"" help:"Mẫu hiển thị chữ ký: list, show, check, preview. / Templates of the visible signature: list, show, check, preview."`
	Audit   auditCmd         `cmd:"" help:"Nhật ký ký số của bạn: verify, list, export. / Your signing log: verify, list, export."`
	Doctor  doctorCmd        `cmd:"" help:"Kiểm tra mọi thứ cần để ký: Kyso đang chạy, thiết bị, trình duyệt. / Check all that signing needs: agent, tokens, browsers."`
	Demo    demoCmd          `cmd:"" help:"Dựng trang mẫu, ký và kiểm tra thử trên máy này. / Serve a demo site; sign and verify on this machine."`
	Version versionCmd       `cmd:"" help:"In phiên bản. / Print the version."`
	Ask     askCmd           `cmd:"" hidden:"" help:"(nội bộ) Hỏi người dùng. / (internal) Ask the person."`
	Host    tokenHostCmd     `cmd:"" name:"token-host" hidden:"" help:"(nội bộ) Nạp thư viện PKCS#11. / (internal) Load a PKCS#11 library."`
	Native  hostCmd          `cmd:"" name:"host" hidden:"" help:"(nội bộ) Nối tiện ích trình duyệt với Kyso. / (internal) Connect the browser extension."`
}

// Exit codes. 0 to 3 are those of verify; 64 is EX_USAGE of sysexits.h.
const (
	exitOK            = 0
	exitFailed        = 1
	exitIndeterminate = 2
	exitNotLooked     = 3
	exitUsage         = 64
)

// streams are the standard streams of one run.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// env is what every command gets.
type env struct {
	streams
	ctx      context.Context
	language string
	policy   string
}

func main() {
	// The child that loads a vendor's library looks beside it for what that
	// library needs, and restricts the search itself.
	if len(os.Args) < 2 || os.Args[1] != "token-host" {
		hardenLibrarySearch()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A second Ctrl-C ends the program wherever it waits.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Getenv)
	stop()
	os.Exit(code)
}

// run parses args, runs the command, and returns the exit code.
func run(ctx context.Context, args []string, s streams, getenv func(string) string) int {
	var c cli
	exited := -1
	language := languageOf(args, getenv)
	if extension, ok := nativehost.Asking(args); ok {
		return (&env{streams: s, ctx: ctx, language: language}).host(extension)
	}
	parser, err := kong.New(&c, kong.Name("kyso"), kong.Writers(s.out, s.err), kong.Help(helpPrinter(language)), kong.Vars{"version": "kyso " + version},
		kong.Exit(func(code int) { exited = code }),
		kong.Description("Kyso: ký số và kiểm tra chữ ký số. / Kyso signs and verifies documents."))
	if err != nil {
		fmt.Fprintln(s.err, "kyso:", err)
		return exitFailed
	}
	oneLanguage(parser.Model, language)
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help was asked for and given
	}
	e := &env{streams: s, ctx: ctx, policy: c.Policy, language: language}
	if err != nil {
		e.tell("", misunderstood(err))
		return exitUsage
	}
	err = parsed.Run(e)
	var exit exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return int(exit)
	}
	fmt.Fprintln(s.err, "kyso:", e.explain(err))
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// exitError ends a command that has said everything already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.out, "kyso", version)
	return err
}
