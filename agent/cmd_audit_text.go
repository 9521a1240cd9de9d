package main

import (
	"fmt"
	"strings"

	"kyso/agent/internal/audit"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
)

// auditTime is how moments are shown to people.
const auditTime = "02/01/2006 15:04:05"

// auditFindings tells what the check found.
func (e *env) auditFindings(dir string, f audit.Findings) error {
	span := func(t string) string { return "" }
	if f.Records > 0 {
		from, to := f.First.Local().Format(auditTime), f.Last.Local().Format(auditTime)
		span = func(format string) string { return fmt.Sprintf(format, from, to) }
	}
	switch {
	case f.Problem != nil:
		e.print(auditProblem(*f.Problem).VI, auditProblem(*f.Problem).EN)
		e.print(fmt.Sprintf("Trước chỗ đó có %d bản ghi còn nguyên vẹn%s.", f.Records, span(", từ %s đến %s")),
			fmt.Sprintf("Before that %d records are intact%s.", f.Records, span(", from %s to %s")))
	case f.Records == 0:
		e.print("Nhật ký chưa có bản ghi nào: "+visible(dir), "The log has no records: "+visible(dir))
	default:
		e.print(fmt.Sprintf("%d bản ghi còn nguyên vẹn%s.", f.Records, span(", từ %s đến %s")),
			fmt.Sprintf("%d records are intact%s.", f.Records, span(", from %s to %s")))
	}
	if f.Interrupted > 0 {
		e.print(fmt.Sprintf("%d lần ghi bị ngắt giữa chừng (máy tắt hoặc chương trình bị dừng); nhật ký sau đó vẫn liền mạch.", f.Interrupted),
			fmt.Sprintf("%d writes were interrupted (the computer or the program was stopped); the log goes on behind them unbroken.", f.Interrupted))
	}
	if f.Unfinished > 0 {
		e.print(fmt.Sprintf("%d lần đồng ý ký chưa có kết quả: chương trình bị dừng khi đang ký, hoặc đang ký.", f.Unfinished),
			fmt.Sprintf("%d decisions to sign have no outcome: the program was stopped while signing, or is at it.", f.Unfinished))
	}
	if f.Problem != nil {
		return exitError(exitFailed)
	}
	return nil
}

// auditProblem says where the chain does not hold, and how.
func auditProblem(p audit.Problem) i18n.Text {
	whereVI, whereEN := "cuối nhật ký", "the end of the log"
	if p.Line > 0 {
		whereVI, whereEN = fmt.Sprintf("%s, dòng %d", p.File, p.Line), fmt.Sprintf("%s, line %d", p.File, p.Line)
	}
	vi, en := "", ""
	switch p.What {
	case audit.Changed:
		vi, en = fmt.Sprintf("bản ghi số %d đã bị sửa", p.Seq), fmt.Sprintf("record %d was changed", p.Seq)
	case audit.Removed:
		vi, en = fmt.Sprintf("thiếu bản ghi, từ số %d", p.Seq), fmt.Sprintf("records are missing, from number %d on", p.Seq)
	case audit.Inserted:
		vi, en = "có dòng bị chèn thêm", "a line was inserted"
	case audit.Reordered:
		vi, en = fmt.Sprintf("bản ghi số %d bị đổi chỗ", p.Seq), fmt.Sprintf("record %d was moved", p.Seq)
	case audit.Truncated:
		vi, en = fmt.Sprintf("nhật ký bị cắt, thiếu từ bản ghi số %d", p.Seq), fmt.Sprintf("the log was cut off, from record %d on", p.Seq)
	case audit.NoHead:
		vi, en = "thiếu hoặc hỏng tệp “head”, nên không biết nhật ký có bị cắt hay không", "the file “head” is missing or damaged, so whether the log was cut off is not known"
	case audit.OldHead:
		vi, en = "tệp “head” cũ hơn nhật ký", "the file “head” is older than the log"
	}
	return i18n.Text{VI: "Nhật ký KHÔNG còn nguyên vẹn: " + vi + " (" + whereVI + ").", EN: "The log is NOT intact: " + en + " (" + whereEN + ")."}
}

// decisions are the words for what was decided.
var decisions = map[signing.Decision]i18n.Text{
	signing.Approved: {VI: "đồng ý ký", EN: "approved"}, signing.CommandLine: {VI: "ký bằng dòng lệnh", EN: "signed on the command line"},
	signing.Unattended: {VI: "khóa mẫu tự ký", EN: "the demo key, unattended"}, signing.Refused: {VI: "từ chối", EN: "refused"},
	signing.TimedOut: {VI: "không trả lời", EN: "no answer in time"}, signing.Withdrawn: {VI: "bên yêu cầu hủy", EN: "withdrawn"}, signing.NotAsked: {VI: "không hỏi được", EN: "nobody could be asked"},
}

// maxListedDocuments bounds the documents named of one record.
const maxListedDocuments = 5

// auditRecord prints a record for people.
func (e *env) auditRecord(r audit.Record) error {
	site := r.Site
	if site == "" {
		site = i18n.Text{VI: "dòng lệnh", EN: "command line"}.In(e.language)
	}
	what := i18n.Text{VI: "kết quả", EN: "outcome"}.In(e.language)
	if r.Decision != "" {
		what = r.Decision
		if t, ok := decisions[signing.Decision(r.Decision)]; ok {
			what = t.In(e.language)
		}
	}
	if r.Note != nil {
		what, site = i18n.Text{VI: "nhật ký tự ghi chú", EN: "a note of the log"}.In(e.language), r.Note.What
	}
	if r.Outcome != "" {
		what += " " + r.Outcome
	}
	if r.Kind != audit.KindDocument && r.Note == nil {
		what += " [" + r.Kind + "]"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d  %s  %s  %s", r.Seq, r.Time.Local().Format(auditTime), visible(site), visible(what))
	if c := r.Certificate; c != nil {
		fmt.Fprintf(&b, "  %s (%s)", visible(c.Holder), visible(c.Serial))
	}
	b.WriteByte('\n')
	for i, d := range r.Documents {
		if i == maxListedDocuments {
			fmt.Fprintf(&b, "    + %d\n", len(r.Documents)-i+r.Omitted)
			break
		}
		sum := d.SHA256
		if d.SignedSHA256 != "" {
			sum = d.SignedSHA256
		}
		fmt.Fprintf(&b, "    %s  %s", visible(d.Name), visible(sum[:min(16, len(sum))]))
		if d.Outcome != "" {
			b.WriteString("  " + visible(d.Outcome))
		}
		b.WriteByte('\n')
	}
	_, err := e.out.Write([]byte(b.String()))
	return err
}
