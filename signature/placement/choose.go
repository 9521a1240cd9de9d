package placement

import (
	"slices"
	"strings"
)

// choose decides which candidate is the document's own block.
func (r *Result) choose(sheets []*sheet, o Options, skipped bool) {
	complete := func(b Block) bool { return b.Gap.Height() >= minGap }
	pool := make([]int, 0, len(r.Candidates))
	for i, b := range r.Candidates {
		if complete(b) {
			pool = append(pool, i)
		}
	}
	if len(pool) == 0 {
		if len(r.Candidates) > 0 {
			r.Why = r.Candidates[0].Problem
			r.found(r.Candidates[0])
			return
		}
		r.Why = nothing(sheets)
		return
	}
	named := false
	if o.Signer != "" {
		if own := r.having(pool, func(b Block) bool { return b.Named }); len(own) > 0 {
			pool, named = own, true
		}
	}
	best := NoRecipients
	for _, i := range pool {
		best = max(best, r.Candidates[i].Recipients)
	}
	for _, b := range r.Candidates {
		// The document's own block may be the one that is too tight.
		if !complete(b) && b.Recipients > best && !named {
			r.Why = b.Problem
			r.found(b)
			return
		}
	}
	pool = r.having(pool, func(b Block) bool { return b.Recipients == best })
	// In a document of several signers the places already signed are done with.
	open := r.having(pool, func(b Block) bool { return !b.Signed })
	several := len(pool) > 1
	if len(open) > 0 {
		pool = open
	}
	if several && len(pool) > 1 && !r.decides(pool, best, named) {
		r.Why = r.ambiguous(pool)
		return
	}
	chosen := r.Candidates[pool[0]]
	r.Candidates = slices.Delete(r.Candidates, pool[0], pool[0]+1)
	r.Candidates = slices.Insert(r.Candidates, 0, chosen)
	r.found(chosen)
	if chosen.Problem != (Message{}) {
		r.Why = chosen.Problem
		return
	}
	for _, s := range sheets {
		if s.number == chosen.Page && s.text.Partial != "" {
			r.Why = say("Không đọc được hết nội dung trang %d (%s): không biết chắc chỗ nào trống.",
				"Not all of page %d could be read (%s): which places are free is not certain.", chosen.Page, s.text.Partial)
			return
		}
	}
	r.Personal = Place{chosen.Page, chosen.Room}
	r.Confidence = r.confidence(chosen, several, named, o)
	if skipped {
		r.Confidence = Medium // the warning says so
	}
}

func (r *Result) having(pool []int, keep func(Block) bool) []int {
	var out []int
	for _, i := range pool {
		if keep(r.Candidates[i]) {
			out = append(out, i)
		}
	}
	return out
}

// decides tells whether the first of several candidates of the same rank can
// be told from the others: appended documents follow the main one, and the
// same person may sign both. Blocks side by side cannot.
func (r *Result) decides(pool []int, best Recipients, named bool) bool {
	first := r.Candidates[pool[0]].Page
	if r.Candidates[pool[1]].Page == first {
		return false
	}
	return named || best == RecipientsBeside
}

// confidence judges the chosen block and adds warnings.
func (r *Result) confidence(b Block, several, named bool, o Options) Confidence {
	c := High
	doubt := func(m Message) {
		c = Medium
		r.Warnings = append(r.Warnings, m)
	}
	switch {
	case named:
		r.Evidence = append(r.Evidence, say("Họ tên trùng với tên trên chứng thư.", "The name is that of the certificate."))
		for _, other := range r.Candidates[1:] {
			if other.Recipients > b.Recipients {
				doubt(say("Khối ký có “Nơi nhận” lại mang tên khác: “%s”, trang %d.", "The block with the recipients bears another name: “%s”, page %d.", other.Name, other.Page))
				break
			}
		}
	case o.Signer != "":
		doubt(say("Họ tên trên văn bản là “%s”, không phải “%s”.", "The name in the document is “%s”, not “%s”.", b.Name, o.Signer))
	}
	if several {
		doubt(say("Tài liệu có nhiều khối ký; đã chọn khối ở trang %d.", "The document has several signature blocks; the one on page %d was chosen.", b.Page))
	}
	if b.copied {
		doubt(say("Dưới chức vụ có chữ “(Đã ký)”: có thể đây là bản chụp lại của văn bản đã ký.", "“(Đã ký)” stands under the office: this may be a transcript of a signed document."))
	}
	if b.unusual {
		doubt(say("“%s” không phải là chức vụ thường gặp; chỗ ký theo họ tên của người ký.", "“%s” is no usual office; the place goes by the signer's name.", strings.Join(b.Office, " / ")))
	}
	if b.offCentre > centred {
		doubt(say("Họ tên không thẳng giữa chức vụ.", "The name is not centred under the office."))
	}
	if b.Recipients == NoRecipients && !named {
		doubt(say("Không thấy “Nơi nhận” gần khối ký.", "No list of recipients stands near the block."))
	}
	if !b.surname && !named {
		doubt(say("“%s” không bắt đầu bằng một họ thường gặp.", "“%s” does not begin with a common surname.", b.Name))
	}
	return c
}

