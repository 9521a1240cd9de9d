package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"kyso/agent/internal/demo"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/policy"
	"kyso/agent/internal/report"
	"kyso/agent/internal/token"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

type demoCmd struct {
	Once     bool   `help:"Ký, kiểm tra rồi kết thúc; mã thoát 0 chỉ khi TOTAL-PASSED. / Sign, verify and end; exit 0 only if TOTAL-PASSED."`
	Document string `help:"Tệp PDF để ký thay cho công văn mẫu. / PDF to sign instead of the sample letter." type:"path" placeholder:"FILE"`
	Dir      string `help:"Thư mục cho tệp đã ký và khóa mẫu. / Folder for the signed file and the demo keys." type:"path" placeholder:"DIR"`
	Web      string `help:"Thư mục các tệp trình duyệt đã dựng. / Folder of the built browser files." type:"path" placeholder:"DIR"`
	Port     int    `help:"Cổng của trang mẫu; 0 là cổng bất kỳ. / Port of the demo site; 0 is any."`
	JSON     bool   `name:"json" help:"In báo cáo JSON. / Print the report as JSON."`
}

// maxDemoDocument bounds a person's own file: it goes through memory here.
const maxDemoDocument = 100 << 20

func (c *demoCmd) Run(e *env) error {
	name, data := documents.Letter, []byte(nil)
	var err error
	if c.Document == "" {
		data, err = documents.Open(name)
	} else {
		name = filepath.Base(c.Document)
		data, err = readBounded(c.Document, maxDemoDocument)
	}
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	if c.Dir == "" {
		if c.Dir, err = os.MkdirTemp("", "kyso-demo-"); err != nil {
			return err
		}
	} else if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	var web fs.FS
	if c.Web != "" {
		web = os.DirFS(c.Web)
	}
	e.say("Tạo PKI thử nghiệm…", "Making a demo PKI…")
	world, err := demo.NewWorld(c.Port, web)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- world.Serve(ctx) }()
	keyFiles, err := world.WriteKeys(c.Dir)
	if err != nil {
		return fmt.Errorf("write the demo keys: %w", err)
	}

	e.say("Ký "+name+" qua WebSocket như một trang web…", "Signing "+name+" over the WebSocket as a page does…")
	log, err := e.auditLog(c.state())
	if err != nil {
		return err
	}
	signed, err := world.SignOnce(ctx, name, data, log, func(stage string) { e.sayStage(stage) })
	if err != nil {
		return err
	}
	out := filepath.Join(c.Dir, "da-ky-"+name)
	if err := os.WriteFile(out, signed, 0o644); err != nil {
		return fmt.Errorf("write the signed document: %w", err)
	}
	r, err := world.Verify(ctx, bytes.NewReader(signed), int64(len(signed)))
	if err != nil {
		return fmt.Errorf("verify the signed document: %w", err)
	}
	r.File = out
	if c.JSON {
		err = json.NewEncoder(e.out).Encode(r)
	} else {
		err = report.Text(e.out, report.Document{Report: r}, style(e.out, e.language))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s\n%s\n", out, r.Verdict)
	if c.Once {
		cancel()
		if err := <-served; err != nil {
			return err
		}
		if r.Verdict != verify.TotalPassed {
			return exitError(exitFailed)
		}
		return nil
	}
	return c.agent(ctx, e, world, keyFiles)
}

// state is the folder of the demo's own log and choices.
func (c *demoCmd) state() string { return filepath.Join(c.Dir, "nhat-ky") }

// agent serves the site with an agent that asks the person, until Ctrl-C.
func (c *demoCmd) agent(ctx context.Context, e *env, world *demo.World, files []demo.KeyFile) error {
	var sources []token.Source
	for _, f := range files {
		s, err := openPKCS12(f.Path)
		if err != nil {
			return err
		}
		sources = append(sources, s)
		e.say("Khóa mẫu: "+f.Name+" ("+f.Path+")", "Demo key: "+f.Name+" ("+f.Path+")")
	}
	source := token.Combine(sources...)
	defer source.Close()
	// The demo's own, so that nothing of it stays among the person's settings.
	key, err := origin.LoadKey(c.state())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(e.err, nil))
	sites, err := origin.NewSites(origin.SitesOptions{Allowed: []string{world.Origin}, Clock: time.Now, Log: log})
	if err != nil {
		return err
	}
	p := policy.Default()
	p.Language = e.language
	return e.serve(ctx, serving{
		rules: rules{Policy: p}, source: source, verify: world.Policy, state: c.state(), key: key, sites: sites, log: log,
		ready: func(string) {
			e.say("Mở "+world.Origin+"/ trong trình duyệt và bấm Ký. Khi cửa sổ Kyso hỏi, chọn chứng thư số và nhập mã PIN "+demo.PIN+". Ctrl-C để kết thúc.",
				"Open "+world.Origin+"/ in a browser and press Ký. When Kyso's window asks, choose a certificate and type the PIN "+demo.PIN+". Ctrl-C ends.")
		},
	})
}

// sayStage names a stage of signing (docs/protocol.md, "progress").
func (e *env) sayStage(stage string) {
	names := map[string][2]string{
		"receiving": {"nhận tài liệu", "receiving"}, "checking": {"xem xét tài liệu", "checking"},
		"waiting-for-person": {"chờ người ký đồng ý", "waiting for the person"}, "signing": {"ký", "signing"},
		"verifying": {"kiểm tra bản vừa ký", "verifying"}, "sending": {"gửi bản đã ký", "sending"},
	}
	if n, ok := names[stage]; ok {
		e.say("   "+n[0], "   "+n[1])
	}
}

// say prints progress where people look for it, away from the results.
func (e *env) say(vi, en string) {
	if e.language == "en" {
		vi = en
	}
	fmt.Fprintln(e.err, vi)
}
