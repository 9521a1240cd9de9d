package signing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kyso/signature/pdf"
	"kyso/signature/placement"
	"kyso/signature/stamp"
	"kyso/signature/verify"
)

// spot is where a document's stamp stands, in words too.
type spot struct {
	placement.Place // Page 0: the field's own rectangle
	// seen is the first rectangle of an existing field; otherwise zero.
	seen    placement.Place
	where   verify.Message
	notices []verify.Message
}

// spotFor finds where s stands in doc: at the place given, zero for the
// template's.
func (t *Stamp) spotFor(doc *pdf.File, s *stamp.Stamp, at placement.Place, field, signer string) (spot, error) {
	if at.Page > 0 {
		return t.chosen(doc.View, s, at)
	}
	if field != "" {
		if own, ok, err := t.inField(doc, field); err != nil || ok {
			return own, err
		}
	}
	switch s.Place().At {
	case stamp.TopRight:
		return corner(doc.View, s, placement.TopRight, "góc trên, bên phải trang 1", "at the top right of page 1")
	case stamp.BottomLeft:
		return corner(doc.View, s, placement.BottomLeft, "góc dưới, bên trái trang 1", "at the bottom left of page 1")
	case stamp.OverPersonal:
		return overPersonal(doc.View, s)
	}
	return inBlock(doc.View, s, signer)
}

// inField is the field's own rectangle, or rectangles; ok is false for a field
// that is not there, or not shown.
func (t *Stamp) inField(doc *pdf.File, name string) (found spot, ok bool, err error) {
	places, err := fieldPlaces(doc, name)
	if err != nil || len(places) == 0 {
		return spot{}, false, err
	}
	var pages []string
	for _, at := range places {
		notices, err := t.covers(doc.View, at)
		if err != nil {
			return spot{}, false, err
		}
		found.notices = append(found.notices, notices...)
		if n := strconv.Itoa(at.Page); !slices.Contains(pages, n) {
			pages = append(pages, n)
		}
	}
	found.seen = places[0]
	found.where = message("IN_FIELD", "trang %[2]s, trong ô chữ ký “%[1]s”", "on page %[2]s, in the signature field “%[1]s”", name, strings.Join(pages, ", "))
	return found, true, nil
}

// fieldPlaces are where the field of that name is shown.
func fieldPlaces(doc *pdf.File, name string) (places []placement.Place, err error) {
	fields, err := doc.SignatureFields()
	if err != nil {
		return nil, fmt.Errorf("read the form: %w: %w", ErrDamaged, err)
	}
	i := slices.IndexFunc(fields, func(f pdf.Field) bool { return f.Name == name })
	if i < 0 {
		return nil, nil
	}
	number := 0
	walk := doc.EachPage(func(page pdf.Page) bool {
		number++
		var annots pdf.Array
		if annots, err = doc.Array(page.Dict.Get("Annots")); err != nil {
			return false
		}
		for _, o := range annots {
			ref, ok := o.(pdf.Ref)
			if !ok || !slices.Contains(fields[i].Widgets, ref) {
				continue
			}
			var w *pdf.Dict
			var g pdf.Geometry
			if w, err = doc.Dict(ref); err == nil {
				g, err = doc.Geometry(page)
			}
			if err != nil {
				return false
			}
			if r, ok := doc.Rect(w.Get("Rect")); ok && r.Width() > 0 && r.Height() > 0 {
				places = append(places, placement.Place{Page: number, Rect: g.Shown(r)})
			}
		}
		return len(places) < maxFieldPlaces
	})
	if err == nil {
		err = walk
	}
	if err != nil {
		return nil, fmt.Errorf("look for the field: %w: %w", ErrDamaged, err)
	}
	return places, nil
}

// maxFieldPlaces bounds the widgets of one field that are looked at and told.
const maxFieldPlaces = 20

// slack is how much smaller than a text its rectangle may be, in points: the
// rounding of whoever measured it.
const slack = 0.5

// leastShown is how wide and high an image is at least: less would be a visible
// signature that nobody sees.
const leastShown = 5 * placement.Millimetre

