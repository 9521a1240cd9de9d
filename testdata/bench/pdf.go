package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

// writer counts what it writes and where each object begins.
type writer struct {
	*bufio.Writer
	at      int
	offsets []int
}

func (w *writer) write(format string, args ...any) {
	n, _ := fmt.Fprintf(w, format, args...) // Flush reports what failed
	w.at += n
}

func (w *writer) object(format string, args ...any) {
	w.offsets = append(w.offsets, w.at)
	w.write("%d 0 obj\n", len(w.offsets))
	w.write(format, args...)
}

// create writes a PDF whose objects body writes; the first is the catalog.
func create(name string, body func(w *writer)) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := &writer{Writer: bufio.NewWriter(f)}
	w.write("%%PDF-1.7\n")
	body(w)
	start := w.at
	w.write("xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, o := range w.offsets {
		w.write("%010d 00000 n \n", o)
	}
	w.write("trailer\n<</Root 1 0 R /Size %d>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, start)
	return w.Flush()
}

// images writes a one-page PDF with an image of size random bytes.
func images(size int) func(name string) error {
	return func(name string) error {
		return create(name, func(w *writer) {
			w.object("<</Type /Catalog /Pages 2 0 R>>\nendobj\n")
			w.object("<</Type /Pages /Kids [3 0 R] /Count 1>>\nendobj\n")
			w.object("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources <</XObject <</I 4 0 R>>>>>>\nendobj\n")
			side := size / 3 / 1000
			w.object("<</Type /XObject /Subtype /Image /Width 1000 /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB /Length %d>>\nstream\n", side, side*3000)
			noise := rand.NewChaCha8([32]byte{})
			buf := make([]byte, 3000)
			for range side {
				noise.Read(buf)
				n, _ := w.Write(buf)
				w.at += n
			}
			w.write("\nendstream\nendobj\n")
			w.object("<</Length 25>>\nstream\nq 500 0 0 500 40 40 cm /I \nendstream\nendobj\n")
		})
	}
}

// A tagged text of 1,000 pages: a page, its content and the elements of its
// structure, as office programs write them.
const (
	textPages    = 1000
	textElements = 72
	textBytes    = 14 << 10
)

// writeText writes a text of 22 MB in 74,000 objects.
func writeText(name string) error {
	return create(name, func(w *writer) {
		const perPage = 2 + textElements
		page := func(n int) int { return 6 + n*perPage }
		list := func(from, step, count int) string {
			var b strings.Builder
			for i := range count {
				fmt.Fprintf(&b, "%d 0 R ", from+i*step)
			}
			return b.String()
		}
		w.object("<</Type /Catalog /Pages 2 0 R /StructTreeRoot 3 0 R /MarkInfo <</Marked true>>>>\nendobj\n")
		w.object("<</Type /Pages /Kids [%s] /Count %d>>\nendobj\n", list(page(0), perPage, textPages), textPages)
		w.object("<</Type /StructTreeRoot /K 4 0 R>>\nendobj\n")
		w.object("<</Type /StructElem /S /Document /P 3 0 R /K [%s]>>\nendobj\n", list(page(0)+2, perPage, textPages))
		w.object("<</Type /Font /Subtype /Type1 /BaseFont /Times-Roman>>\nendobj\n")
		line := "(The quick brown fox jumps over the lazy dog, and again.) Tj T*\n"
		for n := range textPages {
			w.object("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources <</Font <</F 5 0 R>>>> /StructParents %d>>\nendobj\n", page(n)+1, n)
			text := "BT /F 10 Tf 12 TL 60 800 Td\n" + strings.Repeat(line, textBytes/len(line)) + "ET"
			w.object("<</Length %d>>\nstream\n%s\nendstream\nendobj\n", len(text), text)
			first := page(n) + 2
			w.object("<</Type /StructElem /S /Sect /P 4 0 R /K [%s]>>\nendobj\n", list(first+1, 1, textElements-1))
			for i := range textElements - 1 {
				w.object("<</Type /StructElem /S /P /P %d 0 R /Pg %d 0 R /K %d>>\nendobj\n", first, page(n), i)
			}
		}
	})
}
