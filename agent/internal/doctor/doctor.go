// Package doctor looks at everything that signing from a web page needs, and says
// in Vietnamese and English what is wrong and what to do. It only looks: it never
// tries a PIN, changes nothing, and its report holds no secrets and no names of
// documents.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kyso/agent/internal/hostmanifest"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/token"
)

// Status is how a check ended.
type Status string

const (
	OK      Status = "ok"
	Warning Status = "warning" // works, or is not needed by everybody
	Problem Status = "problem" // something that is needed does not work
	Unknown Status = "unknown" // could not be looked at, or not in time
)

// Check is one finding. Several may have one id: one for each library, token,
// certificate or browser.
type Check struct {
	ID     string     `json:"id"`
	Status Status     `json:"status"`
	Title  i18n.Text  `json:"title"`
	Detail i18n.Text  `json:"detail"`
	Remedy *i18n.Text `json:"remedy,omitempty"`
}

// Report is what doctor found; docs/doctor.md. Ready says that a page could have
// a document signed now: there is no problem, and a certificate that is valid is
// at hand.
type Report struct {
	Version string  `json:"version"`
	Checks  []Check `json:"checks"`
	Ready   bool    `json:"ready"`
}

// Problem tells whether a check of the report is one.
func (r Report) Problem() bool {
	return slices.ContainsFunc(r.Checks, func(c Check) bool { return c.Status == Problem })
}

// Inputs are what the checks look at. What they cannot know by themselves comes
// from functions, so that each fault can be planted. A nil function leaves its
// checks out. Functions are called side by side, each once, and may outlive Run
// when they do not heed their context.
type Inputs struct {
	Version string
	// Now is the computer's clock; Built is the day of the program's source, zero
	// where that is not known.
	Now, Built time.Time

	Agent  func(context.Context) Agent
	Policy func(context.Context) PolicyFile
	Sites  func(context.Context) (origin.SitesStatus, error)
	// Modules are the PKCS#11 libraries in use.
	Modules func(context.Context) []Module
	// Readers tells whether the service for card readers can be reached.
	Readers func(context.Context) bool
	Tokens  func(context.Context) ([]Token, []error)
	// Browsers are those of this machine, and BrowserPolicies what administrators
	// have set in them.
	Browsers        func(context.Context) []hostmanifest.Found
	BrowserPolicies func(context.Context) []BrowserPolicy
	// Extension is the one that spoke to the agent last; false: none has.
	Extension func(context.Context) (Seen, bool)
	// Log tells why the signing log cannot be written; nil: it can.
	Log func(context.Context) error
}

// Agent is the agent of this session.
type Agent struct {
	Running bool
	Answers bool // on its port
	Port    int
	Version string
	Pages   []int // ports that pages look at
	Free    bool  // where none runs: one of those could be had
	Err     error // it cannot be told whether one runs
}

// PolicyFile is the administrator's policy.
type PolicyFile struct {
	Path    string
	Managed bool
	Err     error
}

// Module is a PKCS#11 library as it was seen.
type Module struct {
	Name    string
	Tokens  int
	Trouble i18n.Text // empty: it works
}

// Token is a token as it was seen, without a PIN.
type Token struct {
	Label        string
	PIN          token.PINState
	Unlock       i18n.Text // who unlocks it
	Certificates []Certificate
}

// Certificate is one whose key can sign.
type Certificate struct {
	Holder string
	Until  time.Time
	Expiry token.Expiry
	Left   i18n.Text // how long it is good for
	Advice i18n.Text // what is to be done about it, empty: nothing
}

// finding is a check's outcome; about names what it is about, where there may be
// several.
type finding struct {
	status         Status
	about          string
	detail, remedy i18n.Text
	valid          bool // it is a certificate that could sign now
}

// The time a check may take. Libraries and tokens are slow: a card is read in
// some seconds. TokenTime is for the functions that look at them, so that what
// they saw in time is still told.
const (
	usual     = 4 * time.Second
	slow      = 10 * time.Second
	TokenTime = 8 * time.Second
)

type check struct {
	id    string
	title i18n.Text
	limit time.Duration
	// look gives nil where there is nothing to look at.
	look func(context.Context, Inputs) []finding
}

