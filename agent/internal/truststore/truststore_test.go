package truststore_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"kyso/agent/internal/truststore"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
	"kyso/testdata/pki"
)

var world = sync.OnceValue(func() *pki.PKI {
	p, err := pki.New(pki.Options{BaseURL: "http://pki.example", Keys: pki.FastKeys})
	if err != nil {
		panic(err)
	}
	return p
})

func newStore(t *testing.T) truststore.Store {
	t.Helper()
	// Only root can own the machine's folder; elsewhere it stays empty.
	return truststore.Store{Machine: filepath.Join(t.TempDir(), "machine", "trust"), User: filepath.Join(t.TempDir(), "user", "trust")}
}

func TestAddListRemove(t *testing.T) {
	s := newStore(t)
	if list, problems := s.List(); len(list)+len(problems) != 0 {
		t.Errorf("an empty store holds %v, %v", list, problems)
	}
	root := world().Root.Certificate
	for i, want := range []bool{true, false} {
		if added, err := s.Add(root, truststore.User); err != nil || added != want {
			t.Errorf("time %d: added %t, %v", i, added, err)
		}
	}
	list, problems := s.List()
	if len(list) != 1 || len(problems) != 0 || !bytes.Equal(list[0].Certificate.Raw, root.Raw) || list[0].Origin != truststore.User || list[0].Known != nil {
		t.Fatalf("listed %+v, %v", list, problems)
	}
	name := filepath.Join(s.User, list[0].SHA256+".crt")
	if data, err := os.ReadFile(name); err != nil || !bytes.Equal(data, root.Raw) {
		t.Errorf("the file is not the certificate: %v", err)
	}
	if entries, _ := os.ReadDir(s.User); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if st, err := os.Stat(name); runtime.GOOS != "windows" && (err != nil || st.Mode().Perm() != 0o600) {
		t.Errorf("the file's mode: %v, %v", st.Mode(), err)
	}
	certs, _ := s.Anchors()
	if len(certs) != 1 || !trust.NewStore(certs...).Contains(root) {
		t.Errorf("anchors: %d", len(certs))
	}
	if err := s.Remove(list[0]); err != nil {
		t.Error(err)
	}
	if list, _ := s.List(); len(list) != 0 {
		t.Errorf("still there: %v", list)
	}
	if err := s.Remove(list[0]); err == nil {
		t.Error("removed twice")
	}
}

// TestMachine: the machine's anchors count only while nobody but root can
// write them; those of a folder that is somebody's are left out, and said.
func TestMachine(t *testing.T) {
	s := newStore(t)
	if _, err := s.Add(world().Root.Certificate, truststore.Machine); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add(world().SubCA.Certificate, truststore.User); err != nil {
		t.Fatal(err)
	}
	list, problems := s.List()
	if runtime.GOOS == "windows" {
		return // the installer gives the folder its rights
	}
	if os.Getuid() == 0 {
		if len(list) != 2 || len(problems) != 0 || list[0].Origin != truststore.Machine || list[1].Origin != truststore.User {
			t.Fatalf("listed %+v, %v", list, problems)
		}
		if st, err := os.Stat(filepath.Join(s.Machine, list[0].SHA256+".crt")); err != nil || st.Mode().Perm() != 0o644 {
			t.Errorf("the file's mode: %v, %v", st.Mode(), err)
		}
		if err := os.Chmod(s.Machine, 0o777); err != nil {
			t.Fatal(err)
		}
		list, problems = s.List()
	}
	if len(list) != 1 || list[0].Origin != truststore.User || len(problems) != 1 {
		t.Errorf("listed %+v, %v", list, problems)
	}
}

// TestDamage: what is not what its name says is left out, and said.
func TestDamage(t *testing.T) {
	s := newStore(t)
	root, sub := world().Root.Certificate, world().SubCA.Certificate
	for _, c := range []*pki.Identity{{Certificate: root}, {Certificate: sub}} {
		if _, err := s.Add(c.Certificate, truststore.User); err != nil {
			t.Fatal(err)
		}
	}
	broken := truststore.Describe(sub).SHA256 + ".crt"
	for name, data := range map[string][]byte{
		broken: sub.Raw[:100], "root.crt": root.Raw, "README": []byte("hello"), "root.pem": pki.PEM(root),
		strings.Repeat("0", 64) + ".crt": world().Persons[0].Certificate.Raw, "large.crt": make([]byte, 1<<20), ".unfinished": root.Raw[:10],
	} {
		if err := os.WriteFile(filepath.Join(s.User, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(s.User, "folder.crt"), 0o700); err != nil {
		t.Fatal(err)
	}
	list, problems := s.List()
	if len(list) != 1 || !list[0].Certificate.Equal(root) || len(problems) != 7 {
		t.Errorf("listed %d, problems %v", len(list), problems)
	}
	// Importing again mends it.
	if added, err := s.Add(sub, truststore.User); err != nil || !added {
		t.Errorf("added %t, %v", added, err)
	}
	if list, _ := s.List(); len(list) != 2 {
		t.Errorf("listed %d", len(list))
	}
}

func TestNoFolder(t *testing.T) {
	s := truststore.Store{}
	if list, problems := s.List(); len(list)+len(problems) != 0 {
		t.Errorf("%v, %v", list, problems)
	}
	if _, err := s.Add(world().Root.Certificate, truststore.User); err == nil {
		t.Error("kept nowhere")
	}
	// A file in the folder's place.
	s.User = filepath.Join(t.TempDir(), "trust")
	if err := os.WriteFile(s.User, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems := s.List(); len(problems) != 1 {
		t.Errorf("problems: %v", problems)
	}
	if _, err := s.Add(world().Root.Certificate, truststore.User); err == nil {
		t.Error("kept in a file")
	}
}

func TestDefault(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", "/somewhere")
	s := truststore.Default()
	if !filepath.IsAbs(s.Machine) || strings.HasPrefix(s.Machine, "/somewhere") || filepath.Base(s.Machine) != "trust" {
		t.Errorf("the machine's folder is %s", s.Machine)
	}
	if runtime.GOOS == "linux" && s.User != "/somewhere/kyso/trust" {
		t.Errorf("the user's folder is %s", s.User)
	}
}

// TestGovernmentRoots: the published roots are known for what they are.
func TestGovernmentRoots(t *testing.T) {
	s := newStore(t)
	for _, name := range []string{"rootcag2.crt", "g1_VGCA_ROOTCA_BIN.cer", "vnrca256.crt"} {
		certs, err := trust.ParseCertificates(corpus.Read(t, corpus.Path(t, "..", "trust", name)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(certs[0], truststore.User); err != nil {
			t.Fatal(err)
		}
	}
	list, problems := s.List()
	if len(list) != 3 || len(problems) != 0 {
		t.Fatalf("listed %+v, %v", list, problems)
	}
	for _, a := range list {
		if a.Known == nil || !a.Known.Root {
			t.Errorf("%s is not known as a root", a.Certificate.Subject)
		}
	}
}
