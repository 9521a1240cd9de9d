package consent

import (
	"fmt"
	"strings"

	"github.com/lxn/walk"
	. "github.com/lxn/walk/declarative"
)

// head says who asks, and what goes into the signature.
func (d *dialog) head() []Widget {
	widgets := d.asker()
	if d.q.Kind == KindData {
		for i, w := range widgets {
			if label, ok := w.(Label); ok {
				label.TextColor = walk.RGB(0xFF, 0xFF, 0xFF)
				widgets[i] = label
			}
		}
		band := SolidColorBrush{Color: bandColor}
		if d.q.blind() {
			band.Color = blindColor
		}
		widgets = []Widget{Composite{Background: band, Layout: HBox{MarginsZero: true}, Children: []Widget{
			Composite{Background: band, Layout: VBox{}, Children: widgets}, HSpacer{},
		}}}
	}
	for _, text := range d.signedTexts() {
		widgets = append(widgets, TextLabel{Text: text, NoPrefix: true})
	}
	return widgets
}

// asker says who asks.
func (d *dialog) asker() []Widget {
	if d.site.origin == "" {
		return []Widget{Label{Text: d.fromCommand, Font: Font{Family: "Segoe UI", PointSize: 13, Bold: true}}}
	}
	widgets := []Widget{Label{Text: d.fromSite}}
	for _, line := range siteLines(d.site.origin, 40) {
		widgets = append(widgets, Label{Text: line, NoPrefix: true, Font: Font{Family: "Segoe UI", PointSize: 16, Bold: true}})
	}
	for _, warning := range d.siteWarnings() {
		widgets = append(widgets, TextLabel{Text: warning, NoPrefix: true, TextColor: warningColor})
	}
	return widgets
}

// subjectWidgets say what is asked about.
func (d *dialog) subjectWidgets() []Widget {
	large := Font{Family: "Segoe UI", PointSize: 13, Bold: true}
	switch d.q.Kind {
	case KindPair:
		return []Widget{
			Label{Text: d.pairQuestion, Font: large},
			Label{Text: strings.ReplaceAll(SayWords(d.q.Code), "-", "   "), NoPrefix: true, Font: Font{Family: "Segoe UI", PointSize: 20, Bold: true}},
			TextLabel{Text: d.pairHelp, NoPrefix: true},
			VSpacer{},
		}
	case KindChoose:
		return []Widget{TextLabel{Text: d.chooseHelp, NoPrefix: true}}
	case KindData:
		warning := TextLabel{Text: d.dataWarning, NoPrefix: true}
		if d.q.blind() {
			warning.TextColor, warning.Font = warningColor, Font{Family: "Segoe UI", PointSize: 10, Bold: true}
		}
		return []Widget{
			Label{Text: d.dataPurpose(), Font: large},
			warning,
			TextEdit{Text: strings.Join(d.dataText(), "\r\n"), ReadOnly: true, VScroll: true, StretchFactor: 1,
				MinSize: Size{Height: 120}, Font: Font{Family: "Consolas", PointSize: 10}},
			TextLabel{Text: strings.Join(d.dataFacts(), "\r\n"), NoPrefix: true},
		}
	}
	return d.documentTable()
}

// look asks for the selected document to be opened.
func (d *dialog) look() {
	if i := d.table.CurrentIndex(); d.desk.view != nil && i >= 0 {
		d.desk.view(i)
	}
}

// documentTable lists every document; a long batch scrolls.
func (d *dialog) documentTable() []Widget {
	head := fmt.Sprintf(d.documents, len(d.q.Documents))
	if d.long(maxInline) {
		head += "  " + d.inAll()
	}
	var known []Widget
	if !d.long(maxInline) {
		for i, doc := range d.q.Documents {
			for _, line := range d.known(doc) {
				if len(d.q.Documents) > 1 {
					line = fmt.Sprintf("%d. %s", i+1, line)
				}
				known = append(known, TextLabel{Text: line, NoPrefix: true})
			}
		}
	}
	return append(append([]Widget{
		Label{Text: head},
		TableView{
			AssignTo:                 &d.table,
			OnItemActivated:          d.look,
			MinSize:                  Size{Height: 120},
			StretchFactor:            1,
			NotSortableByHeaderClick: true,
			Columns: []TableViewColumn{
				{Title: d.columnName, Width: 330},
				{Title: d.columnPages, Width: 70},
				{Title: d.columnSize, Width: 85},
				{Title: d.columnSigned, Width: 100},
				{Title: d.columnWords, Width: 175},
				{Title: d.columnKnown, Width: 480},
			},
			Model: &documentModel{view: d.view},
		},
		Composite{
			Layout:   HBox{MarginsZero: true},
			Visible:  d.desk.view != nil,
			Children: []Widget{PushButton{Text: mnemonic(d.viewButton, d.viewKey), OnClicked: d.look}, HSpacer{}},
		},
	}, known...), d.leftOutTable()...)
}

// leftOutTable lists what will not be signed.
func (d *dialog) leftOutTable() []Widget {
	if len(d.q.LeftOut) == 0 {
		return nil
	}
	return []Widget{
		Label{Text: fmt.Sprintf(d.leftOut, len(d.q.LeftOut)), TextColor: warningColor},
		TableView{
			MinSize:                  Size{Height: 80},
			StretchFactor:            1,
			NotSortableByHeaderClick: true,
			Columns:                  []TableViewColumn{{Title: d.columnName, Width: 330}, {Title: d.columnWhy, Width: 430}},
			Model:                    &leftOutModel{view: d.view},
		},
	}
}

// documentModel hands the documents to the table.
type documentModel struct {
	walk.TableModelBase
	view view
}

func (m *documentModel) RowCount() int { return len(m.view.q.Documents) }

func (m *documentModel) Value(row, column int) any {
	d := m.view.q.Documents[row]
	switch column {
	case 0:
		return fmt.Sprintf("%d. %s", row+1, m.view.name(d))
	case 1:
		if d.Pages == 0 {
			return "?"
		}
		return d.Pages
	case 2:
		return m.view.size(d.Size)
	case 3:
		return d.Signatures
	case 4:
		return m.view.words(d)
	}
	return m.view.remarks(d)
}

// leftOutModel hands what is left out to its table.
type leftOutModel struct {
	walk.TableModelBase
	view view
}

func (m *leftOutModel) RowCount() int { return len(m.view.q.LeftOut) }

func (m *leftOutModel) Value(row, column int) any {
	l := m.view.q.LeftOut[row]
	if column == 0 {
		return shown(l.Name, maxShownName)
	}
	return shown(l.Why, maxShownNote)
}
