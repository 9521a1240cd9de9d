package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
)

type exportCertCmd struct {
	whichToken
	Output string `short:"o" help:"Tệp sẽ ghi; mặc định in PEM ra màn hình. / File to write; PEM on standard output by default." type:"path" placeholder:"FILE"`
	PEM    bool   `name:"pem" help:"Ghi tệp dạng PEM thay cho DER. / Write PEM instead of DER."`
	Force  bool   `help:"Ghi đè tệp đã có. / Overwrite an existing file."`
}

// Run writes one certificate. No PIN is needed: certificates are public.
func (c *exportCertCmd) Run(e *env) error {
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return err
	}
	defer done()
	p, err := e.choose(all, c.Which, true)
	if err != nil {
		return err
	}
	data := p.identity.Certificate.Raw
	if c.PEM || c.Output == "" {
		data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: data})
	}
	if c.Output == "" {
		_, err := e.out.Write(data)
		return err
	}
	o, err := newOutput(c.Output, 0o644)
	if err != nil {
		return err
	}
	defer o.discard()
	if err := o.write(bytes.NewReader(data), int64(len(data)), sha256.Sum256(data)); err != nil {
		return err
	}
	if err := o.publish(c.Force); errors.Is(err, fs.ErrExist) {
		return existsError(c.Output)
	} else if err != nil {
		return err
	}
	e.print("Đã ghi "+visible(c.Output)+".", "Wrote "+visible(c.Output)+".")
	return syncFolder(filepath.Dir(c.Output))
}

type renameCmd struct {
	moduleFlag
	pinFlags
	Label string `arg:"" help:"Nhãn mới. / The new label."`
	Which string `arg:"" optional:"" name:"token" help:"Thiết bị hoặc chứng thư số: nhãn, số hiệu, hoặc địa chỉ pkcs11:… / The token or certificate: its label, number, or pkcs11:… address."`
}

func (c *renameCmd) Run(e *env) error {
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return err
	}
	defer done()
	p, err := e.choose(all, c.Which, true)
	if err != nil {
		return err
	}
	d := p.device
	if err := token.CheckLabel(c.Label); err != nil {
		return e.manageError(d, userPIN, err)
	}
	if err := e.mayTry(d, d.PIN, c.LastTry, userPIN); err != nil {
		return err
	}
	pin, err := e.pinOf(d, c.PINStdin)
	if err != nil {
		return err
	}
	if err := d.Rename(e.ctx, *p.identity, c.Label, pin, token.OpenOptions{AllowFinalTry: c.LastTry}); err != nil {
		return e.manageError(d, userPIN, err)
	}
	e.print("Đã đổi nhãn thành “"+visible(c.Label)+"”.", "The label is “"+visible(c.Label)+"” now.")
	return nil
}

type tokenTestCmd struct {
	whichToken
	pinFlags
	JSON bool `name:"json" help:"In kết quả JSON. / The result in JSON."`
}

// testReport is what --json prints.
type testReport struct {
	OK          bool               `json:"ok"`
	Device      *deviceReport      `json:"device,omitempty"`
	Certificate *certificateReport `json:"certificate,omitempty"`
	Algorithm   string             `json:"algorithm,omitempty"`
	OpenMS      float64            `json:"openMs,omitempty"`
	SignMS      float64            `json:"signMs,omitempty"`
	Code        string             `json:"code,omitempty"`
	Reason      *i18n.Text         `json:"reason,omitempty"`
}

// exitAttention: the key signs, but its certificate is not valid today.
const exitAttention = 2

// Run makes one test signature. It ends with 0 when key and certificate are
// good, 1 when there is no signature, and 2 when the certificate is not valid
// today or the clock is wrong.
func (c *tokenTestCmd) Run(e *env) error {
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return c.failed(e, nil, err)
	}
	defer done()
	p, err := e.choose(all, c.Which, true)
	if err != nil {
		return c.failed(e, nil, err)
	}
	d, i := p.device, *p.identity
	if err := e.mayTry(d, d.PIN, c.LastTry, userPIN); err != nil {
		return c.failed(e, &p, err)
	}
	pin, err := e.pinOf(d, c.PINStdin)
	if err != nil {
		return c.failed(e, &p, err)
	}
	tested, err := d.Test(e.ctx, i, pin, token.OpenOptions{AllowFinalTry: c.LastTry})
	if err != nil {
		return c.failed(e, &p, e.manageError(d, userPIN, err))
	}
	x := token.ExpiryAt(i.Certificate, time.Now(), builtAt())
	ms := func(d time.Duration) float64 {
		return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
	}
	if c.JSON {
		r := reportOn(&p)
		r.OK, r.Algorithm, r.OpenMS, r.SignMS = true, tested.Algorithm, ms(tested.Open), ms(tested.Sign)
		if err := json.NewEncoder(e.out).Encode(r); err != nil {
			return err
		}
	} else {
		name := visible(i.Certificate.Subject.CommonName)
		e.print(fmt.Sprintf("Ký thử được: %s, %s, SHA-256. Đăng nhập %.1f ms, ký %.1f ms. Chữ ký khớp với chứng thư số.", name, tested.Algorithm, ms(tested.Open), ms(tested.Sign)),
			fmt.Sprintf("The test signature works: %s, %s, SHA-256. Login %.1f ms, signature %.1f ms. It fits the certificate.", name, tested.Algorithm, ms(tested.Open), ms(tested.Sign)))
		e.print("Chứng thư số: "+expiryText(x).VI+".", "Certificate: "+expiryText(x).EN+".")
		if x.ClockSuspect {
			e.print(clockText(time.Now()).VI, clockText(time.Now()).EN)
		}
	}
	if x.ClockSuspect || x.State == token.ExpiryOver || x.State == token.ExpiryFuture {
		return exitError(exitAttention)
	}
	return nil
}

// reportOn begins the report on a certificate.
func reportOn(p *pick) testReport {
	var r testReport
	if p != nil {
		now := time.Now()
		d, c := deviceJSON(p.device, now), certificateJSON(p.device, *p.identity, now)
		d.Certificates = nil
		r.Device, r.Certificate = &d, &c
	}
	return r
}

// failed tells why there is no signature.
func (c *tokenTestCmd) failed(e *env, p *pick, err error) error {
	var usage usageError
	if !c.JSON || errors.As(err, &usage) {
		return err
	}
	if p != nil { // the state of its PIN may be another now
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), againTimeout)
		defer cancel()
		if now, err := p.device.Again(ctx); err == nil {
			p.device = now
		}
	}
	vi, en := *e, *e
	vi.language, en.language = "vi", "en"
	r := reportOn(p)
	r.Code, r.Reason = signing.Code(err), &i18n.Text{VI: vi.explain(err), EN: en.explain(err)}
	if err := json.NewEncoder(e.out).Encode(r); err != nil {
		return err
	}
	return exitError(exitFailed)
}
