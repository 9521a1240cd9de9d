package bridge

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/stamps"
	"kyso/signature/placement"
)

// stampParams say what the signatures stand for and what they look like. Images
// are no part of them: they are the person's own, installed on this machine.
type stampParams struct {
	// Profile is "personal", "agency", "attachment", "copy" or "archive". Absent:
	// a signature outside the rules, invisible unless there is a template.
	Profile string `json:"profile,omitempty"`
	// Template is the name of one installed here; absent is the profile's own.
	Template string `json:"template,omitempty"`
	// Place is "auto", or "PAGE,X,Y,W,H" in points from the page's lower left
	// corner; absent is "auto", the template's place.
	Place string `json:"place,omitempty"`
	// Number is the number and symbol of the document, which an attachment must
	// show.
	Number string `json:"number,omitempty"`
	// Form is that of a copy: "SAO Y" (absent), "SAO LỤC", "TRÍCH SAO".
	Form string `json:"form,omitempty"`
	// Agency is the agency's name on the stamp; absent is the certificate's.
	Agency string `json:"agency,omitempty"`
	// WithoutPerson is why the agency signs what no person has validly signed; it
	// is recorded in the signature.
	WithoutPerson string `json:"withoutPerson,omitempty"`
}

const (
	attachment  = string(signing.ProfileAttachment)
	autoPlace   = "auto"
	maxPlace    = 100 // five numbers
	defaultForm = "SAO Y"
)

// visible tells whether the signatures have a stamp.
func (p stampParams) visible() bool { return p.Profile != "" || p.Template != "" }

// check refuses what cannot be meant, naming the member.
func (p stampParams) check() error {
	if p.Profile != "" && !slices.Contains([]signing.Profile{signing.ProfilePersonal, signing.ProfileAgency, signing.ProfileAttachment, signing.ProfileCopy, signing.ProfileArchive}, signing.Profile(p.Profile)) {
		return badRequest("profile")
	}
	if p.Template != "" && !stamps.TemplateName(p.Template) {
		return badRequest("template")
	}
	for _, m := range []struct {
		name, value string
		max         int
	}{{"place", p.Place, maxPlace}, {"number", p.Number, maxTokenBytes}, {"form", p.Form, maxTokenBytes}, {"agency", p.Agency, maxTextBytes}} {
		if !plain(m.value, m.max) || m.value != "" && (!p.visible() || strings.TrimSpace(m.value) == "") {
			return badRequest(m.name)
		}
	}
	if _, err := p.at(); err != nil {
		return badRequest("place")
	}
	if !slices.Contains([]string{"SAO Y", "SAO LỤC", "TRÍCH SAO"}, p.form()) {
		return badRequest("form")
	}
	// Decree 30/2020/NĐ-CP, Appendix I: an attachment shows them.
	if p.Number == "" && (p.Template == attachment || p.Template == "" && p.Profile == attachment) {
		return badRequest("number")
	}
	if !plain(p.WithoutPerson, maxTextBytes) || p.WithoutPerson != "" && p.Profile != string(signing.ProfileAgency) {
		return badRequest("withoutPerson")
	}
	return nil
}

func (p stampParams) at() (placement.Place, error) {
	if p.Place == "" || p.Place == autoPlace {
		return placement.Place{}, nil
	}
	return placement.ParsePlace(p.Place)
}

// form is written in capitals and composed, as the template wants it.
func (p stampParams) form() string {
	if p.Form == "" {
		return defaultForm
	}
	return norm.NFC.String(strings.ToUpper(strings.Join(strings.Fields(p.Form), " ")))
}

// fill puts checked params into a request.
func (p stampParams) fill(r *signing.Request) {
	r.Profile, r.OutOfOrder = signing.Profile(p.Profile), p.WithoutPerson
	if !p.visible() {
		return
	}
	at, _ := p.at()
	r.Wish = &signing.Wish{Template: p.Template, Place: at, Number: p.Number, Form: p.form(), Agency: p.Agency}
}
