package tsp_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	"kyso/signature/cms"
	"kyso/signature/tsp"
	"kyso/testdata/corpus"
)

// realDiffers are files with a timestamp that rightly fails, and why.
var realDiffers = map[string]string{
	"Signature-C-DE_CRY-3.p7m":                "the token is wrapped in an OCTET STRING; DSS does not see it either",
	"Signature-C-DE_CRY-4.p7m":                "the token is wrapped in an OCTET STRING; DSS does not see it either",
	"cades-t-copied-sigtst.p7m":               "copied from another signature",
	"cms-wrong-sign-cert-ref.p7m":             "its signing-certificate names another certificate",
	"dss-1220/CAdES-BpT_modified_ts_hash.p7m": "its imprint was changed",
}

// TestRealTokens verifies the signature timestamps inside the DSS collection.
func TestRealTokens(t *testing.T) {
	root := corpus.Path(t, "dss", "dss-cades")
	good, other := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		sd, _, err := cms.Parse(corpus.Read(t, path))
		if err != nil {
			return nil
		}
		name, _ := filepath.Rel(root, path)
		for _, s := range sd.Signers {
			for _, der := range s.Timestamps() {
				token, err := tsp.Parse(der)
				if err == nil {
					_, err = token.VerifyWith(sum(token.Hash, s.Value), sd.Certificates)
				}
				if (err == nil) != (realDiffers[name] == "") {
					t.Errorf("%s: %v", name, err)
				}
				if err == nil {
					good++
				} else {
					other++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d timestamps verify, %d do not", good, other)
}