var checks = []check{
	{"agent", i18n.Text{VI: "Chương trình Kyso", EN: "The agent"}, usual, lookAgent},
	{"port", i18n.Text{VI: "Cổng của Kyso", EN: "Kyso's port"}, usual, lookPort},
	{"policy", i18n.Text{VI: "Chính sách", EN: "Policy"}, usual, lookPolicy},
	{"sites", i18n.Text{VI: "Trang web được phép", EN: "Allowed sites"}, usual, lookSites},
	{"site-list", i18n.Text{VI: "Danh sách trang đã ký", EN: "Signed list of sites"}, usual, lookSiteList},
	{"module", i18n.Text{VI: "Thư viện của thiết bị", EN: "Token library"}, slow, lookModules},
	{"readers", i18n.Text{VI: "Dịch vụ đầu đọc thẻ", EN: "Card reader service"}, slow, lookReaders},
	{"token", i18n.Text{VI: "Thiết bị ký số", EN: "Token"}, slow, lookTokens},
	{"certificate", i18n.Text{VI: "Chứng thư số", EN: "Certificate"}, slow, lookCertificates},
	{"browser", i18n.Text{VI: "Trình duyệt", EN: "Browser"}, usual, lookBrowsers},
	{"browser-policy", i18n.Text{VI: "Thiết lập của quản trị viên trong trình duyệt", EN: "Administrator's settings of the browser"}, usual, lookBrowserPolicies},
	{"extension", i18n.Text{VI: "Tiện ích", EN: "Extension"}, usual, lookExtension},
	{"log", i18n.Text{VI: "Nhật ký ký số", EN: "Signing log"}, usual, lookLog},
	{"clock", i18n.Text{VI: "Đồng hồ máy tính", EN: "Computer's clock"}, usual, lookClock},
}

// IDs are the ids of all checks, in the order of the report.
func IDs() []string {
	var list []string
	for _, c := range checks {
		list = append(list, c.id)
	}
	return list
}

// Run does all checks side by side. It ends when they have, and at the latest
// some seconds after the slowest may.
func Run(ctx context.Context, in Inputs) Report {
	in = in.shared()
	results := make([]chan []finding, len(checks))
	for i, c := range checks {
		results[i] = make(chan []finding, 1)
		ctx, cancel := context.WithTimeout(ctx, c.limit)
		go func() {
			defer cancel()
			done := make(chan []finding, 1)
			go func() { done <- safely(func() []finding { return c.look(ctx, in) }) }()
			select {
			case f := <-done:
				results[i] <- f
			case <-ctx.Done():
				results[i] <- []finding{late}
			}
		}()
	}
	r := Report{Version: in.Version, Checks: []Check{}}
	valid := false
	for i, c := range checks {
		for _, f := range <-results[i] {
			k := Check{ID: c.id, Status: f.status, Title: c.title, Detail: f.detail}
			if f.about != "" {
				k.Title.VI, k.Title.EN = k.Title.VI+": "+f.about, k.Title.EN+": "+f.about
			}
			if f.remedy.VI != "" {
				k.Remedy = &f.remedy
			}
			r.Checks = append(r.Checks, k)
			valid = valid || f.valid
		}
	}
	r.Ready = valid && !r.Problem()
	return r
}

var late = finding{status: Unknown, detail: i18n.Text{VI: "Không có câu trả lời kịp lúc.", EN: "No answer in time."},
	remedy: i18n.Text{VI: "Hãy thử lại. Nếu là thiết bị: rút ra, cắm lại.", EN: "Try again. If it is a token: unplug it and plug it in again."}}

// safely turns a check that breaks into one that is not known.
func safely(look func() []finding) (list []finding) {
	defer func() {
		if p := recover(); p != nil {
			list = []finding{{status: Unknown, detail: both(fmt.Sprintf("[%v]", p))}}
		}
	}()
	return look()
}

func both(s string) i18n.Text { return i18n.Text{VI: s, EN: s} }

func text(vi, en string) i18n.Text { return i18n.Text{VI: vi, EN: en} }
