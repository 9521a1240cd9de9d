package main

import (
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/token"
)

type changePINCmd struct {
	whichToken
	pinFlags
}

// Run changes the PIN of one token. With --pin-stdin the lines are the old and
// the new PIN.
func (c *changePINCmd) Run(e *env) error {
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return err
	}
	defer done()
	p, err := e.choose(all, c.Which, false)
	if err != nil {
		return err
	}
	d := p.device
	if err := e.mayTry(d, d.PIN, c.LastTry, userPIN); err != nil {
		return err
	}
	var old, pin []byte
	defer func() { clear(old); clear(pin) }()
	if d.PINPad {
		e.say("Nhập PIN cũ và PIN mới trên bàn phím của thiết bị.", "Type the old and the new PIN on the token's own pad.")
	} else {
		e.sayPINPolicy(d)
		if old, err = e.secret(c.PINStdin, i18n.Text{VI: "PIN hiện tại: ", EN: "Current PIN: "}); err != nil {
			return err
		}
		if pin, err = e.newSecret(c.PINStdin); err != nil {
			return err
		}
		if err := d.CheckNewPIN(old, pin); err != nil {
			return e.manageError(d, userPIN, err)
		}
	}
	if err := d.ChangePIN(e.ctx, old, pin, token.OpenOptions{AllowFinalTry: c.LastTry}); err != nil {
		return e.manageError(d, userPIN, err)
	}
	e.print("Đã đổi PIN của thiết bị "+visible(d.Label)+".", "The PIN of token "+visible(d.Label)+" is changed.")
	return nil
}

type unlockCmd struct {
	whichToken
	pinFlags
}

// Run sets a new PIN with the SO PIN or PUK. With --pin-stdin the lines are the
// SO PIN or PUK and the new PIN.
func (c *unlockCmd) Run(e *env) error {
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return err
	}
	defer done()
	p, err := e.choose(all, c.Which, false)
	if err != nil {
		return err
	}
	d := p.device
	if err := e.mayTry(d, d.SOPIN, c.LastTry, soPIN); err != nil {
		return err
	}
	if d.PIN != token.PINLocked {
		e.say("Thiết bị chưa bị khóa. Lệnh này đặt lại PIN của thiết bị "+visible(d.Label)+".", "The token is not locked. This sets the PIN of "+visible(d.Label)+" anew.")
	}
	var so, pin []byte
	defer func() { clear(so); clear(pin) }()
	if d.PINPad {
		e.say("Nhập mã mở khóa và PIN mới trên bàn phím của thiết bị.", "Type the unlocking PIN and the new PIN on the token's own pad.")
	} else {
		if !c.PINStdin {
			a := unlockAdvice(d)
			e.say("Mã mở khóa (SO PIN hoặc PUK) do cán bộ được giao giữ. Nếu bạn không có mã này, đừng thử. "+a.VI,
				"The unlocking PIN (SO PIN or PUK) is held by the officer in charge. If you do not have it, do not try. "+a.EN)
		}
		e.sayPINPolicy(d)
		if so, err = e.secret(c.PINStdin, i18n.Text{VI: "SO PIN hoặc PUK: ", EN: "SO PIN or PUK: "}); err != nil {
			return err
		}
		if pin, err = e.newSecret(c.PINStdin); err != nil {
			return err
		}
		if err := d.CheckNewPIN(nil, pin); err != nil {
			return e.manageError(d, soPIN, err)
		}
	}
	if err := d.Unlock(e.ctx, so, pin, token.OpenOptions{AllowFinalTry: c.LastTry}); err != nil {
		return e.manageError(d, soPIN, err)
	}
	e.print("Đã mở khóa và đặt PIN mới cho thiết bị "+visible(d.Label)+". Người giữ thiết bị nên đổi PIN ngay bằng kyso token change-pin.",
		"Token "+visible(d.Label)+" is unlocked and has a new PIN. Its holder should change it at once with kyso token change-pin.")
	return nil
}

// whosePIN is which of a token's two PINs an order tries.
type whosePIN bool

const (
	userPIN whosePIN = false
	soPIN   whosePIN = true
)

// mayTry refuses before anything is typed what would be refused afterwards, and
// tells how many tries are left where that matters.
func (e *env) mayTry(d token.Device, state token.PINState, last bool, whose whosePIN) error {
	if d.ReadOnly {
		return e.manageError(d, whose, token.ErrNotPossible)
	}
	switch {
	case state == token.PINLocked:
		return e.manageError(d, whose, token.ErrPINLocked)
	case state == token.PINFinalTry && !last:
		return e.manageError(d, whose, token.ErrPINFinalTry)
	case state == token.PINFinalTry:
		e.say("Chú ý: đây là lần thử cuối cùng. Nếu sai, thiết bị bị khóa.", "Careful: this is the last try. A wrong PIN locks the token.")
	case state == token.PINLow:
		e.say("Chú ý: trước đó đã có lần nhập sai. Nhập sai nữa có thể khóa thiết bị.", "Careful: a wrong PIN was entered before. More of them lock the token.")
	}
	return nil
}

// sayPINPolicy tells what the token asks of a PIN, and what is wise.
func (e *env) sayPINPolicy(d token.Device) {
	if e.terminal() == nil {
		return
	}
	l := lengthText(d)
	if l.VI != "" {
		e.say("PIN của thiết bị này "+l.VI+".", "PINs of this token: "+l.EN+".")
	}
	e.say("Nên đặt từ 8 ký tự, có chữ hoa, chữ thường và chữ số, không dấu.", "Better 8 or more, with capital and small letters and digits, without diacritics.")
}
