// Small PDF files, made by the tests that need them.

/**
 * A PDF of pages {width, height, rotate, crop, text, user, annots}. catalog is
 * put into the catalogue, objects are further ones, numbered from 100; padding
 * is bytes of an object that nothing refers to.
 */
export function pdf({ pages, catalog = "", objects = [], padding = 0 }) {
  const parts = [];
  const offsets = new Map();
  let length = 0;
  const put = (data) => {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    parts.push(bytes);
    length += bytes.length;
  };
  const object = (number, body) => {
    offsets.set(number, length);
    put(`${number} 0 obj\n`);
    put(body);
    put("\nendobj\n");
  };
  put("%PDF-1.7\n");
  const kids = pages.map((_, i) => `${10 + 2 * i} 0 R`).join(" ");
  object(1, `<</Type/Catalog/Pages 2 0 R ${catalog}>>`);
  object(2, `<</Type/Pages/Kids[${kids}]/Count ${pages.length}>>`);
  object(3, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
  pages.forEach(({ width = 595, height = 842, rotate = 0, crop, text = "Trang", user, annots = "" }, n) => {
    const content = `BT /F 20 Tf 60 ${height - 80} Td (${text}) Tj ET\n0.8 g 60 60 ${width - 120} 2 re f`;
    object(10 + 2 * n, `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${width} ${height}]${crop ? `/CropBox[${crop.join(" ")}]` : ""}${rotate ? `/Rotate ${rotate}` : ""}${user ? `/UserUnit ${user}` : ""}`
      + `/Resources<</Font<</F 3 0 R>>>>/Contents ${11 + 2 * n} 0 R${annots}>>`);
    object(11 + 2 * n, `<</Length ${content.length}>>\nstream\n${content}\nendstream`);
  });
  objects.forEach((body, n) => object(100 + n, body));
  if (padding) {
    offsets.set(99, length);
    put(`99 0 obj\n<</Length ${padding}>>\nstream\n`);
    put(Buffer.alloc(padding, 0x5a));
    put("\nendstream\nendobj\n");
  }
  const start = length;
  const numbers = [...offsets.keys()].sort((a, b) => a - b);
  put("xref\n0 1\n0000000000 65535 f \n");
  for (const number of numbers) put(`${number} 1\n${String(offsets.get(number)).padStart(10, "0")} 00000 n \n`);
  put(`trailer\n<</Size ${Math.max(...numbers) + 1}/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`);
  return Buffer.concat(parts);
}

/** A document that would run scripts, start programs, and go elsewhere, if anything let it. */
export function hostile(address) {
  const script = `app.alert("x"); this.submitForm("${address}/form"); app.launchURL("${address}/launch", true);`;
  return pdf({
    catalog: "/OpenAction 100 0 R/AA<</WC 100 0 R/DP 100 0 R>>/Names<</JavaScript<</Names[(a) 100 0 R]>>>>/AcroForm<</Fields[105 0 R]/XFA 106 0 R>>",
    pages: [{ text: "Hostile", annots: "/Annots[101 0 R 102 0 R 103 0 R 104 0 R 105 0 R]/AA<</O 100 0 R/C 100 0 R>>" }],
    objects: [
      `<</S/JavaScript/JS(${script.replace(/[()\\]/g, "\\$&")})>>`,
      `<</Type/Annot/Subtype/Link/Rect[0 0 595 842]/A<</S/URI/URI(${address}/link)>>>>`,
      "<</Type/Annot/Subtype/Link/Rect[0 0 595 842]/A<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>>>",
      `<</Type/Annot/Subtype/Link/Rect[0 0 595 842]/A<</S/GoToR/F(${address}/other.pdf)/D[0/Fit]/NewWindow true>>>>`,
      `<</Type/Annot/Subtype/Screen/Rect[0 0 595 842]/AA<</PO 100 0 R/PV 100 0 R>>/A<</S/SubmitForm/F<</FS/URL/F(${address}/submit)>>>>>>`,
      "<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[50 50 200 80]/AA<</K 100 0 R/F 100 0 R/V 100 0 R/C 100 0 R/Fo 100 0 R>>>>",
      `<</Length 200>>\nstream\n${'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><script>x</script></xdp:xdp>'.padEnd(200)}\nendstream`,
    ],
  });
}
