package cms_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/cms"
	"kyso/testdata/corpus"
)

// dssDiffers are files on which this package and DSS differ, with the reason.
var dssDiffers = map[string]string{
	"dss-cades/dss-1419/CAdES-BpB-att-SHA256-SHA3_256withRSAandMGF1.p7m": "digestAlgorithm SHA-256 under a SHA3-256 signature: mixed digests are refused",
	"dss-cades/evidence-record/C-E-ERS-basic-invalid-sig.p7m":            "CMSAlgorithmProtection leaves out the PSS trailer field, a default the signer writes out: the same algorithm, and OpenSSL accepts it",
}

// TestDSS parses every CMS of the DSS collection, verifies what carries its
// content, and compares with DSS where it says something.
func TestDSS(t *testing.T) {
	root := corpus.Path(t, "dss")
	var index []struct {
		File         string
		Crypto_valid *bool
	}
	if err := json.Unmarshal(corpus.Read(t, root, "index.json"), &index); err != nil {
		t.Fatal(err)
	}
	expected := map[string]bool{}
	for _, x := range index {
		if x.Crypto_valid != nil {
			valid, seen := expected[x.File]
			expected[x.File] = *x.Crypto_valid && (valid || !seen)
		}
	}
	var parsed, detached, agree, misses, falseAlarms, unjudged int
	err := filepath.WalkDir(filepath.Join(root, "dss-cades"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		sd, _, err := cms.Parse(corpus.Read(t, path))
		if err != nil {
			if name != "dss-cades/malformed-cades.p7m" && (strings.HasPrefix(filepath.Ext(path), ".p7") || filepath.Ext(path) == ".pkcs7") {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		}
		parsed++
		if sd.Content == nil {
			detached++
			return nil
		}
		result := error(nil)
		for _, s := range sd.Signers {
			if err := verifyAttached(sd, s); err != nil {
				result = err
			}
		}
		if len(sd.Signers) == 0 {
			result = errors.New("no signer")
		}
		want, judged := expected[name]
		switch {
		case !judged:
			unjudged++
			if result != nil {
				t.Logf("not judged by DSS: %s: %v", name, result)
			}
		case want == (result == nil):
			agree++
		case result == nil:
			misses++
			if dssDiffers[name] == "" {
				t.Errorf("miss: %s", name)
			}
		default:
			falseAlarms++
			if dssDiffers[name] == "" {
				t.Errorf("false alarm: %s: %v", name, result)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("DSS: %d parsed, %d detached; %d agree, %d misses, %d false alarms, %d not judged by DSS", parsed, detached, agree, misses, falseAlarms, unjudged)
}

func verifyAttached(sd *cms.SignedData, s *cms.Signer) error {
	cert, err := sd.Certificate(s)
	if err != nil {
		return err
	}
	if s.Digest == 0 {
		return errors.New("unknown digest")
	}
	if s.SignedAttributes == nil {
		return s.VerifyContent(cert, digest(s.Digest, sd.Content))
	}
	if err := s.VerifyDigest(sd.ContentType, digest(s.Digest, sd.Content)); err != nil {
		return err
	}
	if err := s.CheckSigningCertificate(cert); err != nil && !errors.Is(err, cms.ErrNoSigningCertificate) {
		return err
	}
	return s.VerifySignature(cert)
}

// TestPyHanko: the signatures of the pyHanko collection verify over the digest
// recorded with them, and over no other.
func TestPyHanko(t *testing.T) {
	root := corpus.Path(t, "pyhanko")
	var index []struct {
		File, Raw_digest string
		Expected         struct{ Intact, Valid *bool }
	}
	if err := json.Unmarshal(corpus.Read(t, root, "index.json"), &index); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, x := range index {
		if !strings.HasPrefix(x.File, "cms/") || x.Raw_digest == "" {
			continue
		}
		want, err := hex.DecodeString(x.Raw_digest)
		if err != nil {
			t.Fatal(err)
		}
		// The collection has the content of the ContentInfo alone.
		sd, _, err := cms.Parse(contentInfo(corpus.Read(t, root, x.File)))
		if err != nil {
			t.Errorf("%s: %v", x.File, err)
			continue
		}
		s := sd.Signers[0]
		cert, err := sd.Certificate(s)
		if err != nil {
			t.Errorf("%s: %v", x.File, err)
			continue
		}
		valid := s.VerifyDigest(sd.ContentType, want) == nil && s.VerifySignature(cert) == nil
		// Where only a verdict on trust is recorded, the signature was valid.
		says := (x.Expected.Valid == nil || *x.Expected.Valid) && (x.Expected.Intact == nil || *x.Expected.Intact)
		if says != valid {
			t.Errorf("%s: digest %v, signature %v, expected %v", x.File, s.VerifyDigest(sd.ContentType, want), s.VerifySignature(cert), says)
		}
		want[0] ^= 1
		if err := s.VerifyDigest(sd.ContentType, want); !errors.Is(err, cms.ErrDigestMismatch) {
			t.Errorf("%s: another digest: %v", x.File, err)
		}
		checked++
	}
	t.Logf("pyHanko: %d signatures checked", checked)
}
