//go:build linux

package stamps_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/stamps"
	"kyso/signature/placement"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
	pictures "kyso/testdata/stamps"
)

// install writes files into a library's folder.
func install(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// desk is a person or agency at work with a library.
type desk struct {
	library stamps.Library
	world   *signingtest.World
	asked   signing.Summary // of the last document
}

// pkiTime is when the demo PKI was made.
var pkiTime = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func newDesk(t *testing.T) *desk {
	t.Helper()
	w, err := signingtest.NewWorld(pkiTime)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Server.Close)
	return &desk{library: stamps.Library{User: t.TempDir()}, world: w}
}

// sign signs a document as a page wishes.
func (d *desk) sign(t *testing.T, id pki.Identity, name string, data []byte, r signing.Request) ([]byte, error) {
	t.Helper()
	s, err := signing.New(signing.Options{Keys: d.world.Hold(id), Clock: d.world.Now, Stamps: d.library.Make, Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		d.asked = q.Documents[0]
		return signingtest.Agrees(ctx, q)
	})})
	if err != nil {
		t.Fatal(err)
	}
	r.Origin, r.Documents = "https://eoffice.example", []signing.Document{{Name: name, Data: bytes.NewReader(data), Size: int64(len(data))}}
	results, err := s.Sign(t.Context(), r, nil)
	if err != nil {
		return nil, err
	}
	signed, err := io.ReadAll(io.NewSectionReader(results[0].Signed, 0, results[0].Size))
	if err != nil {
		t.Fatal(err)
	}
	return signed, nil
}