// chosen is the place somebody gave. Text keeps its size, and so does what is
// shown as large as it is; images fill the rectangle.
func (t *Stamp) chosen(v pdf.View, s *stamp.Stamp, at placement.Place) (spot, error) {
	if n, err := v.Pages(); err != nil {
		return spot{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	} else if at.Page > n {
		return spot{}, &PlaceError{fmt.Sprintf("tài liệu chỉ có %d trang, không có trang %d", n, at.Page), fmt.Sprintf("the document has %d pages and no page %d", n, at.Page)}
	}
	w, h := at.Rect.Width(), at.Rect.Height()
	if len(s.Lines()) > 0 || t.Template.RealSize() {
		if s.Width() > w+slack || s.Height() > h+slack {
			return spot{}, &PlaceError{
				fmt.Sprintf("khung %.0f × %.0f điểm nhỏ hơn hình chữ ký, cần ít nhất %.0f × %.0f điểm", w, h, s.Width()+slack, s.Height()+slack),
				fmt.Sprintf("the rectangle of %.0f × %.0f points is smaller than the stamp, which needs at least %.0f × %.0f", w, h, s.Width()+slack, s.Height()+slack)}
		}
		left, bottom := at.Rect.Left+(w-s.Width())/2, at.Rect.Bottom+(h-s.Height())/2
		at.Rect = pdf.Rect{Left: left, Bottom: bottom, Right: left + s.Width(), Top: bottom + s.Height()}
	}
	found := spot{Place: at, where: message("AT_PLACE", "trang %d, tại vị trí đã chọn, rộng %.0f mm, cao %.0f mm", "on page %d, at the place chosen, %.0f mm wide, %.0f mm high",
		at.Page, at.Rect.Width()/placement.Millimetre, at.Rect.Height()/placement.Millimetre)}
	if len(s.Lines()) == 0 && (at.Rect.Width() < leastShown || at.Rect.Height() < leastShown) {
		return spot{}, &PlaceError{"khung nhỏ hơn 5 mm, không ai thấy được hình chữ ký", "the rectangle is smaller than 5 mm: nobody would see the stamp"}
	}
	var err error
	found.notices, err = t.covers(v, at)
	return found, err
}

// covers tells what a stamp at a place that somebody chose would cover.
func (t *Stamp) covers(v pdf.View, at placement.Place) (list []verify.Message, err error) {
	covered, err := placement.Free(v, at)
	if err != nil {
		return nil, fmt.Errorf("look at the place: %w", err)
	}
	if len(covered.Text) > 0 {
		list = append(list, message("COVERS_TEXT", "Hình chữ ký sẽ che chữ: “%s”.", "The stamp will cover text: “%s”.", shown(strings.Join(covered.Text[:min(3, len(covered.Text))], "”, “"))))
	}
	if covered.Signatures > 0 {
		list = append(list, message("COVERS_SIGNATURE", "Hình chữ ký sẽ che hình của một chữ ký đã có.", "The stamp will cover that of an earlier signature."))
	}
	return list, nil
}

func corner(v pdf.View, s *stamp.Stamp, find func(pdf.View, int, float64, float64) (placement.Corner, error), vi, en string) (spot, error) {
	c, err := find(v, 1, s.Width(), s.Height())
	if err != nil {
		return spot{}, fmt.Errorf("look for a place: %w", err)
	}
	if c.Confidence == placement.None {
		return spot{}, &PlaceError{c.Why.Vi, c.Why.En}
	}
	return spot{Place: c.Place, where: verify.Message{Code: "IN_CORNER", VI: vi, EN: en}, notices: notices(c.Warnings)}, nil
}

// inBlock is the room between office and full name.
func inBlock(v pdf.View, s *stamp.Stamp, signer string) (spot, error) {
	if HolderOf(signer) != Person {
		signer = "" // no name of a document is an agency's
	}
	r, err := placement.Find(v, placement.Options{Signer: signer})
	if err != nil {
		return spot{}, err
	}
	if r.Confidence == placement.None {
		return spot{}, &PlaceError{r.Why.Vi, r.Why.En}
	}
	at := r.Personal
	at.Rect = placement.Fit(at.Rect, s.Width(), s.Height(), s.Width())
	b := r.Candidates[0]
	sureVI, sureEN := "chắc chắn", "sure"
	if r.Confidence != placement.High {
		sureVI, sureEN = "nên xem lại", "please look at it"
	}
	office := strings.Join(b.Office, " / ")
	where := verify.Message{Code: "IN_BLOCK",
		VI: fmt.Sprintf("trang %d, giữa chức vụ “%s” và họ tên “%s” (%s)", at.Page, office, b.Name, sureVI),
		EN: fmt.Sprintf("on page %d, between the office “%s” and the name “%s” (%s)", at.Page, office, b.Name, sureEN)}
	return spot{Place: at, where: where, notices: notices(r.Warnings)}, nil
}

// overPersonal is the left third of the person's image (Decree 30/2020,
// Appendix I, II.8.a): that of the earlier signature which stands in a signature
// block, else of the only one that is shown.
func overPersonal(v pdf.View, s *stamp.Stamp) (spot, error) {
	r, err := placement.Find(v, placement.Options{})
	if err != nil {
		return spot{}, err
	}
	over := func(page int, personal pdf.Rect, where verify.Message) (spot, error) {
		g, err := pageGeometry(v, page)
		if err != nil {
			return spot{}, err
		}
		return spot{Place: placement.Place{Page: page, Rect: placement.Seal(personal, s.Width(), s.Height(), g)}, where: where}, nil
	}
	for _, b := range r.Candidates {
		widgets, err := placement.Signatures(v, b.Page)
		if err != nil {
			return spot{}, err
		}
		if personal, ok := placement.Signed(b, widgets); ok {
			return over(b.Page, personal, message("OVER_PERSONAL", "trang %d, trùm khoảng 1/3 bên trái hình chữ ký của “%s”", "on page %d, over the left third of the image of “%s”", b.Page, b.Name))
		}
	}
	if only, page, ok, err := onlySignature(v); err != nil {
		return spot{}, err
	} else if ok {
		return over(page, only, message("OVER_SIGNATURE", "trang %d, trùm khoảng 1/3 bên trái hình chữ ký đã có", "on page %d, over the left third of the signature's image", page))
	}
	if r.Confidence == placement.None {
		return spot{}, &PlaceError{
			"chưa có hình chữ ký cá nhân nào để đóng dấu lên, và " + lower(r.Why.Vi),
			"there is no personal signature's image to set the seal on, and " + lower(r.Why.En)}
	}
	b := r.Candidates[0]
	// Where the person's image would be.
	personal := placement.Fit(r.Personal.Rect, personalWidth, personalHeight, personalWidth)
	found, err := over(b.Page, personal, message("BESIDE_ROOM", "trang %d, bên trái khoảng trống giữa chức vụ và họ tên “%s”", "on page %d, at the left of the room above the name “%s”", b.Page, b.Name))
	found.notices = append(notices(r.Warnings), found.notices...)
	return found, err
}

// The size of a personal image, in points, that a seal is placed by where there
// is none: the largest that the built-in template takes.
const (
	personalWidth  = 45 * placement.Millimetre
	personalHeight = 22 * placement.Millimetre
)

// maxSearched bounds the pages looked at for a signature that is shown.
const maxSearched = 100

// onlySignature is the one signature that the first pages show.
func onlySignature(v pdf.View) (rect pdf.Rect, page int, ok bool, err error) {
	n, err := v.Pages()
	if err != nil {
		return rect, 0, false, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	found := 0
	for i := 1; i <= min(n, maxSearched) && found < 2; i++ {
		widgets, err := placement.Signatures(v, i)
		if err != nil {
			return rect, 0, false, err
		}
		if found += len(widgets); len(widgets) > 0 {
			rect, page = widgets[0], i
		}
	}
	return rect, page, found == 1, nil
}

func pageGeometry(v pdf.View, number int) (g pdf.Geometry, err error) {
	n := 0
	walk := v.EachPage(func(p pdf.Page) bool {
		n++
		if n == number {
			g, err = v.Geometry(p)
		}
		return n < number
	})
	if err == nil {
		err = walk
	}
	return g, err
}

func message(code, vi, en string, args ...any) verify.Message {
	return verify.Message{Code: code, VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}

func notices(list []placement.Message) (out []verify.Message) {
	for _, m := range list {
		out = append(out, verify.Message{Code: "PLACEMENT", VI: m.Vi, EN: m.En})
	}
	return out
}

func lower(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToLower(string(r)) + s[len(string(r)):]
		}
	}
	return s
}
