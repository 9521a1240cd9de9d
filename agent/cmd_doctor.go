package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kyso/agent/internal/doctor"
	"kyso/agent/internal/i18n"
)

// doctorCmd looks at everything that signing needs; docs/doctor.md.
type doctorCmd struct {
	JSON bool `name:"json" help:"In JSON. / JSON."`
}

// Run ends with 1 when there is a problem.
func (c *doctorCmd) Run(e *env) error {
	report := e.doctorReport(e.ctx, nil)
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(e.out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(report); err != nil {
			return err
		}
	} else {
		e.tellDoctor(report)
	}
	if report.Problem() {
		return exitError(exitFailed)
	}
	return nil
}

// statusWords are a mark and a word, so that a screen reader says it too; in the
// order in which they are told.
var statusWords = []struct {
	status doctor.Status
	words  i18n.Text
}{
	{doctor.Problem, i18n.Text{VI: "✗ Lỗi", EN: "✗ Problem"}},
	{doctor.Warning, i18n.Text{VI: "! Lưu ý", EN: "! Note"}},
	{doctor.Unknown, i18n.Text{VI: "? Chưa rõ", EN: "? Not known"}},
	{doctor.OK, i18n.Text{VI: "✓ Tốt", EN: "✓ Good"}},
}

// tellDoctor prints one line for each check, what is wrong first, each with its
// remedy below.
func (e *env) tellDoctor(r doctor.Report) {
	e.print("Kyso "+visible(r.Version), "Kyso "+visible(r.Version))
	for _, s := range statusWords {
		for _, c := range r.Checks {
			if c.Status != s.status {
				continue
			}
			fmt.Fprintf(e.out, "%s – %s: %s\n", s.words.In(e.language), visible(c.Title.In(e.language)), visible(c.Detail.In(e.language)))
			if c.Remedy != nil {
				fmt.Fprintln(e.out, "    "+i18n.Text{VI: "Cách xử lý: ", EN: "What to do: "}.In(e.language)+visible(c.Remedy.In(e.language)))
			}
		}
	}
	problems := slices.ContainsFunc(r.Checks, func(c doctor.Check) bool { return c.Status == doctor.Problem })
	switch {
	case r.Ready:
		e.print("Sẵn sàng ký.", "Ready to sign.")
	case problems:
		e.print("Chưa sẵn sàng: hãy xử lý các mục “Lỗi” ở trên.", "Not ready: see to the entries marked “Problem” above.")
	default:
		e.print("Chưa sẵn sàng: chưa thấy chứng thư số nào ký được.", "Not ready: no certificate that could sign is at hand.")
	}
}

// oneLine joins the lines of an error.
func oneLine(err error) string { return visible(strings.ReplaceAll(err.Error(), "\n", "; ")) }
