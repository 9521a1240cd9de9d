//go:build !windows

package consent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ncruces/zenity"
)

const (
	// An approval sooner than this was meant for another window: the person
	// was typing when ours took the focus. It is not believed, and above all
	// what was typed is not sent to the token, where it would cost a PIN try.
	minDwell = time.Second
	// How often the question comes again after an empty or a too quick
	// approval, before this counts as a refusal.
	maxRounds = 5
)

// errRefused is the person's no, on its way up to askWindow.
var errRefused = errors.New("refused")

// askWindow asks with zenity (GTK) or, on macOS, with the system's dialogs:
// the list of documents when it is long, the choice of certificate when there
// is one, then the question itself.
func askWindow(ctx context.Context, v view) (Answer, error) {
	answer, err := windows(ctx, v)
	if errors.Is(err, errRefused) {
		return Answer{}, nil
	}
	return answer, err
}

func windows(ctx context.Context, v view) (Answer, error) {
	if v.long(v.windowInline()) {
		if err := showDocuments(ctx, v); err != nil {
			return Answer{}, err
		}
	}
	var chosen Certificate
	if v.q.Kind != KindPair {
		var err error
		if chosen, err = chooseCertificate(ctx, v); err != nil {
			return Answer{}, err
		}
	}
	hint := ""
	for range maxRounds {
		pin, again, err := askOnce(ctx, v, chosen, hint)
		if err != nil {
			return Answer{}, err
		}
		if again == "" {
			return Answer{Approved: true, Certificate: chosen.ID, PIN: pin}, nil
		}
		hint = again
	}
	return Answer{}, errRefused
}

const (
	// windowWidth in characters is about 700 pixels.
	windowWidth = 90
	// windowRoom is how many lines of documents leave the rest of the question
	// on a screen of 768 lines of pixels.
	windowRoom = 18
)

func (v view) windowInline() int { return v.fitting(maxInline, windowWidth, windowRoom) }

// askOnce shows the question. again is why it must be shown once more, "" when
// the answer counts. The PIN reaches us as a Go string, by way of a pipe and a
// buffer of the library: those copies cannot be overwritten. They die with
// this process, which is why the agent asks in a child (see Child).
func askOnce(ctx context.Context, v view, c Certificate, hint string) (pin []byte, again string, err error) {
	lines := v.lines(c, v.windowInline())
	if hint != "" {
		lines = append(lines, hint)
	}
	// zenity makes a window as wide as its longest line, whatever the screen is.
	lines = wrap(append(lines, v.instruction(c)), windowWidth)
	options := append(v.common(ctx, v.title, v.sign), zenity.Width(560))
	typed, started := "", time.Now()
	if v.q.needsPIN(c) {
		typed, err = zenity.Entry(plain(strings.Join(lines, "\n")), append(options, zenity.HideText())...)
	} else {
		err = zenity.Question(plain(strings.Join(lines, "\n")), append(options, zenity.DefaultCancel(), zenity.NoIcon)...)
	}
	if err := outcome(ctx, err); err != nil {
		return nil, "", err
	}
	switch {
	case time.Since(started) < minDwell:
		return nil, v.tooFast, nil
	case v.q.needsPIN(c) && typed == "":
		return nil, v.emptyPIN, nil
	case len(typed) > maxPINLength:
		return nil, v.longPIN, nil
	case !v.q.needsPIN(c):
		return nil, "", nil
	}
	return []byte(typed), "", nil
}

// showDocuments lists every document of a batch; only what is confirmed here
// is asked for afterwards.
func showDocuments(ctx context.Context, v view) error {
	rows := v.rows()
	for i := range rows {
		rows[i] = plain(rows[i])
	}
	if v.q.Kind == KindData {
		_, err := zenity.List(v.listText(v.dataPurpose(), v.dataWarning, v.readThrough), numbered(rows),
			append(v.common(ctx, v.title, v.next), zenity.Width(980), zenity.Height(480))...)
		return outcome(ctx, err)
	}
	head := []string{fmt.Sprintf(v.allDocs, len(v.q.Documents)), v.inAll()}
	if n := len(v.q.LeftOut); n > 0 {
		head = append(head, fmt.Sprintf(v.leftOutCount, n))
	}
	_, err := zenity.List(v.listText(append(head, v.readThrough)...), rows,
		append(v.common(ctx, v.nextTitle, v.next), zenity.Width(980), zenity.Height(480))...)
	return outcome(ctx, err)
}

// numbered makes rows differ, which a list must.
func numbered(rows []string) []string {
	for i := range rows {
		rows[i] = fmt.Sprintf("%d.  %s", i+1, rows[i])
	}
	return rows
}

func chooseCertificate(ctx context.Context, v view) (Certificate, error) {
	usable := v.q.usable()
	if len(usable) == 1 {
		return usable[0], nil
	}
	rows := make([]string, len(usable))
	for i := range rows {
		rows[i] = plain(v.certificateRow(i))
	}
	for range maxRounds {
		row, err := zenity.List(v.listText(v.chooseCert), rows,
			append(v.common(ctx, v.title, v.choose), zenity.Width(860), zenity.Height(300), zenity.DefaultItems(rows[0]))...)
		if err := outcome(ctx, err); err != nil {
			return Certificate{}, err
		}
		for i := range rows {
			// Rows differ by their number.
			if rows[i] == row {
				return usable[i], nil
			}
		}
	}
	return Certificate{}, errRefused
}

func (v view) common(ctx context.Context, title, ok string) []zenity.Option {
	return []zenity.Option{zenity.Context(ctx), zenity.Title(title), zenity.OKLabel(ok),
		zenity.CancelLabel(v.refuse), zenity.Modal()}
}

// listText is the text over a list, which zenity takes for Pango markup: it is
// made of our own words and an origin, which parseSite bounds to characters
// without a meaning there.
func (v view) listText(lines ...string) string {
	head := []string{v.fromCommand, ""}
	if v.site.origin != "" {
		head = append([]string{v.fromSite}, v.siteBlock()...)
	}
	return strings.Join(append(head, lines...), "\n")
}

// outcome tells a refusal, a withdrawn question and a failure apart. The exit
// code of zenity is the same for "refused" and for "cannot open the display";
// hasDisplay has made sure of the display before.
func outcome(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return nil
	case errors.Is(err, zenity.ErrCanceled):
		return errRefused
	}
	return fmt.Errorf("show the question: %w", err)
}

// plain replaces what zenity, or a program standing in for it, gives a meaning
// to, by characters that look alike and have none: "<b>" is seen as "‹b›"
// (Pango markup), and in "a\\nb" the backslash (which zenity expands to a new
// line in some texts, and not in others) as "∖".
func plain(text string) string {
	return strings.NewReplacer("<", "‹", ">", "›", `\`, "∖").Replace(text)
}
