package stamp

import (
	"fmt"
	"image/color"
)

// Advice is something a person might do better.
type Advice struct {
	Code   AdviceCode
	VI, EN string
}

// AdviceCode tells kinds of advice apart.
type AdviceCode string

const (
	NotBlue       AdviceCode = "NOT_BLUE"
	NotRed        AdviceCode = "NOT_RED"
	NoTransparent AdviceCode = "NO_TRANSPARENT_BACKGROUND"
	NotPNG        AdviceCode = "NOT_PNG"
	LowResolution AdviceCode = "LOW_RESOLUTION"
)

// minDPI is the resolution from which an image looks sharp on paper.
const minDPI = 150

// advise compares an image with what Decree 30/2020, Appendix I, Part I, II.7.d
// and II.8.a ask for.
func (r *imageRule) advise(i *Image, at box) []Advice {
	var all []Advice
	add := func(code AdviceCode, vi, en string) { all = append(all, Advice{code, vi, en}) }
	if r.Ink != "" {
		share := i.inkShare(r.Ink)
		switch {
		case r.Ink == "blue" && share < mostInk:
			add(NotBlue, "Ảnh chữ ký không phải màu xanh; Nghị định 30/2020/NĐ-CP yêu cầu màu xanh.", "The signature's image is not blue, which Decree 30/2020 asks for.")
		case r.Ink == "red" && share < mostInk:
			add(NotRed, "Ảnh dấu không phải màu đỏ; Nghị định 30/2020/NĐ-CP yêu cầu màu đỏ.", "The seal's image is not red, which Decree 30/2020 asks for.")
		}
		if i.fromJPEG {
			add(NotPNG, "Ảnh là JPEG; Nghị định 30/2020/NĐ-CP yêu cầu định dạng .png.", "The image is a JPEG; Decree 30/2020 asks for .png.")
		}
		if !i.clearEdge() {
			add(NoTransparent, "Nền ảnh không trong suốt và sẽ che phần văn bản bên dưới; Nghị định 30/2020/NĐ-CP yêu cầu nền trong suốt.", "The image's background is not transparent and will hide what is below it; Decree 30/2020 asks for a transparent one.")
		}
	}
	if dpi := float64(i.width) / (at.width / 72); dpi < minDPI {
		add(LowResolution, fmt.Sprintf("Độ phân giải của ảnh thấp (%.0f dpi ở kích thước này); nên từ %d dpi trở lên.", dpi, minDPI),
			fmt.Sprintf("The image's resolution is low (%.0f dpi at this size); %d dpi or more is better.", dpi, minDPI))
	}
	return all
}

// mostInk is how much of what is drawn should have the colour asked for: some
// of a scan's edges are always grey.
const mostInk = 0.6

// inkShare is how much of the ink, weighted by its opacity, is blue or red.
func (i *Image) inkShare(ink string) float64 {
	var all, right int
	for y := range i.height {
		for x := range i.width {
			c := i.pixel(x, y)
			if c.A < 16 || min(c.R, c.G, c.B) > 200 {
				continue // nothing, or paper
			}
			all += int(c.A)
			if hasInk(c, ink) {
				right += int(c.A)
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(right) / float64(all)
}

// hasInk tells whether a colour would be called blue or red: its strongest
// part is well above the others.
func hasInk(c color.NRGBA, ink string) bool {
	const clearly = 30
	r, g, b := int(c.R), int(c.G), int(c.B)
	if ink == "blue" {
		return b-r >= clearly && b >= g
	}
	return r-g >= clearly && r-b >= clearly
}

// clearEdge tells whether the picture's edge is mostly transparent, and so its
// background is.
func (i *Image) clearEdge() bool {
	if i.alpha == nil {
		return false
	}
	all, clear := 0, 0
	see := func(x, y int) {
		all++
		if i.alpha[y*i.width+x] < 16 {
			clear++
		}
	}
	for x := range i.width {
		see(x, 0)
		see(x, i.height-1)
	}
	for y := range i.height {
		see(0, y)
		see(i.width-1, y)
	}
	return clear*2 > all
}
