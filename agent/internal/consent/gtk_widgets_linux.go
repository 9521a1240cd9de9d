//go:build cgo && (amd64 || arm64)

package consent

// looks leaves colours to the person's theme, so that a dark or a
// high-contrast one works. Only where a colour means something are both set,
// the text's and the one behind it.
const looks = `
.kyso-head { padding: 16px 22px 14px 22px; background-color: @theme_base_color; color: @theme_text_color; border-bottom: 1px solid @borders; }
.kyso-head.kyso-data { background-color: #7a3e00; color: #ffffff; }
.kyso-head.kyso-data label { color: #ffffff; }
.kyso-head.kyso-data.kyso-blind { background-color: #8f1d1d; }
.kyso-body { padding: 14px 22px 10px 22px; }
.kyso-foot { padding: 12px 22px 8px 22px; border-top: 1px solid @borders; }
.kyso-site { font-size: 175%; font-weight: bold; }
.kyso-large { font-size: 125%; font-weight: bold; }
.kyso-words { font-size: 210%; font-weight: bold; padding: 14px 0; }
.kyso-strong, .kyso-name { font-weight: bold; }
.kyso-alarm { background-color: #8f1d1d; color: #ffffff; font-weight: bold; padding: 7px 11px; border-radius: 4px; }
.kyso-head .kyso-alarm { margin-top: 6px; }
.kyso-notice { font-weight: bold; border-left: 4px solid #c77700; padding: 2px 0 2px 9px; }
.kyso-row { padding: 7px 10px; border-bottom: 1px solid @borders; }
.kyso-choices { padding: 6px 10px; }
.kyso-wait { font-size: 92%; }
.kyso-text { font-size: 95%; }
.kyso-button { font-size: 110%; }
`

// listCharacters is the least width of texts in the list: GTK asks how high
// they are before it knows how wide they will be.
const listCharacters = 64

// label is text over as many lines as it needs, never taken for markup.
func (w *window) label(text string, classes ...string) widget {
	label := w.LabelNew(text)
	w.LabelWrap(label, true)
	w.LabelWrapMode(label, wrapWord)
	w.LabelAlign(label, 0)
	// A limit for the width it asks for; it takes what there is.
	w.LabelMax(label, listCharacters)
	for _, class := range classes {
		w.class(label, class)
	}
	return label
}

func (w *window) class(object widget, class string) { w.StyleClass(w.Style(object), class) }

// name tells a screen reader what an object is; description may be empty.
func (w *window) name(object widget, name, description string) {
	accessible := w.Accessible(object)
	w.AtkName(accessible, name)
	if description != "" {
		w.AtkDescribe(accessible, description)
	}
}

// hidden keeps an object from being shown before it has something to say.
func (w *window) hidden(object widget) widget {
	w.NoShowAll(object, true)
	return object
}

// scrolled lets an object be as high as it likes between two heights.
func (w *window) scrolled(object widget, least, most int32) widget {
	scrolled := w.ScrolledNew(0, 0)
	w.SetPolicy(scrolled, policyNever, policyAuto)
	w.SetShadow(scrolled, shadowIn)
	w.Overlay(scrolled, false) // a bar that is always there tells that there is more
	w.Natural(scrolled, true)
	w.MaxHeight(scrolled, most)
	if least > 0 {
		w.MinHeight(scrolled, least)
	}
	w.Add(scrolled, object)
	return scrolled
}

func mnemonic(text, key string) string { return marked(text, key, "_") }
