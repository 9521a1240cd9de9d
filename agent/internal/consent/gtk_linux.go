//go:build cgo && (amd64 || arm64)

package consent

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/ebitengine/purego"
)

// widget, and every other uintptr here, is a pointer of the C library. None is
// kept beyond the window.
type widget = uintptr

// gtk are the functions of GTK 3, ATK and GLib that the window is made with.
// The library is looked for when it is needed: the program starts without it.
// Each field names the C function in its tag and has its parameters.
type gtk struct {
	InitCheck func(argc, argv uintptr) bool                                                          `c:"gtk_init_check"`
	Main      func()                                                                                 `c:"gtk_main"`
	MainQuit  func()                                                                                 `c:"gtk_main_quit"`
	Connect   func(object uintptr, signal string, callback, data, destroy uintptr, flags int32) uint `c:"g_signal_connect_data"`
	Idle      func(callback, data uintptr) uint32                                                    `c:"g_idle_add"`
	Timeout   func(milliseconds uint32, callback, data uintptr) uint32                               `c:"g_timeout_add"`
	TypeName  func(object uintptr) string                                                            `c:"g_type_name_from_instance"`

	// events
	SetHandler  func(callback, data, destroy uintptr)    `c:"gdk_event_handler_set"`
	Handle      func(event uintptr)                      `c:"gtk_main_do_event"`
	EventType   func(event uintptr) int32                `c:"gdk_event_get_event_type"`
	EventDevice func(event uintptr) uintptr              `c:"gdk_event_get_source_device"`
	EventKey    func(event uintptr, key *uint32) bool    `c:"gdk_event_get_keyval"`
	EventState  func(event uintptr, state *uint32) bool  `c:"gdk_event_get_state"`
	EventButton func(event uintptr, button *uint32) bool `c:"gdk_event_get_button"`
	EventWidget func(event uintptr) widget               `c:"gtk_get_event_widget"`
	DeviceName  func(device uintptr) string              `c:"gdk_device_get_name"`
	DeviceType  func(device uintptr) int32               `c:"gdk_device_get_device_type"`
	KeyUnicode  func(key uint32) uint32                  `c:"gdk_keyval_to_unicode"`
	KeyLower    func(key uint32) uint32                  `c:"gdk_keyval_to_lower"`
	Display     func() uintptr                           `c:"gdk_display_get_default"`
	Screen      func() uintptr                           `c:"gdk_screen_get_default"`

	// windows and widgets
	WindowNew    func(kind int32) widget                                    `c:"gtk_window_new"`
	SetTitle     func(window widget, title string)                          `c:"gtk_window_set_title"`
	SetSize      func(window widget, width, height int32)                   `c:"gtk_window_set_default_size"`
	SetPosition  func(window widget, position int32)                        `c:"gtk_window_set_position"`
	SetAbove     func(window widget, above bool)                            `c:"gtk_window_set_keep_above"`
	SetIcon      func(window widget, name string)                           `c:"gtk_window_set_icon_name"`
	Present      func(window widget)                                        `c:"gtk_window_present"`
	IsActive     func(window widget) bool                                   `c:"gtk_window_is_active"`
	Focused      func(window widget) widget                                 `c:"gtk_window_get_focus"`
	ShowAll      func(widget widget)                                        `c:"gtk_widget_show_all"`
	SetVisible   func(widget widget, visible bool)                          `c:"gtk_widget_set_visible"`
	NoShowAll    func(widget widget, no bool)                               `c:"gtk_widget_set_no_show_all"`
	SetSensitive func(widget widget, sensitive bool)                        `c:"gtk_widget_set_sensitive"`
	GrabFocus    func(widget widget)                                        `c:"gtk_widget_grab_focus"`
	CanFocus     func(widget widget, can bool)                              `c:"gtk_widget_set_can_focus"`
	IsInside     func(widget, ancestor widget) bool                         `c:"gtk_widget_is_ancestor"`
	ExpandWide   func(widget widget, expand bool)                           `c:"gtk_widget_set_hexpand"`
	AlignWide    func(widget widget, align int32)                           `c:"gtk_widget_set_halign"`
	AlignHigh    func(widget widget, align int32)                           `c:"gtk_widget_set_valign"`
	SizeRequest  func(widget widget, width, height int32)                   `c:"gtk_widget_set_size_request"`
	Tooltip      func(widget widget, text string)                           `c:"gtk_widget_set_tooltip_text"`
	Add          func(container, child widget)                              `c:"gtk_container_add"`
	BoxNew       func(orientation, spacing int32) widget                    `c:"gtk_box_new"`
	PackStart    func(box, child widget, expand, fill bool, padding uint32) `c:"gtk_box_pack_start"`
	PackEnd      func(box, child widget, expand, fill bool, padding uint32) `c:"gtk_box_pack_end"`
	ScrolledNew  func(h, v uintptr) widget                                  `c:"gtk_scrolled_window_new"`
	SetPolicy    func(scrolled widget, h, v int32)                          `c:"gtk_scrolled_window_set_policy"`
	SetShadow    func(scrolled widget, shadow int32)                        `c:"gtk_scrolled_window_set_shadow_type"`
	MinHeight    func(scrolled widget, height int32)                        `c:"gtk_scrolled_window_set_min_content_height"`
	MaxHeight    func(scrolled widget, height int32)                        `c:"gtk_scrolled_window_set_max_content_height"`
	Natural      func(scrolled widget, propagate bool)                      `c:"gtk_scrolled_window_set_propagate_natural_height"`
	Overlay      func(scrolled widget, overlay bool)                        `c:"gtk_scrolled_window_set_overlay_scrolling"`

	// controls
	LabelNew      func(text string) widget                        `c:"gtk_label_new"`
	LabelMnemonic func(text string) widget                        `c:"gtk_label_new_with_mnemonic"`
	LabelFor      func(label, control widget)                     `c:"gtk_label_set_mnemonic_widget"`
	LabelText     func(label widget, text string)                 `c:"gtk_label_set_text"`
	LabelWrap     func(label widget, wrap bool)                   `c:"gtk_label_set_line_wrap"`
	LabelWrapMode func(label widget, mode int32)                  `c:"gtk_label_set_line_wrap_mode"`
	LabelAlign    func(label widget, x float32)                   `c:"gtk_label_set_xalign"`
	LabelMin      func(label widget, characters int32)            `c:"gtk_label_set_width_chars"`
	LabelMax      func(label widget, characters int32)            `c:"gtk_label_set_max_width_chars"`
	ButtonNew     func(text string) widget                        `c:"gtk_button_new_with_mnemonic"`
	RadioNew      func(member widget) widget                      `c:"gtk_radio_button_new_from_widget"`
	CheckNew      func(text string) widget                        `c:"gtk_check_button_new_with_mnemonic"`
	IsOn          func(toggle widget) bool                        `c:"gtk_toggle_button_get_active"`
	SetOn         func(toggle widget, on bool)                    `c:"gtk_toggle_button_set_active"`
	EntryNew      func() widget                                   `c:"gtk_entry_new"`
	EntryHidden   func(entry widget, visible bool)                `c:"gtk_entry_set_visibility"`
	EntryText     func(entry widget, text string)                 `c:"gtk_entry_set_text"`
	EntryLength   func(entry widget) uint16                       `c:"gtk_entry_get_text_length"`
	EntryPurpose  func(entry widget, purpose int32)               `c:"gtk_entry_set_input_purpose"`
	EntryWidth    func(entry widget, characters int32)            `c:"gtk_entry_set_width_chars"`
	EditAllow     func(entry widget, editable bool)               `c:"gtk_editable_set_editable"`
	EditPosition  func(entry widget, position int32)              `c:"gtk_editable_set_position"`
	EditSelected  func(entry widget, start, end *int32) bool      `c:"gtk_editable_get_selection_bounds"`
	ListNew       func() widget                                   `c:"gtk_list_box_new"`
	ListSelection func(list widget, mode int32)                   `c:"gtk_list_box_set_selection_mode"`
	ListInsert    func(list, child widget, position int32)        `c:"gtk_list_box_insert"`
	RowNew        func() widget                                   `c:"gtk_list_box_row_new"`
	RowActive     func(row widget, can bool)                      `c:"gtk_list_box_row_set_activatable"`
	TextNew       func() widget                                   `c:"gtk_text_view_new"`
	TextBuffer    func(view widget) uintptr                       `c:"gtk_text_view_get_buffer"`
	TextSet       func(buffer uintptr, text string, length int32) `c:"gtk_text_buffer_set_text"`
	TextEditable  func(view widget, editable bool)                `c:"gtk_text_view_set_editable"`
	TextCursor    func(view widget, visible bool)                 `c:"gtk_text_view_set_cursor_visible"`
	TextWrap      func(view widget, mode int32)                   `c:"gtk_text_view_set_wrap_mode"`
	TextMono      func(view widget, mono bool)                    `c:"gtk_text_view_set_monospace"`
	TextLeft      func(view widget, margin int32)                 `c:"gtk_text_view_set_left_margin"`
	TextTop       func(view widget, margin int32)                 `c:"gtk_text_view_set_top_margin"`
	TextTab       func(view widget, accepts bool)                 `c:"gtk_text_view_set_accepts_tab"`

	// looks, and what a screen reader is told
	CssNew        func() uintptr                                                   `c:"gtk_css_provider_new"`
	CssLoad       func(provider uintptr, css string, length int, err uintptr) bool `c:"gtk_css_provider_load_from_data"`
	CssUse        func(screen, provider uintptr, priority uint32)                  `c:"gtk_style_context_add_provider_for_screen"`
	Style         func(widget widget) uintptr                                      `c:"gtk_widget_get_style_context"`
	StyleClass    func(style uintptr, class string)                                `c:"gtk_style_context_add_class"`
	StyleClassOff func(style uintptr, class string)                                `c:"gtk_style_context_remove_class"`
	Accessible    func(widget widget) uintptr                                      `c:"gtk_widget_get_accessible"`
	AtkName       func(object uintptr, name string)                                `c:"atk_object_set_name"`
	AtkDescribe   func(object uintptr, text string)                                `c:"atk_object_set_description"`
	AtkRole       func(object uintptr, role int32)                                 `c:"atk_object_set_role"`
	AtkRoleOf     func(name string) int32                                          `c:"atk_role_for_name"`
}

// loadGTK finds the library; an error when it is not there, or is older than
// 3.22 (2016).
var loadGTK = sync.OnceValues(func() (*gtk, error) {
	library, err := purego.Dlopen(gtkLibrary, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("load GTK: %w", err)
	}
	g := new(gtk)
	fields := reflect.ValueOf(g).Elem()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Tag.Get("c")
		symbol, err := purego.Dlsym(library, name)
		if err != nil {
			return nil, fmt.Errorf("load GTK: %w", err)
		}
		purego.RegisterFunc(fields.Field(i).Addr().Interface(), symbol)
	}
	return g, nil
})
