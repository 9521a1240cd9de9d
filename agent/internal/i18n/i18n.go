// Package i18n holds what a person reads when something went wrong: one table
// from symbolic code to Vietnamese and English cause and remedy. It never holds
// details of one case (names, paths, numbers) and never chooses a code.
package i18n

import (
	"slices"
	"strings"
)

// Text is one sentence or two in both languages of the product.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// In is the text in the language "vi" or "en"; anything else is "vi".
func (t Text) In(language string) string {
	if language == "en" {
		return t.EN
	}
	return t.VI
}

// Entry is a code with its cause and its remedy.
type Entry struct {
	Code    string
	Message Text // what happened
	Remedy  Text // what the person can do about it
}

// Lookup gives the entry of code. A code which is not in the table gives the
// entry of Internal, so that no raw text ever reaches a person.
func Lookup(code string) Entry {
	for _, e := range table {
		if e.Code == code {
			return e
		}
	}
	for _, e := range table {
		if e.Code == Internal {
			return e
		}
	}
	return Entry{Code: Internal}
}

// Codes lists every code of the table, sorted.
func Codes() []string {
	codes := make([]string, 0, len(table))
	for _, e := range table {
		codes = append(codes, e.Code)
	}
	slices.Sort(codes)
	return codes
}

// Language chooses "vi" or "en" from the first locale that says which:
// "vi_VN.UTF-8", "en-US", "en". Other languages, "C", "POSIX" and "" say
// nothing. With nothing said it is "vi", the language of the people this is
// made for.
func Language(locales ...string) string {
	for _, l := range locales {
		tag, _, _ := strings.Cut(strings.ToLower(l), ".")
		tag, _, _ = strings.Cut(tag, "_")
		tag, _, _ = strings.Cut(tag, "-")
		if tag == "vi" || tag == "en" {
			return tag
		}
	}
	return "vi"
}
