package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/verify"
)

type extendCmd struct {
	Level    string   `default:"B-LTA" enum:"B-T,B-LT,B-LTA" help:"Mức cần đạt: B-T, B-LT hoặc B-LTA (mặc định). / Level to reach: B-T, B-LT or B-LTA (the default)." placeholder:"LEVEL"`
	TSA      []string `name:"tsa" help:"Địa chỉ TSA, theo thứ tự ưu tiên. / TSA addresses, preferred first." placeholder:"URL" sep:"none"`
	Trust    []string `help:"CA gốc tin cậy (tệp DER/PEM hoặc thư mục). / Trust anchors (DER/PEM file or folder)." placeholder:"FILE|DIR" sep:"none"`
	Evidence []string `help:"CRL, OCSP hoặc chứng thư số bổ sung. / CRL, OCSP response or certificate to add." placeholder:"FILE" sep:"none"`
	Offline  bool     `help:"Không dùng mạng; chỉ cho mức B-LT, với --evidence. / Do not use the network; for B-LT alone, with --evidence."`
	To       string   `help:"Thư mục ghi kết quả, khi có nhiều tệp. / Folder for the results of several files." placeholder:"DIR" type:"path"`
	Force    bool     `help:"Ghi đè tệp kết quả đã có. / Overwrite an existing output file."`
	Quiet    bool     `short:"q" help:"Không hiện tiến độ. / No progress."`
	Files    []string `arg:"" name:"file" help:"VÀO RA: tệp đã ký và tệp kết quả; với --to: các tệp đã ký. / IN OUT: the signed file and the result; with --to: the signed files." type:"path"`
}

// Run raises the level of signed files. Its exit codes are those of verify: 1
// for a signature proven bad, 2 where the level could not be reached, 3 where
// nothing could be done; the worst of all files counts.
func (c *extendCmd) Run(e *env) error {
	pairs, err := c.pairs()
	if err != nil {
		fmt.Fprintln(e.err, "kyso:", e.explain(err))
		return exitError(exitUsage)
	}
	x, err := c.extender(e)
	if err != nil {
		fmt.Fprintln(e.err, "kyso:", e.explain(err))
		var usage usageError
		if errors.As(err, &usage) {
			return exitError(exitUsage)
		}
		return exitError(exitNotLooked)
	}
	code := exitOK
	for i, p := range pairs {
		err := x.one(e, p)
		x.wait.clear()
		switch {
		case e.ctx.Err() != nil:
			stopped := personError{fmt.Sprintf("Đã dừng theo yêu cầu: xong %d trong %d tệp.", i, len(pairs)), fmt.Sprintf("Stopped as asked: %d of %d files done.", i, len(pairs))}
			fmt.Fprintln(e.err, "kyso:", e.explain(stopped))
			return exitError(exitNotLooked)
		case err != nil:
			fmt.Fprintf(e.err, "kyso: %s: %s\n", visible(p.in), e.explain(err))
			code = worseExit(code, extendExit(err))
		}
	}
	if code != exitOK {
		return exitError(code)
	}
	return nil
}

// pair is a file and where its result goes.
type pair struct{ in, out string }

// pairs finds what the parser cannot.
func (c *extendCmd) pairs() (pairs []pair, err error) {
	if c.Offline && c.Level != "B-LT" {
		return nil, personError{"Mức " + c.Level + " cần máy chủ dấu thời gian (TSA): --offline chỉ dùng với --level B-LT.",
			"Level " + c.Level + " needs a timestamp authority (TSA): --offline goes with --level B-LT alone."}
	}
	if c.To == "" {
		if len(c.Files) != 2 {
			return nil, personError{"Cần tệp vào và tệp ra: kyso extend VÀO.pdf RA.pdf, hoặc nhiều tệp với --to THƯ_MỤC.",
				"Name the file and its result: kyso extend IN.pdf OUT.pdf, or several files with --to FOLDER."}
		}
		return []pair{{c.Files[0], c.Files[1]}}, nil
	}
	if !isFolder(c.To) {
		return nil, personError{"--to phải là một thư mục đã có.", "--to must be an existing folder."}
	}
	taken := map[string]string{}
	for _, in := range c.Files {
		out := filepath.Join(c.To, filepath.Base(in))
		// Many file systems do not tell upper case from lower.
		if first, ok := taken[strings.ToLower(out)]; ok {
			return nil, personError{fmt.Sprintf("Hai tệp %s và %s cùng tên: kết quả sẽ đè lên nhau.", visible(first), visible(in)),
				fmt.Sprintf("%s and %s have one name: their results would overwrite each other.", visible(first), visible(in))}
		}
		taken[strings.ToLower(out)] = in
		pairs = append(pairs, pair{in, out})
	}
	return pairs, nil
}

// extender is what the files of one run share.
type extender struct {
	*signing.Levels
	notes    *notes
	wait     *waiting
	evidence verify.Evidence
	level    string
	force    bool
	many     bool // each line names its file
}

func (c *extendCmd) extender(e *env) (*extender, error) {
	r, err := e.loadPolicy()
	if err != nil {
		return nil, err
	}
	x := &extender{wait: newWaiting(e, c.Quiet), level: c.Level, force: c.Force, many: c.To != ""}
	parts := levelParts{tsas: c.TSA, offline: c.Offline, wait: x.wait}
	if len(c.Trust) > 0 {
		if parts.anchors, err = e.anchors(c.Trust); err != nil {
			return nil, err
		}
	}
	if x.evidence, err = readEvidence(c.Evidence); err != nil {
		return nil, err
	}
	x.Levels, x.notes, err = e.levels(r, parts)
	return x, err
}

