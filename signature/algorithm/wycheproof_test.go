package algorithm_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"kyso/signature/algorithm"
	"kyso/testdata/corpus"
)

// TestWycheproof: what is invalid never verifies; what is valid does; what is
// acceptable is counted.
func TestWycheproof(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus.Path(t, "wycheproof"), "*.json"))
	if err != nil || len(files) != 31 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	var valid, invalid, acceptable, accepted int
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var suite struct{ TestGroups []corpus.WycheproofGroup }
			if err := json.Unmarshal(data, &suite); err != nil {
				t.Fatal(err)
			}
			for _, g := range suite.TestGroups {
				s, key, err := g.Signature()
				if err != nil {
					t.Fatal(err)
				}
				// What was named must come back from its own identifier.
				if back, err := algorithm.ParseSignature(s.Identifier()); err != nil || back != s {
					t.Fatalf("identifier of %+v: %+v, %v", s, back, err)
				}
				for _, c := range g.Tests {
					msg, _ := hex.DecodeString(c.Msg)
					sig, _ := hex.DecodeString(c.Sig)
					err := s.VerifyMessage(key, msg, sig)
					switch c.Result {
					case "valid":
						if valid++; err != nil {
							t.Errorf("valid %d (%s) %v: %v", c.TcID, c.Comment, c.Flags, err)
						}
					case "invalid":
						if invalid++; err == nil {
							t.Errorf("MISS: invalid %d (%s) %v verifies", c.TcID, c.Comment, c.Flags)
						}
					default:
						if acceptable++; err == nil {
							accepted++
							t.Logf("accepted: %d (%s) %v", c.TcID, c.Comment, c.Flags)
						}
					}
				}
			}
		})
	}
	t.Logf("Wycheproof: %d valid, %d invalid, %d acceptable (%d of them accepted)", valid, invalid, acceptable, accepted)
}
