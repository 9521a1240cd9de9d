package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"kyso/agent/internal/audit"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Kiểm tra nhật ký có bị sửa, xóa, chèn hay cắt không. / Check whether the log was changed, cut or added to."`
	List   auditListCmd   `cmd:"" help:"Xem các bản ghi gần đây. / Show the latest records."`
	Export auditExportCmd `cmd:"" help:"Xuất nhật ký ra JSON hoặc CSV. / Export the log as JSON or CSV."`
}

// auditFlags say which log.
type auditFlags struct {
	Dir string `help:"Thư mục nhật ký khác với nhật ký của bạn. / Another log's folder than your own." type:"path" placeholder:"DIR"`
}

func (f *auditFlags) dir() (string, error) {
	if f.Dir == "" {
		return audit.Dir()
	}
	// A folder that is misspelled is no log without records.
	if _, err := os.Stat(f.Dir); err != nil {
		return "", err
	}
	return f.Dir, nil
}

type auditVerifyCmd struct{ auditFlags }

// Run says whether the chain holds. Exit code 1: it does not; 3: nobody could
// look.
func (c *auditVerifyCmd) Run(e *env) error {
	dir, err := c.dir()
	if err == nil {
		var f audit.Findings
		if f, err = audit.Verify(e.ctx, dir); err == nil {
			return e.auditFindings(dir, f)
		}
	}
	if e.ctx.Err() != nil {
		return e.ctx.Err()
	}
	fmt.Fprintln(e.err, "kyso:", e.explain(err))
	return exitError(exitNotLooked)
}

type auditListCmd struct {
	auditFlags
	Count int `short:"n" default:"20" help:"Số bản ghi, tối đa 1000. / How many records, at most 1000." placeholder:"N"`
}

// maxListed bounds what is held to be shown.
const maxListed = 1000

// Run prints the latest records, the oldest of them first.
func (c *auditListCmd) Run(e *env) error {
	if c.Count < 1 || c.Count > maxListed {
		return usageError{personError{"--count phải từ 1 đến 1000.", "--count must be between 1 and 1000."}}
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	var latest []audit.Record
	err = audit.Read(e.ctx, dir, func(r audit.Record, _ []byte) error {
		if len(latest) == c.Count {
			copy(latest, latest[1:])
			latest = latest[:c.Count-1]
		}
		latest = append(latest, r)
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range latest {
		if err := e.auditRecord(r); err != nil {
			return err
		}
	}
	if len(latest) == 0 {
		e.print("Nhật ký chưa có bản ghi nào: "+visible(dir), "The log has no records: "+visible(dir))
	}
	return nil
}

type auditExportCmd struct {
	auditFlags
	JSON  bool   `name:"json" xor:"format" help:"Mỗi bản ghi một dòng JSON, đúng như trong nhật ký (mặc định). / One JSON record a line, as in the log (the default)."`
	CSV   bool   `name:"csv" xor:"format" help:"Bảng CSV, mỗi tài liệu một dòng. / A CSV table, a row for each document."`
	From  string `help:"Từ ngày hoặc thời điểm này, như 2026-11-01. / From this day or time on, such as 2026-11-01." placeholder:"TIME"`
	To    string `help:"Đến hết ngày hoặc thời điểm này. / Up to the end of this day, or this time." placeholder:"TIME"`
	Force bool   `help:"Ghi đè tệp đã có. / Overwrite an existing file."`
	File  string `arg:"" optional:"" help:"Tệp kết quả; bỏ trống là đầu ra chuẩn. / Output file; standard output when left out." type:"path"`
}

// Run writes the records, and then says whether the chain holds: a log that does
// not is exported all the same, and the exit code is 1.
func (c *auditExportCmd) Run(e *env) error {
	from, err := momentOf(c.From, false)
	if err != nil {
		return err
	}
	to, err := momentOf(c.To, true)
	if err != nil {
		return err
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if c.File == "" {
		err = c.write(e.ctx, e.out, dir, from, to)
	} else {
		err = c.writeFile(e.ctx, dir, from, to)
	}
	if err != nil {
		return err
	}
	f, err := audit.Verify(e.ctx, dir)
	if err != nil {
		return err
	}
	if f.Problem != nil {
		e.tell("", auditProblem(*f.Problem))
		return exitError(exitFailed)
	}
	return nil
}

// writeFile writes a file of its own, which appears whole or not at all, and is
// readable by nobody else.
func (c *auditExportCmd) writeFile(ctx context.Context, dir string, from, to time.Time) error {
	if _, err := os.Lstat(c.File); err == nil && !c.Force {
		return existsError(c.File)
	}
	out, err := newOutput(c.File, 0o600)
	if err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	defer out.discard()
	if err = c.write(ctx, out.temp, dir, from, to); err == nil {
		err = out.publish(c.Force)
	}
	switch {
	case errors.Is(err, os.ErrExist):
		return existsError(c.File)
	case err != nil:
		return fmt.Errorf("write the export: %w", err)
	}
	return syncFolder(filepath.Dir(c.File))
}

func (c *auditExportCmd) write(ctx context.Context, w io.Writer, dir string, from, to time.Time) error {
	var table *audit.Table
	if c.CSV {
		var err error
		if table, err = audit.NewTable(w); err != nil {
			return err
		}
	}
	err := audit.Read(ctx, dir, func(r audit.Record, line []byte) error {
		if r.Time.Before(from) || !to.IsZero() && !r.Time.Before(to) {
			return nil
		}
		if table != nil {
			return table.Add(r)
		}
		_, err := fmt.Fprintf(w, "%s\n", line)
		return err
	})
	if err == nil && table != nil {
		err = table.Close()
	}
	return err
}

// momentOf reads a day of this computer's zone, or a moment; zero for "". end is
// the end of the day.
func momentOf(s string, end bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, usageError{personError{"--from và --to cần một ngày như 2026-11-22, hoặc thời điểm như 2026-11-22T09:00:00+07:00; đã nhận “" + visible(s) + "”.",
			"--from and --to take a day such as 2026-11-22, or a moment such as 2026-11-22T09:00:00+07:00; got “" + visible(s) + "”."}}
	}
	return t, nil
}