// tool gives the output of a program about a document.
func tool(t *testing.T, data []byte, name string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if a == "FILE" {
			args[i] = file
		}
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

func pdfOpen(t *testing.T, name string) []byte {
	t.Helper()
	data, err := documents.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// codes are those of the notices that the person was shown.
func (d *desk) codes() (list string) {
	for _, n := range d.asked.Notices {
		list += n.Code + " "
	}
	return list
}

// TestOfficialDocument: person, then agency, as a page asks for them and with
// what is installed on the machine.
func TestOfficialDocument(t *testing.T) {
	d := newDesk(t)
	install(t, d.library.User, map[string][]byte{"personal.png": pictures.HandSignature(), "agency.png": pictures.Seal()})
	one, err := d.sign(t, d.world.Persons[0], "cong-van.pdf", pdfOpen(t, documents.Letter), signing.Request{Profile: signing.ProfilePersonal, Wish: &signing.Wish{}})
	if err != nil {
		t.Fatal(err)
	}
	if d.asked.Stamp.Code != "IN_BLOCK" || strings.Contains(d.codes(), "NO_STAMP_IMAGE") {
		t.Errorf("the person was shown %+v, %s", d.asked.Stamp, d.codes())
	}
	if out := tool(t, one, "pdfimages", "-list", "FILE"); strings.Count(out, "image") < 1 {
		t.Errorf("no image: %s", out)
	}
	// The person's signature is not proven here, so the agency must say why.
	wish := signing.Request{Profile: signing.ProfileAgency, Wish: &signing.Wish{}}
	if _, err := d.sign(t, d.world.Agencies[0], "cong-van.pdf", one, wish); signing.Code(err) != "PERSON_FIRST" {
		t.Errorf("got %v", err)
	}
	wish.OutOfOrder = "đã kiểm tra bản giấy"
	two, err := d.sign(t, d.world.Agencies[0], "cong-van.pdf", one, wish)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.asked.Stamp.EN, "over the left third") || !strings.Contains(d.asked.Reason, "đã kiểm tra bản giấy") {
		t.Errorf("the person was shown %+v, reason %q", d.asked.Stamp, d.asked.Reason)
	}
	if out := tool(t, two, "pdfsig", "-nocert", "FILE"); strings.Count(out, "Signature is Valid") != 2 {
		t.Errorf("%s", out)
	}
}

// TestWithoutImage: what has no image is signed with the particulars, in words,
// and the person is told.
func TestWithoutImage(t *testing.T) {
	d := newDesk(t)
	one, err := d.sign(t, d.world.Persons[0], "cong-van.pdf", pdfOpen(t, documents.Letter), signing.Request{Profile: signing.ProfilePersonal, Wish: &signing.Wish{}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.codes(), "NO_STAMP_IMAGE") || d.asked.Stamp.Code != "IN_BLOCK" {
		t.Errorf("%s, %+v", d.codes(), d.asked.Stamp)
	}
	// The list of recipients stands where older rules put the agency's words.
	agency := signing.Request{Profile: signing.ProfileAgency, OutOfOrder: "thử", Wish: &signing.Wish{}}
	if _, err := d.sign(t, d.world.Agencies[0], "cong-van.pdf", one, agency); signing.Code(err) != "NO_PLACE" {
		t.Errorf("got %v", err)
	}
	if agency.Wish.Place, err = placement.ParsePlace("1,85,20,240,60"); err != nil {
		t.Fatal(err)
	}
	two, err := d.sign(t, d.world.Agencies[0], "cong-van.pdf", one, agency)
	if err != nil {
		t.Fatal(err)
	}
	text := tool(t, two, "pdftotext", "-layout", "FILE", "-")
	for _, want := range []string{"Ký bởi: " + d.world.Persons[0].Name, "Ký bởi: " + d.world.Agencies[0].Name, "Thời gian ký: 2026-"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if out := tool(t, two, "pdfsig", "-nocert", "FILE"); strings.Count(out, "Signature is Valid") != 2 {
		t.Errorf("%s", out)
	}
	// A template that was named is that or nothing.
	_, err = d.sign(t, d.world.Persons[0], "cong-van.pdf", pdfOpen(t, documents.Letter), signing.Request{Profile: signing.ProfilePersonal, Wish: &signing.Wish{Template: "signer"}})
	var words interface{ Words() (vi, en string) }
	if signing.Code(err) != "STAMP_PROBLEM" || !errors.As(err, &words) {
		t.Errorf("got %v", err)
	}
}

// TestWords: number, form, agency, place and templates of the machine's own.
func TestWords(t *testing.T) {
	d := newDesk(t)
	mine := []byte(`{"name":"duyet","title":{"vi":"Duyệt","en":"Approved"},"text":{"lines":[{"text":"Người duyệt: {signer}","required":true}],"maxWidth":80,"maxHeight":30},"place":{"at":"bottom-left","bottom":22,"left":30}}`)
	install(t, d.library.User, map[string][]byte{"templates/duyet.json": mine, "templates/hong.json": []byte("{")})
	agency, person := d.world.Agencies[0], d.world.Persons[0]
	place, err := placement.ParsePlace("1,100,100,300,60")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		id      pki.Identity
		profile signing.Profile
		wish    signing.Wish
		says    []string
		stamp   string // code of where
		code    string
	}{
		"attachment":        {agency, signing.ProfileAttachment, signing.Wish{Number: "127/STN-VP"}, []string{"127/STN-VP", "+07:00"}, "IN_CORNER", ""},
		"copy":              {agency, signing.ProfileCopy, signing.Wish{Form: "TRÍCH SAO", Agency: "Sở Thử nghiệm"}, []string{"TRÍCH SAO", "Sở Thử nghiệm"}, "IN_CORNER", ""},
		"another agency":    {agency, signing.ProfileCopy, signing.Wish{Form: "SAO Y", Agency: "Văn phòng Chính phủ"}, []string{"Văn phòng Chính phủ"}, "IN_CORNER", ""},
		"archive":           {agency, signing.ProfileArchive, signing.Wish{}, []string{agency.Name}, "IN_CORNER", ""},
		"archive copy":      {agency, signing.ProfileArchive, signing.Wish{Template: "archive-copy"}, []string{"BẢN SAO"}, "IN_CORNER", ""},
		"own template":      {person, signing.ProfileNone, signing.Wish{Template: "duyet"}, []string{"Người duyệt: " + person.Name}, "IN_CORNER", ""},
		"at a place":        {person, signing.ProfileNone, signing.Wish{Template: "duyet", Place: place}, []string{"Người duyệt: " + person.Name}, "AT_PLACE", ""},
		"no such template":  {person, signing.ProfileNone, signing.Wish{Template: "khong-co"}, nil, "", "STAMP_PROBLEM"},
		"broken template":   {person, signing.ProfileNone, signing.Wish{Template: "hong"}, nil, "", "STAMP_PROBLEM"},
		"out of the folder": {person, signing.ProfileNone, signing.Wish{Template: "../duyet"}, nil, "", "STAMP_PROBLEM"},
		"no number":         {agency, signing.ProfileAttachment, signing.Wish{}, nil, "", "STAMP_PROBLEM"},
	} {
		t.Run(name, func(t *testing.T) {
			signed, err := d.sign(t, c.id, "hai-cot.pdf", pdfOpen(t, "hai-cot.pdf"), signing.Request{Profile: c.profile, Wish: &c.wish})
			if c.code != "" {
				if signing.Code(err) != c.code {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text := tool(t, signed, "pdftotext", "FILE", "-")
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if d.asked.Stamp.Code != c.stamp {
				t.Errorf("shown at %+v", d.asked.Stamp)
			}
			// Whoever asks names an agency that is not the certificate's: the person is told.
			told := slices.ContainsFunc(d.asked.Notices, func(m verify.Message) bool {
				return m.Code == "OTHER_AGENCY" && strings.Contains(m.VI, "“Văn phòng Chính phủ”") && strings.Contains(m.VI, agency.Name)
			})
			if told != (c.wish.Agency == "Văn phòng Chính phủ") {
				t.Errorf("told of another agency: %t, %+v", told, d.asked.Notices)
			}
			if out := tool(t, signed, "pdfsig", "-nocert", "FILE"); !strings.Contains(out, "Signature is Valid") {
				t.Error(out)
			}
		})
	}
}

// TestWhoseImage: nobody's signature carries another's image.
func TestWhoseImage(t *testing.T) {
	w := newDesk(t).world
	one, two := signing.Identity{Certificate: w.Persons[0].Certificate}, signing.Identity{Certificate: w.Persons[1].Certificate}
	hand, seal := pictures.HandSignature(), pictures.Seal()
	for name, c := range map[string]struct {
		files map[string][]byte
		kind  stamps.Kind
		id    signing.Identity
		has   bool
		width float64
		fails bool
	}{
		"for all":                     {map[string][]byte{"personal.png": hand}, stamps.Personal, one, true, 0, false},
		"of the other kind":           {map[string][]byte{"personal.png": hand}, stamps.Agency, one, false, 0, false},
		"of this certificate":         {map[string][]byte{stamps.Serial(one) + "/personal.png": hand}, stamps.Personal, one, true, 0, false},
		"of another certificate":      {map[string][]byte{stamps.Serial(one) + "/personal.png": hand}, stamps.Personal, two, false, 0, false},
		"of another, and one for all": {map[string][]byte{stamps.Serial(one) + "/personal.png": hand, "personal.png": hand}, stamps.Personal, two, false, 0, false},
		"with its width":              {map[string][]byte{"agency.png": seal, "agency.json": []byte(`{"width":36}`)}, stamps.Agency, one, true, 36, false},
		"no image":                    {map[string][]byte{"personal.png": []byte("text")}, stamps.Personal, one, false, 0, true},
		"no number":                   {map[string][]byte{"personal.png": hand, "personal.json": []byte(`{"width":"x"}`)}, stamps.Personal, one, false, 0, true},
		"too large":                   {map[string][]byte{"personal.png": make([]byte, 17<<20)}, stamps.Personal, one, false, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := stamps.Library{User: t.TempDir()}
			install(t, l.User, c.files)
			image, width, err := l.Image(c.kind, c.id)
			if c.fails {
				if signing.Code(err) != "STAMP_PROBLEM" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || (image != nil) != c.has || width != c.width {
				t.Errorf("%v, %g, %v", image != nil, width, err)
			}
		})
	}
	// The machine's are used after the person's, and only if nobody but the
	// administrator can have written them.
	machine := t.TempDir()
	install(t, machine, map[string][]byte{"agency.png": seal})
	if err := os.Chmod(filepath.Join(machine, "agency.png"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (stamps.Library{Machine: machine}).Image(stamps.Agency, one); err == nil {
		t.Error("an image that everybody may write was taken for the administrator's")
	}
	// A pipe is not waited for.
	pipe := t.TempDir()
	if out, err := exec.Command("mkfifo", filepath.Join(pipe, "personal.png")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, _, err := (stamps.Library{User: pipe}).Image(stamps.Personal, one); err == nil {
		t.Error("a pipe was read")
	}
}
