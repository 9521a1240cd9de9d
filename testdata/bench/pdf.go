package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
)

// writePDF writes a one-page PDF with an image of size random bytes.
func writePDF(name string, size int) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := bufio.NewWriter(f)
	at := 0
	var offsets []int
	write := func(format string, args ...any) {
		n, _ := fmt.Fprintf(w, format, args...) // Flush reports what failed
		at += n
	}
	object := func(format string, args ...any) {
		offsets = append(offsets, at)
		write("%d 0 obj\n", len(offsets))
		write(format, args...)
	}
	write("%%PDF-1.7\n")
	object("<</Type /Catalog /Pages 2 0 R>>\nendobj\n")
	object("<</Type /Pages /Kids [3 0 R] /Count 1>>\nendobj\n")
	object("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources <</XObject <</I 4 0 R>>>>>>\nendobj\n")
	side := size / 3 / 1000
	object("<</Type /XObject /Subtype /Image /Width 1000 /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB /Length %d>>\nstream\n", side, side*3000)
	noise := rand.NewChaCha8([32]byte{})
	buf := make([]byte, 3000)
	for range side {
		noise.Read(buf)
		n, _ := w.Write(buf)
		at += n
	}
	write("\nendstream\nendobj\n")
	object("<</Length 25>>\nstream\nq 500 0 0 500 40 40 cm /I \nendstream\nendobj\n")
	start := at
	write("xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		write("%010d 00000 n \n", o)
	}
	write("trailer\n<</Root 1 0 R /Size %d>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return w.Flush()
}
