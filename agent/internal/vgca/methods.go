package vgca

import (
	"context"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// call is one question under way.
type call struct {
	s      *Server
	origin origin.Origin
	method string // its name
	m      method
}

// method is one path of the listener.
type method struct {
	run func(ctx context.Context, k *call, question []byte) (any, error)
	// profile is what documents are signed as; nil: the method signs none.
	profile *signing.Profile
	// asks says that a person is asked.
	asks bool
}

func files(run func(context.Context, *call, []byte) (any, error), p signing.Profile) method {
	return method{run, &p, true}
}

func asking(run func(context.Context, *call, []byte) (any, error)) method {
	return method{run: run, asks: true}
}

// methods are the paths and their names in the incumbent's script.
var methods = map[string]method{
	"SignApproved": files(signFile, signing.ProfilePersonal),
	"SignIssued":   files(signFile, signing.ProfileAgency),
	"SignIncome":   files(signFile, signing.ProfileArchive),
	"SignAppendix": files(signFile, signing.ProfileAttachment),
	"SignCopy":     files(signFile, signing.ProfileCopy),
	"Comment":      files(signFile, signing.ProfilePersonal),
	"SignPDF":      files(signFile, signing.ProfileNone),
	"SignFile":     files(signFile, signing.ProfileNone),
	"SignFiles":    files(signFiles, signing.ProfileNone),

	"SignMsg":  asking(signMessage),
	"SignJson": asking(signJSON),
	"Auth":     asking(signLogin),

	"VerifyPDF": {run: verifyPDF},
	"VerifyMsg": {run: verifyMessage},

	"GetCertInfo": {run: certificateInfo},
	"GetVersion":  {run: versionInfo},
	"Config":      {run: openSettings},

	"SignXML": {run: notMade}, "VerifyXML": {run: notMade}, "SignXMLP12": {run: notMade},
	"SignOffice": {run: notMade}, "VerifyOffice": {run: notMade}, "SignPDFWP": {run: notMade},
	"SignLyLich": {run: notMade}, "SignAttestation": {run: notMade}, "SignAttestationes": {run: notMade},
	"VerifyJson": {run: notTold}, "LoginIAM": {run: notMade}, "SignHash": {run: noHash}, "GetLicenseRequest": {run: notMade},
}

func notMade(context.Context, *call, []byte) (any, error) { return nil, errNotMade }
func notTold(context.Context, *call, []byte) (any, error) { return nil, errNotTold }
func noHash(context.Context, *call, []byte) (any, error)  { return nil, errNoHash }
