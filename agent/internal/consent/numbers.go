package consent

import "strings"

// numberWords spells 1 to 1000 out in the language of texts.
func (t texts) numberWords(n int) string {
	if t.spelling == "en" {
		return englishNumber(n)
	}
	return vietnameseNumber(n)
}

var vietnameseDigits = [...]string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"}

func vietnameseNumber(n int) string {
	if n >= 1000 {
		return "một nghìn"
	}
	var said []string
	hundreds, tens, ones := n/100, n/10%10, n%10
	if hundreds > 0 {
		said = append(said, vietnameseDigits[hundreds], "trăm")
		if tens == 0 && ones > 0 {
			said = append(said, "linh")
		}
	}
	switch {
	case tens == 1:
		said = append(said, "mười")
	case tens > 1:
		said = append(said, vietnameseDigits[tens], "mươi")
	}
	switch {
	case ones == 1 && tens > 1:
		said = append(said, "mốt")
	case ones == 5 && tens > 0:
		said = append(said, "lăm")
	case ones > 0 || n == 0:
		said = append(said, vietnameseDigits[ones])
	}
	return strings.Join(said, " ")
}

var (
	englishOnes = [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	englishTens = [...]string{2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
)

func englishNumber(n int) string {
	switch {
	case n >= 1000:
		return "one thousand"
	case n >= 100 && n%100 == 0:
		return englishOnes[n/100] + " hundred"
	case n >= 100:
		return englishOnes[n/100] + " hundred and " + englishNumber(n%100)
	case n >= 20 && n%10 == 0:
		return englishTens[n/10]
	case n >= 20:
		return englishTens[n/10] + "-" + englishOnes[n%10]
	}
	return englishOnes[n]
}
