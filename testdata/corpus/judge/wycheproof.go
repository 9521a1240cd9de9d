package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kyso/testdata/corpus"
)

// wycheproof judges Wycheproof's signatures: what is valid verifies, what is
// invalid does not; of what is acceptable either will do.
func wycheproof(dir string, b *board) error {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.json"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("no *_test.json")
	}
	var unread []error
	for _, file := range files {
		if err := wycheproofFile(file, b); err != nil {
			unread = append(unread, err)
		}
	}
	return errors.Join(unread...)
}

func wycheproofFile(file string, b *board) error {
	const line = "wycheproof"
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var suite struct{ TestGroups []json.RawMessage }
	if err := json.Unmarshal(data, &suite); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(file), err)
	}
	wants := map[string]want{"valid": mustPass, "invalid": mustFail, "acceptable": either}
	for _, raw := range suite.TestGroups {
		var g corpus.WycheproofGroup
		if err := json.Unmarshal(raw, &g); err != nil {
			b.odd(line, []error{fmt.Errorf("a group of %s: %w", filepath.Base(file), err)})
			continue
		}
		s, key, unusable := g.Signature()
		for _, c := range g.Tests {
			w, ok := wants[c.Result]
			b.judge(line, fmt.Sprintf("%s %d", filepath.Base(file), c.TcID), w, func() (answer, error) {
				if unusable != nil {
					return answer{}, unusable
				}
				if !ok {
					return answer{}, fmt.Errorf("unknown result %q", c.Result)
				}
				msg, err := hex.DecodeString(c.Msg)
				if err != nil {
					return answer{}, err
				}
				sig, err := hex.DecodeString(c.Sig)
				if err != nil {
					return answer{}, err
				}
				if err := s.VerifyMessage(key, msg, sig); err != nil {
					return answer{Verdict: "failed", why: err.Error() + ": " + c.Comment}, nil
				}
				return answer{Verdict: "passed", passed: true, why: c.Comment}, nil
			})
		}
	}
	return nil
}
