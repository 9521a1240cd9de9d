package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// withSignatureFields appends an update with two empty signature fields to a
// document of one page: "ChuKyNguoiKy" over the signer's place and
// "ChuKyCoQuan" to its left, overlapping it by a third. It knows the files of
// this generator alone.
// x is the middle of the signature's room and top its upper edge, mm.
func withSignatureFields(file []byte, x, top float64) ([]byte, error) {
	root, err := lastNumber(file, `/Root (\d+) 0 R`)
	if err != nil {
		return nil, err
	}
	info, err := lastNumber(file, `/Info (\d+) 0 R`)
	if err != nil {
		return nil, err
	}
	size, err := lastNumber(file, `/Size (\d+)`)
	if err != nil {
		return nil, err
	}
	previous, err := lastNumber(file, `startxref\s+(\d+)`)
	if err != nil {
		return nil, err
	}
	catalog, err := object(file, root)
	if err != nil {
		return nil, err
	}
	pageNumber, err := lastNumber(file, `/Kids \[(\d+) 0 R ?\]`)
	if err != nil {
		return nil, err
	}
	page, err := object(file, pageNumber)
	if err != nil {
		return nil, err
	}
	person, agency := size, size+1
	// field places a widget; its box is in mm from the room's upper middle.
	field := func(name string, left, up, right, down float64) string {
		return fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (%s) /F 4 /P %d 0 R /Rect [%.1f %.1f %.1f %.1f]>>", name, pageNumber,
			(x+left)*millimetre, (pageHeight-top-down)*millimetre, (x+right)*millimetre, (pageHeight-top-up)*millimetre)
	}
	objects := []struct {
		number int
		body   string
	}{
		{root, addKey(catalog, fmt.Sprintf("/AcroForm <</Fields [%d 0 R %d 0 R] /SigFlags 0>>", person, agency))},
		{pageNumber, addKey(page, fmt.Sprintf("/Annots [%d 0 R %d 0 R]", person, agency))},
		{person, field("ChuKyNguoiKy", -21, 2, 21, signatureGap-2)},
		{agency, field("ChuKyCoQuan", -43, -4, -7, 32)},
	}
	out := bytes.NewBuffer(bytes.Clone(file))
	if file[len(file)-1] != '\n' {
		out.WriteByte('\n')
	}
	var table bytes.Buffer
	table.WriteString("xref\n")
	for _, o := range objects {
		fmt.Fprintf(&table, "%d 1\n%010d 00000 n \n", o.number, out.Len())
		fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", o.number, o.body)
	}
	start := out.Len()
	out.Write(table.Bytes())
	fmt.Fprintf(out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", size+2, root, info, previous, start)
	return out.Bytes(), nil
}

// addKey puts text before the end of a dictionary.
func addKey(dictionary []byte, text string) string {
	end := bytes.LastIndex(dictionary, []byte(">>"))
	return string(dictionary[:end]) + "\n" + text + string(dictionary[end:])
}

// object returns the body of object number.
func object(file []byte, number int) ([]byte, error) {
	_, rest, found := bytes.Cut(file, fmt.Appendf(nil, "\n%d 0 obj\n", number))
	body, _, ended := bytes.Cut(rest, []byte("\nendobj"))
	if !found || !ended {
		return nil, fmt.Errorf("find object %d", number)
	}
	return body, nil
}

// lastNumber returns the number of the last match of pattern.
func lastNumber(file []byte, pattern string) (int, error) {
	all := regexp.MustCompile(pattern).FindAllSubmatch(file, -1)
	if len(all) == 0 {
		return 0, fmt.Errorf("find %s", pattern)
	}
	return strconv.Atoi(string(all[len(all)-1][1]))
}