// readEvidence reads files of CRLs, OCSP responses and certificates.
func readEvidence(names []string) (ev verify.Evidence, err error) {
	for _, name := range names {
		data, err := readBounded(name, maxEvidenceFile)
		if err != nil {
			return ev, fmt.Errorf("read evidence: %w", err)
		}
		if err := ev.Add(data); err != nil {
			shown := visible(name)
			return ev, personError{shown + ": không phải chứng thư số, CRL hay phản hồi OCSP đọc được. (" + err.Error() + ")",
				shown + " is not a certificate, CRL or OCSP response that can be read. (" + err.Error() + ")"}
		}
	}
	return ev, nil
}

// one extends a file into another, which appears whole or not at all.
func (x *extender) one(e *env, p pair) error {
	if !x.force {
		if _, err := os.Lstat(p.out); err == nil {
			return personError{"Tệp " + visible(p.out) + " đã có. Chọn tên khác, hoặc thêm --force để ghi đè.",
				visible(p.out) + " exists. Choose another name, or add --force to overwrite it."}
		}
	}
	in, size, err := openRegular(p.in)
	if err != nil {
		return err
	}
	defer in.Close()
	if same, err := sameFile(p.in, p.out); err != nil || same {
		return personError{"Không ghi đè lên chính tệp đang nâng mức. Chọn tên khác cho kết quả.",
			"The file being extended is never overwritten. Choose another name for the result."}
	}
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := newOutput(p.out, st.Mode())
	if err != nil {
		return personError{"Không ghi được vào thư mục " + visible(filepath.Dir(p.out)) + ". Chọn thư mục khác cho kết quả.",
			"Nothing can be written into " + visible(filepath.Dir(p.out)) + ". Choose another folder for the result."}
	}
	defer out.discard()
	done, err := x.Extend(e.ctx, signing.Document{Name: filepath.Base(p.in), Data: in, Size: size}, x.evidence, x.level, nil)
	x.wait.clear()
	if err != nil {
		return err
	}
	if err = out.write(done.Signed, done.Size, done.SHA256); err == nil {
		err = out.publish(x.force)
	}
	if err != nil {
		return fmt.Errorf("write the extended document: %w", err)
	}
	if _, err := fmt.Fprintln(e.out, visible(p.out)); err != nil {
		return err
	}
	for i, s := range done.After.Signatures {
		if s.Kind == "timestamp" {
			continue
		}
		// What was added comes after all there was.
		if _, err := fmt.Fprintln(e.out, "  "+x.line(e, done.Before.Signatures[i], s, done)); err != nil {
			return err
		}
	}
	about := ""
	if x.many {
		about = p.in
	}
	x.notes.tell(e, about)
	return nil
}

// line says what became of one signature.
func (x *extender) line(e *env, before, after verify.Signature, done *signing.Extended) string {
	who := visible(after.Field)
	if after.Signer != nil {
		who = visible(after.Signer.Name)
	}
	how := i18n.Text{VI: before.Level + " → " + after.Level, EN: before.Level + " → " + after.Level}
	switch {
	case !done.Changed:
		how = i18n.Text{VI: after.Level + ", đã đủ, không thêm gì", EN: after.Level + " already, nothing was added"}
	case before.Level == after.Level && done.Stamped > 0:
		how = i18n.Text{VI: after.Level + ", đã gia hạn bằng dấu thời gian mới", EN: after.Level + ", renewed with a new timestamp"}
	case before.Level == after.Level:
		how = i18n.Text{VI: after.Level + ", đã bổ sung bằng chứng", EN: after.Level + ", evidence was added"}
	}
	return fmt.Sprintf("%s: %s; %s (%s)", who, how.In(e.language), inDocument(after).In(e.language), after.Verdict)
}

// inDocument says what the result proves by itself. Below B-LT that is seldom
// enough, and no reason for alarm.
func inDocument(s verify.Signature) i18n.Text {
	switch s.Verdict {
	case verify.TotalPassed:
		return i18n.Text{VI: "hợp lệ", EN: "valid"}
	case verify.TotalFailed:
		return i18n.Text{VI: "không hợp lệ", EN: "not valid"}
	}
	if s.Level == "B-B" || s.Level == "B-T" {
		return i18n.Text{VI: "để kết luận cần thêm CRL hoặc OCSP, qua mạng hoặc --evidence, vì mức này không mang theo", EN: "a verdict needs CRLs or OCSP answers, from the network or --evidence, which this level does not carry"}
	}
	why := i18n.Text{VI: "chưa đủ căn cứ để kết luận", EN: "not enough to decide"}
	if s.Reason != nil {
		why.VI, why.EN = why.VI+": "+visible(s.Reason.VI), why.EN+": "+visible(s.Reason.EN)
	}
	return why
}

// extendExit is the exit code of what kept a file from being extended.
func extendExit(err error) int {
	switch signing.Code(err) {
	case i18n.SignatureBad:
		return exitFailed
	case i18n.LevelUnreachable, i18n.TimestampUnavailable, i18n.EvidenceUnavailable, i18n.LockedPDF:
		return exitIndeterminate
	}
	return exitNotLooked
}
