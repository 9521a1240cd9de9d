package fetch

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/tsp"
)

// exchange puts one question to u and checks the answer.
func (t *Timestamper) exchange(ctx context.Context, u *url.URL, h crypto.Hash, digest []byte) ([]byte, time.Time, error) {
	nonce := make([]byte, 8)
	rand.Read(nonce)
	question := tsp.NewRequest(h, digest, nonce)
	if question == nil {
		return nil, time.Time{}, &Error{Code: Unsupported, Detail: "the digest"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(question))
	if err != nil {
		return nil, time.Time{}, &Error{Code: BadURL, Detail: "malformed"}
	}
	req.Header.Set("User-Agent", "Kyso")
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("Accept", "application/timestamp-reply")
	sent := t.now()
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, time.Time{}, &Error{Code: Status, Detail: fmt.Sprintf("HTTP status %d", resp.StatusCode), status: resp.StatusCode}
	case resp.Header.Get("Content-Encoding") != "":
		return nil, time.Time{}, &Error{Code: NotAsked, Detail: "it is compressed"}
	case strings.HasPrefix(strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Type"))), "text/"):
		// The page of a hotel's or an office's network that wants to be logged
		// in to comes with status 200 too. Any other type is let pass: what
		// the answer is, its bytes say.
		return nil, time.Time{}, &Error{Code: NotAsked, Detail: "it is a page of text"}
	case resp.ContentLength > maxToken:
		return nil, time.Time{}, &Error{Code: TooLarge, Detail: fmt.Sprintf("more than %d bytes", maxToken)}
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxToken+1))
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(answer) > maxToken {
		return nil, time.Time{}, &Error{Code: TooLarge, Detail: fmt.Sprintf("more than %d bytes", maxToken)}
	}
	return t.check(answer, h, digest, nonce, sent)
}

// MaxClockError is how far the time in a timestamp may lie before the moment
// it was asked for or behind the moment it came: what computers that nobody
// looks after are off by. Beyond it one of the two clocks is wrong, and a
// verifier on this computer would call the signature one of the future.
const MaxClockError = 5 * time.Minute

// check reads an answer: a token over digest with our nonce, signed by a
// certificate that was valid and is for timestamps alone (RFC 3161, 2.4.2 and
// 2.3), with an acceptable algorithm, at a time that can be true.
func (t *Timestamper) check(answer []byte, h crypto.Hash, digest, nonce []byte, sent time.Time) ([]byte, time.Time, error) {
	received := t.now()
	der, err := tsp.ParseResponse(answer)
	var refused *tsp.StatusError
	switch {
	case errors.As(err, &refused):
		return nil, time.Time{}, &Error{Code: Refused, Err: refused}
	case err != nil:
		return nil, time.Time{}, &Error{Code: NotAsked, Err: err}
	}
	token, err := tsp.Parse(der)
	if err != nil {
		return nil, time.Time{}, &Error{Code: NotAsked, Err: err}
	}
	if token.Hash != h {
		return nil, time.Time{}, &Error{Code: BadToken, Detail: "it is over a digest of another kind"}
	}
	// Without the nonce, or with another, it answers somebody else's question,
	// perhaps an old one.
	if token.Nonce == nil || token.Nonce.Cmp(new(big.Int).SetBytes(nonce)) != 0 {
		return nil, time.Time{}, &Error{Code: BadToken, Detail: "it does not repeat the nonce"}
	}
	signer, err := token.Verify(digest)
	if err != nil {
		return nil, time.Time{}, &Error{Code: BadToken, Err: err}
	}
	if token.Time.Before(signer.NotBefore) || token.Time.After(signer.NotAfter) {
		return nil, time.Time{}, &Error{Code: BadToken, Detail: "the authority's certificate was not valid then"}
	}
	pub, err := algorithm.PublicKey(signer)
	if err == nil {
		err = token.CMS.Signers[0].Algorithm.Check(pub, token.Time)
	}
	if err != nil {
		return nil, time.Time{}, &Error{Code: BadToken, Err: err}
	}
	if token.Time.Before(sent.Add(-MaxClockError)) || token.Time.After(received.Add(MaxClockError)) {
		return nil, time.Time{}, &Error{Code: WrongClock, Detail: fmt.Sprintf("the authority says %s, this computer %s",
			token.Time.UTC().Format(time.RFC3339), received.UTC().Format(time.RFC3339))}
	}
	return whole(der), token.Time, nil
}

// whole is der without what may follow the token.
func whole(der []byte) []byte {
	if _, rest, err := cms.Parse(der); err == nil {
		return der[:len(der)-len(rest)]
	}
	return der
}

// passing tells whether what failed may pass: the network, a server that is
// busy, an authority without its clock.
func passing(e *Error) bool {
	switch e.Code {
	case Timeout, Unreachable:
		return true
	case Status:
		return e.status >= 500 || e.status == http.StatusTooManyRequests
	case Refused:
		var refused *tsp.StatusError
		return errors.As(e.Err, &refused) && (slices.Contains(refused.Failures, "timeNotAvailable") || slices.Contains(refused.Failures, "systemFailure"))
	}
	return false
}

// TimestampError is that no authority gave a usable timestamp.
type TimestampError struct {
	// Tries are the failed attempts in their order, at least one.
	Tries []*Error
}

// Error repeats each authority's last failure.
func (e *TimestampError) Error() string {
	var all []string
	for _, t := range e.last() {
		all = append(all, t.Error())
	}
	return strings.Join(all, "; ")
}

// Words say the same in both languages.
func (e *TimestampError) Words() (vi, en string) {
	var inVI, inEN []string
	for _, t := range e.last() {
		v, n := t.Words()
		inVI, inEN = append(inVI, v), append(inEN, n)
	}
	return strings.Join(inVI, "; "), strings.Join(inEN, "; ")
}

// last are the last failures, one of each authority.
func (e *TimestampError) last() (list []*Error) {
	for _, t := range e.Tries {
		list = slices.DeleteFunc(list, func(o *Error) bool { return o.URL == t.URL })
		list = append(list, t)
	}
	return list
}

// Unwrap are the attempts.
func (e *TimestampError) Unwrap() []error {
	errs := make([]error, len(e.Tries))
	for i, t := range e.Tries {
		errs[i] = t
	}
	return errs
}
