package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"kyso/agent/internal/report"
	"kyso/signature/verify"
)

type verifyCmd struct {
	JSON     bool     `name:"json" xor:"format" help:"In báo cáo JSON, mỗi tệp một dòng. / One JSON report a line."`
	HTML     bool     `name:"html" xor:"format" help:"Lập báo cáo HTML để xem và in. / An HTML report to read and print."`
	Output   string   `short:"o" help:"Tệp .html sẽ ghi, hoặc thư mục để ghi mỗi tài liệu một báo cáo; cần --html. / The .html file to write, or a folder for one report a document; with --html." placeholder:"FILE|DIR"`
	Trust    []string `help:"CA gốc tin cậy (tệp DER/PEM hoặc thư mục). / Trust anchors (DER/PEM file or folder)." placeholder:"FILE|DIR" sep:"none"`
	Evidence []string `help:"CRL, OCSP hoặc chứng thư số bổ sung. / CRL, OCSP response or certificate to add." placeholder:"FILE" sep:"none"`
	At       string   `help:"Thời điểm kiểm tra (RFC 3339), mặc định là bây giờ. / Time to judge for, now by default." placeholder:"TIME"`
	Offline  bool     `help:"Không dùng mạng. / Do not use the network."`
	Password bool     `name:"password-stdin" help:"Đọc mật khẩu mở tài liệu từ một dòng của đầu vào chuẩn; ở cửa sổ dòng lệnh thì hỏi. / Read the documents' password from one line of standard input; a terminal is asked."`
	Quiet    bool     `short:"q" help:"Không hiện tiến độ và tổng kết. / No progress and no summary."`
	Files    []string `arg:"" name:"file" help:"Tệp PDF, thư mục, hoặc - cho đầu vào chuẩn. / PDF files, folders, or - for standard input."`
}

// Run keeps exit code 1 for verdicts: whatever keeps it from looking is 3.
func (c *verifyCmd) Run(e *env) error {
	// A document's tables grow once and then stay: collecting less often saves
	// a sixth of the time.
	debug.SetGCPercent(200)
	err := c.run(e)
	var exit exitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	fmt.Fprintln(e.err, "kyso:", e.explain(err))
	return exitError(exitNotLooked)
}

func (c *verifyCmd) run(e *env) error {
	if err := c.usage(); err != nil {
		fmt.Fprintln(e.err, "kyso:", e.explain(err))
		return exitError(exitUsage)
	}
	l, err := c.looker(e)
	if err != nil {
		return err
	}
	defer l.stdin.remove()
	defer clear(l.password)
	inputs, err := findInputs(e.ctx, c.Files)
	if err != nil {
		return c.cancelled(e, err, 0, 0)
	}
	out := c.sink(e)
	defer out.discard()
	show := newProgress(e.err, e.language, len(inputs), c.Quiet)
	// shared: documents are written where the progress stands.
	_, shared := terminal(e.out)
	shared = shared && (c.Output == "" || isFolder(c.Output))

	var sum report.Summary
	code := exitOK
	err = l.lookAll(e.ctx, inputs, min(runtime.GOMAXPROCS(0), maxLookers), show, func(d report.Document) error {
		sum.Add(d, e.language)
		code = worseExit(code, exitCode(d))
		if shared {
			show.clear()
		}
		return out.document(d)
	})
	show.clear()
	if err != nil {
		return c.cancelled(e, err, sum.Total(), len(inputs))
	}
	if err := out.end(&sum); err != nil {
		return err
	}
	if !c.Quiet && len(inputs) > 1 {
		w := out.messages()
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := sum.Text(w, style(w, e.language)); err != nil {
			return err
		}
	}
	if code != exitOK {
		return exitError(code)
	}
	return nil
}

// usage finds what the parser cannot.
func (c *verifyCmd) usage() error {
	if c.At != "" {
		if _, err := time.Parse(time.RFC3339, c.At); err != nil {
			return personError{"--at phải có dạng 2026-01-31T08:00:00+07:00.", "--at must look like 2026-01-31T08:00:00+07:00."}
		}
	}
	if c.Output != "" && !c.HTML {
		return personError{"--output chỉ dùng cùng --html.", "--output goes with --html only."}
	}
	if c.Output != "" && !isFolder(c.Output) && !isPage(c.Output) {
		return personError{"--output phải là tệp .html hoặc một thư mục đã có.", "--output must be an .html file or an existing folder."}
	}
	stdin := 0
	for _, name := range c.Files {
		if name == "-" {
			stdin++
		}
	}
	if stdin > 0 && c.Password {
		return personError{"- (đầu vào chuẩn) và --password-stdin không đi cùng nhau.", "- (standard input) does not go with --password-stdin."}
	}
	if stdin > 1 {
		return personError{"Chỉ dùng - (đầu vào chuẩn) một lần.", "- (standard input) can be given once."}
	}
	return nil
}

// looker reads what the documents are judged with.
func (c *verifyCmd) looker(e *env) (*looker, error) {
	l := &looker{policy: verify.Policy{At: time.Now()}, stdin: newSpool(e.in)}
	if c.At != "" {
		l.policy.At, _ = time.Parse(time.RFC3339, c.At) // usage has tried
	}
	var err error
	if l.policy.Trust, err = e.anchors(c.Trust); err != nil {
		return nil, err
	}
	for _, name := range c.Evidence {
		data, err := readBounded(name, maxEvidenceFile)
		if err != nil {
			return nil, fmt.Errorf("read evidence: %w", err)
		}
		if err := l.evidence.Add(data); err != nil {
			shown := visible(name)
			return nil, personError{shown + ": không phải chứng thư số, CRL hay phản hồi OCSP đọc được. (" + err.Error() + ")",
				shown + " is not a certificate, CRL or OCSP response that can be read. (" + err.Error() + ")"}
		}
	}
	if c.Password {
		if l.password, err = e.readPassword(); err != nil {
			return nil, err
		}
	}
	// What is issued today says nothing about another day's knowledge.
	if !c.Offline && c.At == "" {
		l.fetcher, err = e.fetcher()
	}
	return l, err
}

// cancelled says how far a run came that was ended by Ctrl-C.
func (c *verifyCmd) cancelled(e *env, err error, done, all int) error {
	if e.ctx.Err() == nil {
		return err
	}
	return personError{fmt.Sprintf("Đã dừng theo yêu cầu: xong %d trong %d tệp.", done, all),
		fmt.Sprintf("Stopped as asked: %d of %d files done.", done, all)}
}

func exitCode(d report.Document) int {
	switch {
	case d.Unread:
		return exitNotLooked
	case d.Verdict == verify.TotalPassed:
		return exitOK
	case d.Verdict == verify.TotalFailed:
		return exitFailed
	}
	return exitIndeterminate
}

// worseExit ranks: could not look, then failed, then indeterminate.
func worseExit(a, b int) int {
	rank := map[int]int{exitOK: 0, exitIndeterminate: 1, exitFailed: 2, exitNotLooked: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

func isFolder(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.IsDir()
}
