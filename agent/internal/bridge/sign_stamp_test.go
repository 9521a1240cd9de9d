package bridge

import (
	"errors"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/signing"
	"kyso/signature/pdf"
	"kyso/signature/placement"
)

// TestStampParams: what a page may ask for, and what becomes of it.
func TestStampParams(t *testing.T) {
	place := placement.Place{Page: 2, Rect: pdf.Rect{Left: 85, Bottom: 42, Right: 395, Top: 132}}
	for name, c := range map[string]struct {
		params string
		want   signing.Request
		member string // the one that is refused
	}{
		"nothing":  {`{}`, signing.Request{}, ""},
		"personal": {`{"profile":"personal"}`, signing.Request{Profile: signing.ProfilePersonal, Wish: &signing.Wish{Form: "SAO Y"}}, ""},
		"all": {`{"profile":"agency","template":"organisation","place":"2,85,42,310,90","number":"1/QĐ","form":"sao  lục","agency":"Sở Mẫu","withoutPerson":"đã kiểm tra"}`,
			signing.Request{Profile: signing.ProfileAgency, OutOfOrder: "đã kiểm tra", Wish: &signing.Wish{Template: "organisation", Place: place, Number: "1/QĐ", Form: "SAO LỤC", Agency: "Sở Mẫu"}}, ""},
		"form in letters and marks": {`{"profile":"copy","form":"Sao lu` + "\u0323" + `c"}`, signing.Request{Profile: signing.ProfileCopy, Wish: &signing.Wish{Form: "SAO LỤC"}}, ""},
		"a template alone":          {`{"template":"signer","place":"auto"}`, signing.Request{Wish: &signing.Wish{Template: "signer", Form: "SAO Y"}}, ""},
		"attachment by template":    {`{"profile":"attachment","template":"duyet"}`, signing.Request{Profile: signing.ProfileAttachment, Wish: &signing.Wish{Template: "duyet", Form: "SAO Y"}}, ""},

		"no such profile":            {`{"profile":"none"}`, signing.Request{}, "profile"},
		"capitals":                   {`{"profile":"Personal"}`, signing.Request{}, "profile"},
		"path of a template":         {`{"template":"../../x"}`, signing.Request{}, "template"},
		"file of a template":         {`{"template":"x.json"}`, signing.Request{}, "template"},
		"long template":              {`{"template":"` + strings.Repeat("a", 41) + `"}`, signing.Request{}, "template"},
		"a place without a stamp":    {`{"place":"1,1,1,1,1"}`, signing.Request{}, "place"},
		"auto without a stamp":       {`{"place":"auto"}`, signing.Request{}, "place"},
		"three numbers":              {`{"profile":"personal","place":"1,2,3"}`, signing.Request{}, "place"},
		"no page":                    {`{"profile":"personal","place":"0,1,1,1,1"}`, signing.Request{}, "place"},
		"not a number":               {`{"profile":"personal","place":"1,NaN,1,1,1"}`, signing.Request{}, "place"},
		"infinite":                   {`{"profile":"personal","place":"1,Inf,1,1,1"}`, signing.Request{}, "place"},
		"long place":                 {`{"profile":"personal","place":"1,1,1,1,1` + strings.Repeat("0", 100) + `"}`, signing.Request{}, "place"},
		"no number":                  {`{"profile":"attachment"}`, signing.Request{}, "number"},
		"a number of spaces":         {`{"profile":"attachment","number":"  "}`, signing.Request{}, "number"},
		"number without a stamp":     {`{"number":"1"}`, signing.Request{}, "number"},
		"long number":                {`{"profile":"attachment","number":"` + strings.Repeat("1", 201) + `"}`, signing.Request{}, "number"},
		"a number that turns around": {`{"profile":"attachment","number":"1\u202e2"}`, signing.Request{}, "number"},
		"another form":               {`{"profile":"copy","form":"BẢN CHÍNH"}`, signing.Request{}, "form"},
		"agency without a stamp":     {`{"agency":"Sở"}`, signing.Request{}, "agency"},
		"two lines":                  {`{"profile":"copy","agency":"Sở\nMẫu"}`, signing.Request{}, "agency"},
		"long agency":                {`{"profile":"copy","agency":"` + strings.Repeat("a", 501) + `"}`, signing.Request{}, "agency"},
		"a reason of a person":       {`{"profile":"personal","withoutPerson":"x"}`, signing.Request{}, "withoutPerson"},
		"a reason of nobody":         {`{"withoutPerson":"x"}`, signing.Request{}, "withoutPerson"},
		"a long reason":              {`{"profile":"agency","withoutPerson":"` + strings.Repeat("a", 501) + `"}`, signing.Request{}, "withoutPerson"},
	} {
		t.Run(name, func(t *testing.T) {
			// As they come: among the other params, and no others.
			var p signParams
			if err := exactjson.Decode([]byte(c.params), &p); err != nil {
				t.Fatal(err)
			}
			err := p.stampParams.check()
			if c.member != "" {
				if !errors.Is(err, signing.ErrRequest) || !strings.HasSuffix(err.Error(), ": "+c.member) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var r signing.Request
			if p.fill(&r); !reflect.DeepEqual(r, c.want) {
				t.Errorf("got %+v %+v", r, r.Wish)
			}
		})
	}
	// No page hands in an image, or the file of one.
	for _, member := range []string{"image", "stamp", "imageFile", "templateFile"} {
		if err := exactjson.Decode([]byte(`{"`+member+`":"x"}`), new(signParams)); err == nil {
			t.Errorf("%s was taken", member)
		}
	}
}

// TestLogIsNoPages: nothing of the bridge reaches the person's log, by a method or
// by code.
func TestLogIsNoPages(t *testing.T) {
	for name := range methods {
		if regexp.MustCompile(`(?i)audit|log|history|export`).MatchString(name) {
			t.Errorf("there is a method %q", name)
		}
	}
	deps, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, deps)
	}
	if !strings.Contains(string(deps), "kyso/agent/internal/signing\n") || strings.Contains(string(deps), "kyso/agent/internal/audit") {
		t.Errorf("the bridge is built with\n%s", deps)
	}
}
