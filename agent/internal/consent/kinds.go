package consent

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// of gives the words for a kind of question.
func (t texts) of(kind string) texts {
	switch kind {
	case KindData:
		t.title, t.fromSite, t.fromCommand = t.dataTitle, t.dataFromSite, t.dataFromCommand
	case KindPair:
		t.title, t.fromSite, t.confirm = t.pairTitle, t.pairFromSite, t.pairConfirm
		t.sign, t.signKey, t.refuse, t.refuseKey = t.pairSign, t.pairSignKey, t.pairRefuse, t.pairRefuseKey
		t.tooFast, t.terminalConfirm, t.terminalYes = t.pairTooFast, t.agreeTerminal, t.agreeYes
	case KindChoose:
		t.title, t.fromSite, t.confirm, t.chooseCert = t.chooseTitle, t.chooseFromSite, t.chooseConfirm, t.chooseShown
		t.sign, t.signKey = t.choose, t.chooseKey
		t.terminalConfirm, t.terminalYes = t.agreeTerminal, t.agreeYes
	}
	return t
}

// blind tells whether the person is asked about what nobody here can see.
func (q Question) blind() bool {
	return q.Kind == KindData && q.Data != nil && q.Data.Purpose == PurposeHash
}

// blind gives the words for a digest of an unknown document.
func (t texts) blind() texts {
	t.title, t.fromSite, t.fromCommand, t.dataWarning, t.dataName = t.hashTitle, t.hashFromSite, t.hashFromCommand, t.hashWarning, t.hashName
	return t
}

// subject are the lines of what is asked about, as plain text; inline bounds
// the documents.
func (v view) subject(inline int) []string {
	switch v.q.Kind {
	case KindPair:
		return []string{"", "    " + SayWords(v.q.Code), "", v.pairQuestion, v.pairHelp}
	case KindChoose:
		return []string{"", v.chooseHelp}
	case KindData:
		lines := append([]string{"", v.dataPurpose(), v.dataWarning}, v.signedTexts()...)
		lines = append(lines, "")
		text := v.dataText()
		for i, line := range text {
			if i == maxInlineData {
				lines = append(lines, "    "+fmt.Sprintf(v.moreLines, len(text)-maxInlineData))
				break
			}
			lines = append(lines, "    "+line)
		}
		return append(append(lines, ""), v.dataFacts()...)
	}
	return v.documentList(inline)
}

// maxInlineData is how many lines of a text stand in a question of plain text;
// a longer one has a window of its own before.
const maxInlineData = 12

// dataPurpose says what is to be signed.
func (v view) dataPurpose() string {
	switch v.q.Data.Purpose {
	case PurposeLogin:
		return v.dataLogin
	case PurposeJSON:
		return v.dataJSON
	case PurposeHash:
		return v.dataHash
	}
	return v.dataMessage
}

// dataFacts are size and words of the data, and whether its text was cut.
func (v view) dataFacts() []string {
	lines := []string{v.size(v.q.Data.Size)}
	if sum, _ := hex.DecodeString(v.q.Data.SHA256); len(sum) > 0 {
		lines[0] += " · " + fmt.Sprintf(v.compare, Words(sum))
	}
	if v.q.Data.Cut {
		lines = append(lines, fmt.Sprintf(v.dataCut, v.size(v.q.Data.Size)))
	}
	return lines
}

// dataText is the text to be signed, in lines of at most dataWidth characters;
// of a bare digest its digits.
func (v view) dataText() []string {
	if v.q.blind() {
		return append([]string{v.q.Data.Function + ":"}, grouped(v.q.Data.Hash)...)
	}
	if v.q.Data.Text == "" {
		return []string{v.q.Data.SHA256}
	}
	return multiline(v.q.Data.Text)
}

// grouped are hex digits as people compare them: eight together, eight groups a
// line.
func grouped(digits string) (lines []string) {
	const group, groups = 8, 8
	for line := range slices.Chunk([]byte(digits), group*groups) {
		text := ""
		for g := range slices.Chunk(line, group) {
			text += " " + string(g)
		}
		lines = append(lines, text[1:])
	}
	return lines
}

// dataWidth is where the lines of a text are broken, for windows that would
// grow with them.
const dataWidth = 84

// multiline makes a text fit to be shown: what would be invisible, or would
// change the place of what follows it, is shown as U+FFFD.
func multiline(text string) []string {
	var lines []string
	for line := range strings.Lines(strings.ToValidUTF8(text, "\uFFFD")) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		line = visible(line)
		for utf8.RuneCountInString(line) > dataWidth {
			runes := []rune(line)
			lines, line = append(lines, string(runes[:dataWidth])), string(runes[dataWidth:])
		}
		if rightToLeft(line) {
			line = "\u2068" + line + "\u2069"
		}
		lines = append(lines, line)
	}
	return lines
}

func visible(line string) string {
	var b strings.Builder
	marks := 0
	for _, r := range line {
		switch {
		case r == '\t':
			b.WriteString("    ")
			continue
		case r == ' ':
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				r = '\uFFFD'
			}
		case unicode.Is(unicode.C, r) || unicode.Is(unicode.Z, r) || blank(r) || !unicode.IsPrint(r):
			r = '\uFFFD'
		}
		if !unicode.Is(unicode.M, r) {
			marks = 0
		}
		b.WriteRune(r)
	}
	return b.String()
}

// marked marks the letter of a button's text that presses it with Alt. What
// marks, and is written twice to stand for itself, differs with the toolkit.
func marked(text, key, mark string) string {
	text = strings.ReplaceAll(text, mark, mark+mark)
	for _, letter := range []string{key, strings.ToLower(key)} {
		if before, after, found := strings.Cut(text, letter); found {
			return before + mark + letter + after
		}
	}
	return text
}
