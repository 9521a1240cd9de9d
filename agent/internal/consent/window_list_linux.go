//go:build cgo && (amd64 || arm64)

package consent

import (
	"fmt"
	"strings"
)

const (
	// firstRows fill the list before the window is shown; the others follow,
	// nextRows at a time, so that it opens at once however many there are.
	firstRows, nextRows = 12, 40
)

// all is how many rows the list will have.
func (w *window) all() int {
	if w.q.Kind != KindSign {
		return 0
	}
	return len(w.q.Documents) + len(w.q.LeftOut)
}

// documentsList lists every document, and what is left out.
func (w *window) documentsList() widget {
	w.list = w.ListNew()
	w.ListSelection(w.list, 0)
	w.class(w.list, "kyso-list")
	w.name(w.list, w.listName, w.tally())
	w.fill(firstRows)
	if w.rows < w.all() {
		w.idly(func() bool {
			w.fill(nextRows)
			w.refresh()
			return w.rows < w.all()
		})
	}
	return w.scrolled(w.list, 110, 250)
}

// fill adds the next rows.
func (w *window) fill(count int) {
	for range min(count, w.all()-w.rows) {
		var row widget
		if i := w.rows; i < len(w.q.Documents) {
			row = w.documentRowOf(i)
		} else {
			row = w.leftOutRowOf(i - len(w.q.Documents))
		}
		w.ListInsert(w.list, row, -1)
		if w.rows >= firstRows {
			w.ShowAll(row)
		}
		w.rows++
	}
}

// documentRowOf is a document: its name, what is known of it, and a button that
// opens it.
func (w *window) documentRowOf(i int) widget {
	d := w.q.Documents[i]
	text := w.BoxNew(vertical, 1)
	name := w.label(fmt.Sprintf("%d. %s", i+1, w.view.name(d)), "kyso-name")
	w.LabelMin(name, listCharacters)
	w.PackStart(text, name, false, false, 0)
	usual := d
	usual.Notices = nil
	lines := append([]string{w.facts(d)}, w.known(usual)...)
	words := w.label(strings.Join(append(lines, fmt.Sprintf(w.compare, w.words(d))), "\n"))
	w.Tooltip(words, "SHA-256: "+d.SHA256)
	w.PackStart(text, words, false, false, 0)
	if notices := w.noticeLines(d.Notices); len(notices) > 0 {
		w.PackStart(text, w.label(strings.Join(notices, "\n"), "kyso-notice"), false, false, 0)
	}
	row := w.row(w.documentRow(i))
	if w.desk.view != nil {
		button := w.viewerButton(i)
		line := w.BoxNew(horizontal, 10)
		w.PackStart(line, text, true, true, 0)
		w.PackEnd(line, button, false, false, 0)
		w.Add(row, line)
	} else {
		w.Add(row, text)
	}
	return row
}

func (w *window) viewerButton(i int) widget {
	button := w.ButtonNew(mnemonic(w.viewButton, w.viewKey))
	w.AlignHigh(button, alignCenter)
	w.name(button, fmt.Sprintf(w.viewName, i+1, w.view.name(w.q.Documents[i])), "")
	w.on(button, "clicked", func() { w.look(i) })
	w.views = append(w.views, button)
	return button
}

// leftOutRowOf is a document that will not be signed.
func (w *window) leftOutRowOf(i int) widget {
	row := w.row(w.view.leftOutRow(i))
	w.Add(row, w.label(w.view.leftOutRow(i), "kyso-notice"))
	return row
}

func (w *window) row(name string) widget {
	row := w.RowNew()
	w.RowActive(row, false)
	w.class(row, "kyso-row")
	w.name(row, name, "")
	return row
}
