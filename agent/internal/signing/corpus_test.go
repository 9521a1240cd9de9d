package signing_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/testdata/corpus"
)

// TestCorpus signs every PDF of the shared corpus once more. Each is signed or
// refused with a reason a person understands, and what is refused is refused
// before anybody is asked, unless the self-check stopped it.
func TestCorpus(t *testing.T) {
	root := corpus.Path(t)
	token, err := signingtest.NewToken(now)
	if err != nil {
		t.Fatal(err)
	}
	asked := false
	s, err := signing.New(signing.Options{Keys: token, Clock: clock, Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		asked = true
		return signingtest.Agrees(ctx, q)
	})})
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[string]int)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.EqualFold(filepath.Ext(path), ".pdf") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		asked = false
		_, err = s.Sign(context.Background(), signing.Request{Documents: []signing.Document{{Name: d.Name(), Data: f, Size: info.Size()}}}, nil)
		code := "signed"
		if err != nil {
			code = signing.Code(err)
		}
		count[code]++
		if code == "INTERNAL" || asked && code != "signed" && code != "SELF_CHECK_FAILED" {
			t.Errorf("%s: asked %v, %v", path, asked, err)
		}
		if code == "SELF_CHECK_FAILED" {
			t.Logf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v", count)
	if count["signed"] < 300 {
		t.Errorf("only %d were signed", count["signed"])
	}
}
