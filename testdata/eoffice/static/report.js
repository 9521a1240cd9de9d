// Draws a verification report. It only shows what the report says: no word
// here is kinder than the verdict.

const verdicts = {
  "TOTAL-PASSED": { look: "pass", word: "✓ Hợp lệ" },
  "TOTAL-FAILED": { look: "fail", word: "✗ Không hợp lệ" },
  "INDETERMINATE": { look: "unknown", word: "? Chưa đủ căn cứ để kết luận" },
};
const kinds = { signature: "Chữ ký số", certification: "Chữ ký chứng nhận", timestamp: "Dấu thời gian" };
const sources = { "timestamp": "theo dấu thời gian", "document-timestamp": "theo dấu thời gian của tài liệu", "validation-time": "chưa có dấu thời gian: xét tại lúc kiểm tra" };
const coverages = {
  "whole-file": "Toàn bộ tệp",
  "revision": "Toàn bộ nội dung tại lúc ký; sau đó tệp có thêm phần mới",
  "partial": "Chỉ một phần nội dung",
  "none": "Không xác định được phần đã ký",
};
const modifications = {
  "none": "Không có",
  "allowed": "Chỉ có thay đổi được phép (như chữ ký tiếp theo)",
  "undetermined": "Có thay đổi chưa xác định được",
  "not-allowed": "Có thay đổi không được phép",
};
const revocations = { good: "Không bị thu hồi", revoked: "Đã bị thu hồi", unknown: "Chưa biết" };

// element makes <name class=...>text</name>.
export function element(name, text, className) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

// when shows a moment in Vietnam's time zone, to the second.
export function when(iso) {
  return iso ? new Intl.DateTimeFormat("vi-VN", { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Asia/Ho_Chi_Minh" }).format(new Date(iso)) : "không rõ";
}

const day = (iso) => new Intl.DateTimeFormat("vi-VN", { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "Asia/Ho_Chi_Minh" }).format(new Date(iso));

// verdictBox says the verdict in words, with a sign and a colour.
function verdictBox(judged, subject) {
  const { look, word } = verdicts[judged.verdict] ?? verdicts.INDETERMINATE;
  const box = element("div", undefined, "verdict");
  box.dataset.verdict = look;
  const line = element("p");
  line.append(subject, element("strong", word));
  box.append(line);
  if (judged.reason) box.append(element("p", judged.reason.vi));
  if (judged.subIndication) box.append(element("p", `Mã: ${judged.subIndication}`, "hint"));
  return box;
}

function notes(warnings) {
  const list = element("ul", undefined, "notes");
  for (const w of warnings ?? []) list.append(element("li", w.vi));
  return list;
}

function signature(s) {
  const box = element("article", undefined, "signature");
  const name = s.signer?.name ?? "Không đọc được người ký";
  box.append(element("h3", `${kinds[s.kind] ?? kinds.signature}: ${name}`), verdictBox(s, ""));
  const facts = element("dl");
  const fact = (term, text, bad) => {
    if (text) facts.append(element("dt", term), element("dd", bad ? `✗ ${text}` : text, bad ? "bad" : undefined));
  };
  fact("Đơn vị", [s.signer?.unit, s.signer?.organisation].filter(Boolean).join(", "));
  fact("Nơi cấp chứng thư số", s.issuer);
  fact("Thời hạn chứng thư số", s.signer ? `${day(s.signer.notBefore)} – ${day(s.signer.notAfter)}` : "");
  fact("Thời gian xét", s.bestTime ? `${when(s.bestTime.value)} (${sources[s.bestTime.source] ?? s.bestTime.source})` : "");
  fact("Giờ máy người ký", s.claimedTime ? `${when(s.claimedTime)} (tự khai, không phải bằng chứng)` : "");
  // A digest that fits proves nothing while the signer is not proven.
  fact("Nội dung đã ký", s.intact ? s.verdict === "TOTAL-PASSED" ? "Giữ nguyên" : "Giá trị băm khớp" : "Đã thay đổi hoặc không đối chiếu được", !s.intact);
  fact("Giá trị chữ ký", s.valid ? "Khớp với chứng thư số" : "Không khớp với chứng thư số", !s.valid);
  fact("Chứng thư số", s.trusted ? "Đã kiểm chứng" : "Chưa kiểm chứng được");
  fact("Thu hồi", revocations[s.revocation?.status] ?? revocations.unknown, s.revocation?.status === "revoked");
  fact("Phạm vi ký", coverages[s.coverage], s.coverage === "partial" || s.coverage === "none");
  // Beside content that is not intact, "no later changes" would reassure falsely.
  if (s.valid) fact("Thay đổi sau khi ký", modifications[s.modification], s.modification === "not-allowed");
  fact("Mức chữ ký", s.level);
  box.append(facts);
  const changes = (s.changes ?? []).filter((c) => c.effect !== "allowed");
  if (changes.length || s.warnings?.length) box.append(notes([...changes, ...(s.warnings ?? [])]));
  return box;
}

// reportView returns the whole report as an element.
export function reportView(report) {
  const view = element("div");
  const signatures = report.signatures ?? [];
  view.append(verdictBox(report, "Tài liệu: "));
  if (report.warnings?.length) view.append(notes(report.warnings));
  if (signatures.length === 0) view.append(element("p", "Tài liệu không có chữ ký số nào."));
  for (const s of signatures) view.append(signature(s));
  view.append(element("p", `Kết quả được tính ngay trong trình duyệt này lúc ${when(report.time)}.`, "hint"));
  return view;
}