// found notes the evidence of a block.
func (r *Result) found(b Block) {
	office := strings.Join(b.Office, " / ")
	r.Evidence = append(r.Evidence, say("Tìm thấy “%s” trên họ tên “%s” ở trang %d.", "Found “%s” above the name “%s” on page %d.", office, b.Name, b.Page))
	if b.Room.Height() > 0 {
		r.Evidence = append(r.Evidence, say("Khoảng trống giữa chức vụ và họ tên cao %.0f mm.", "The gap between office and name is %.0f mm high.", b.Room.Height()/Millimetre))
	}
	switch b.Recipients {
	case RecipientsBeside:
		r.Evidence = append(r.Evidence, say("Có “Nơi nhận” bên cạnh khối ký.", "The list of recipients stands beside the block."))
	case RecipientsNear:
		r.Evidence = append(r.Evidence, say("Có “Nơi nhận” gần khối ký.", "The list of recipients stands near the block."))
	}
}

// ambiguous tells that several blocks fit.
func (r *Result) ambiguous(pool []int) Message {
	var list, english []string
	for _, i := range pool {
		b := r.Candidates[i]
		m := say("“%s” (trang %d)", "“%s” (page %d)", b.Name, b.Page)
		list, english = append(list, m.Vi), append(english, m.En)
	}
	return Message{
		"Có nhiều khối ký, chưa rõ của ai: " + strings.Join(list, ", ") + ". Hãy cho biết tên người ký hoặc chọn chỗ.",
		"Several signature blocks fit: " + strings.Join(english, ", ") + ". Say who signs, or choose the place.",
	}
}

// nothing tells why no block was found.
func nothing(sheets []*sheet) Message {
	scans, unread, empty := 0, 0, 0
	var fonts []string
	for _, s := range sheets {
		switch {
		case s.scanned():
			scans++
		case s.text.Glyphs == 0:
			empty++
		case s.unreadable():
			unread++
			fonts = append(fonts, s.text.OldFonts...)
		}
	}
	slices.Sort(fonts)
	fonts = slices.Compact(fonts)
	switch {
	case scans*2 > len(sheets) || scans > 0 && scans+empty == len(sheets):
		return say("Đây là bản quét (trang là ảnh): không đọc được chữ nên không tự tìm được chỗ ký.",
			"This is a scan (pages are pictures): without text the place cannot be found.")
	case unread > 0 && len(fonts) > 0:
		m := say("Chữ viết bằng phông cũ (%s), không đọc được nên không tự tìm được chỗ ký.",
			"The text is in old fonts (%s) that cannot be read, so the place cannot be found.", strings.Join(fonts[:min(len(fonts), 3)], ", "))
		return m
	case unread > 0:
		return say("Tệp không cho biết chữ viết gì (phông thiếu bảng mã), nên không tự tìm được chỗ ký.",
			"The file does not tell what its letters are, so the place cannot be found.")
	}
	for _, s := range sheets {
		if office := s.nameless(); office != "" {
			return say("Trang %d có chức vụ “%s” nhưng không thấy họ tên ở dưới, nên không biết chỗ ký cao bao nhiêu.",
				"Page %d has the office “%s” but no full name under it, so the height of the place is not known.", s.number, office)
		}
	}
	return say("Không thấy khối ký: chức vụ viết hoa, khoảng trống, rồi họ tên bên dưới.",
		"No signature block was found: an office in capitals, a gap, and a full name under it.")
}
