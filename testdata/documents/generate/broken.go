package main

import (
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// The passwords of ma-hoa.pdf; README.md names them too.
const (
	userPassword  = "mo-duoc"
	ownerPassword = "sua-duoc"
)

// encryptedLetter is the letter under a password: RC4 with 40 bits, the one
// form fpdf writes, and the same on each run.
func encryptedLetter(f faces) ([]byte, error) {
	s := newSheet(f, "Công văn có mật khẩu", made(2026, time.October, 5))
	s.pdf.SetProtection(fpdf.CnProtectPrint, userPassword, ownerPassword)
	s.letter()
	return s.bytes()
}

// notPDF is text that somebody named .pdf.
func notPDF() []byte {
	return []byte("Tệp này có đuôi .pdf nhưng chỉ là chữ.\nPhần mềm phải nói rõ điều đó thay vì cố mở.\n")
}
