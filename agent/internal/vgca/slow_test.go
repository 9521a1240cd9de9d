package vgca_test

import (
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/vgca"
)

// TestSlowSite: a site that is slow to give a document, or to take a signed one,
// keeps neither the person nor the token from another, nor the other's documents
// out.
func TestSlowSite(t *testing.T) {
	other := newOffice(t)
	a := newAgent(t, setting{change: func(o *vgca.Options) { o.Origins = append(o.Origins.(allowed), other.URL) },
		sites: func(o *fetch.SiteOptions) {
			o.Roots = x509.NewCertPool()
			o.Roots.AddCert(other.Certificate()) // every office of a test shows the same
		}})
	for _, slow := range []string{"/upload.aspx", "/a.pdf"} {
		t.Run(slow, func(t *testing.T) {
			document := a.office.put("/a.pdf", pdfOf(t, 1))
			arrived, stop := make(chan struct{}, 1), make(chan struct{})
			a.office.serve(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != slow {
					return false
				}
				arrived <- struct{}{}
				<-stop
				return true
			})
			defer close(stop)
			ws, _, err := a.dialer().Dial(a.url("SignPDF"), http.Header{"Origin": {a.office.URL}})
			if err != nil {
				t.Fatal(err)
			}
			defer ws.Close()
			if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"FileName":"`+document+`","FileUploadHandler":"`+a.office.handler()+`"}`)); err != nil {
				t.Fatal(err)
			}
			wait(t, arrived, "the request to the slow site")

			b := *a
			b.t, b.office = t, other
			before := len(other.taken())
			theirs := other.put("/b.pdf", pdfOf(t, 1))
			if r := b.call("SignPDF", `{"FileName":"`+theirs+`","FileUploadHandler":"`+other.handler()+`"}`); *r.Status != 0 || len(other.taken()) != before+1 {
				t.Errorf("another site: %+v", r)
			}
			if r := b.call("SignMsg", "eA=="); *r.Status != 0 {
				t.Errorf("a message: %+v", r)
			}
			c := *a
			c.t = t
			c.wantFailed(c.call("SignPDF", `{"FileName":"`+document+`","FileUploadHandler":"`+a.office.handler()+`"}`), "BUSY", "yêu cầu khác")
		})
		for deadline := time.Now().Add(20 * time.Second); a.server.FilesUnderWay() > 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the slow site's question does not end")
			}
		}
	}
}
