package pdf

import "testing"

func TestStrictTable(t *testing.T) {
	const good = "xref\n0 1\n0000000000 65535 f \n4 2 \r\n0000000010 00000 n\r\n0000000020 00000 n \ntrailer \n<<"
	if n, ok := strictTable([]byte(good)); !ok || n != len(good)-2 {
		t.Errorf("%d, %v", n, ok)
	}
	for name, b := range map[string]string{
		"short entry":       "xref\n0 1\n000000000 65535 f \ntrailer<<",
		"no space":          "xref\n0 1\n0000000000 65535 f\ntrailer<<",
		"other kind":        "xref\n0 1\n0000000000 65535 x \ntrailer<<",
		"comment":           "xref\n%\n0 1\n0000000000 65535 f \ntrailer<<",
		"words on one line": "xref 0 1\n0000000000 65535 f \ntrailer<<",
		"no trailer":        "xref\n0 1\n0000000000 65535 f \n",
		"no dictionary":     "xref\n0 0\ntrailer(",
		"empty":             "",
	} {
		if _, ok := strictTable([]byte(b)); ok {
			t.Errorf("%s: called strict", name)
		}
	}
}

func TestStrictStart(t *testing.T) {
	for _, b := range []string{"startxref\n12\n%%EOF", " \r\n% x\nstartxref \r\n12\r%%EOF\n"} {
		if !strictStart([]byte(b)) {
			t.Errorf("%q is not called strict", b)
		}
	}
	for _, b := range []string{"startxref\n%\n12\n%%EOF", "startxref 12\n%%EOF", "startxref\n12 %%EOF", "startxref\n\n12\n%%EOF", "x startxref\n12\n%%EOF", "% startxref"} {
		if strictStart([]byte(b)) {
			t.Errorf("%q is called strict", b)
		}
	}
}
