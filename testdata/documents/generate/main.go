// Command generate makes the fictional Vietnamese documents in the folder
// above it. It never reads the clock: every run writes the same bytes.
//
//	go run ./testdata/documents/generate -fonts DIR -out testdata/documents
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	fonts := flag.String("fonts", "/usr/share/fonts/truetype/liberation2", "folder of Liberation Serif 2.1.5")
	out := flag.String("out", "testdata/documents", "folder to write the documents to")
	flag.Parse()
	if err := run(*fonts, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(fontDir, out string) error {
	faces, err := loadFaces(fontDir)
	if err != nil {
		return err
	}
	letterSheet := officialLetter(faces)
	letter, err := letterSheet.bytes()
	if err != nil {
		return fmt.Errorf("lay out cong-van.pdf: %w", err)
	}
	decision, err := decision(faces).bytes()
	if err != nil {
		return fmt.Errorf("lay out quyet-dinh.pdf: %w", err)
	}
	plan, err := jointPlan(faces).bytes()
	if err != nil {
		return fmt.Errorf("lay out hai-cot.pdf: %w", err)
	}
	scan, err := scannedNotice(faces)
	if err != nil {
		return fmt.Errorf("scan ban-quet.pdf: %w", err)
	}
	fields, err := withSignatureFields(letter, letterSheet.signX, letterSheet.signY)
	if err != nil {
		return fmt.Errorf("add fields to cong-van-o-ky.pdf: %w", err)
	}
	encrypted, err := encryptedLetter(faces)
	if err != nil {
		return fmt.Errorf("encrypt ma-hoa.pdf: %w", err)
	}
	files := []struct {
		name string
		data []byte
	}{
		{"cong-van.pdf", letter},
		{"quyet-dinh.pdf", decision},
		{"hai-cot.pdf", plan},
		{"ban-quet.pdf", scan},
		{"cong-van-o-ky.pdf", fields},
		{"ma-hoa.pdf", encrypted},
		{"cat-cut.pdf", letter[:len(letter)*2/3]},
		{"khong-phai-pdf.pdf", notPDF()},
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, f.name), f.data, 0o644); err != nil {
			return fmt.Errorf("write document: %w", err)
		}
		fmt.Printf("%-20s %7d bytes\n", f.name, len(f.data))
	}
	return signingDocuments(faces, out)
}
