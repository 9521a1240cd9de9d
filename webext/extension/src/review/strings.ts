// Every word of the review page, in Vietnamese and English. What the agent has
// to say comes in both languages from the agent.
import { day } from "../../../../wasm/page/dom.js";
import { strings as reportStrings } from "../../../../wasm/page/strings.js";
import type { Strings as ReportStrings } from "../../../../wasm/page/strings.js";
import type { Outcome } from "./frames.js";

const vi = {
  pageTitle: "Xem lại trước khi ký – Kyso",
  title: "Xem lại trước khi ký",
  skip: "Đến phần tài liệu",
  connecting: "Đang lấy tài liệu từ Kyso trên máy này",

  site: "Trang web xin chữ ký",
  plainSite: "Lưu ý: trang này không dùng kết nối mã hóa (http).",
  signer: "Người ký",
  issuer: "Nơi cấp chứng thư số",
  until: (date: string) => `có hạn đến ${date}`,
  chooseLater: "Chọn chứng thư số ở cửa sổ Kyso",
  level: "Mức chữ ký",
  levels: { "B-B": "B-B: không có dấu thời gian", "B-T": "B-T: có dấu thời gian", "B-LT": "B-LT: có dấu thời gian và bằng chứng để kiểm tra lâu dài", "B-LTA": "B-LTA: có dấu thời gian và bằng chứng để lưu trữ lâu dài" } as Readonly<Record<string, string>>,
  profile: "Ký với tư cách",
  profiles: {
    "": "Trang web không nêu",
    none: "Chữ ký không có hình",
    personal: "Chữ ký của người có thẩm quyền",
    agency: "Chữ ký của cơ quan, tổ chức (dấu)",
    attachment: "Văn bản kèm theo",
    copy: "Bản sao",
    archive: "Hồ sơ lưu trữ đã số hóa",
  } as Readonly<Record<string, string>>,
  template: (name: string) => `mẫu hình chữ ký “${name}”`,

  documents: (n: number) => `Tài liệu sẽ ký (${n})`,
  filter: "Lọc theo tên",
  found: (n: number, of: number) => `${n} trên ${of} tài liệu`,
  leftOut: (n: number) => `Không ký được (${n})`,
  pages: (n: number) => (n ? `${n} trang` : "không rõ số trang"),
  unsigned: "chưa có chữ ký",
  signed: (n: number) => `đã có ${n} chữ ký`,
  broken: (n: number) => `CẢNH BÁO: ${n} chữ ký không còn hợp lệ`,
  notices: "Lưu ý",
  noticed: (n: number) => `${n} điều cần lưu ý`,
  read: "đã đọc đủ",
  reading: (percent: number) => `đang đọc ${percent}%`,
  different: "KHÁC với tài liệu Kyso sắp ký",

  words: "Từ đối chiếu",
  ownWords: "Tài liệu đang xem",
  agentWords: "Cửa sổ Kyso sẽ hiện đúng các từ này",
  wordsLater: "Có sau khi đọc hết tài liệu",
  mismatch: "Tài liệu đang xem KHÁC với tài liệu Kyso sắp ký",
  mismatchHelp: "Không thể tiếp tục ký. Hãy bấm “Từ chối” và báo cho bộ phận công nghệ thông tin.",

  stamp: "Hình chữ ký",
  noStamp: "Tài liệu này được ký mà không hiện hình chữ ký.",
  stampAway: "Không đặt được hình chữ ký ở đây.",
  unplaced: "Chưa có chỗ cho hình chữ ký trên tài liệu này. Hãy đặt vào chỗ thích hợp.",
  placeHere: "Đặt ở trang đang xem",
  stampFixed: "Vị trí do trang web hoặc ô chữ ký quy định, không thay đổi ở đây được.",
  stampKeys: "Phím mũi tên: dời 1 điểm; cùng Shift: 10 điểm. Dấu + và −: to, nhỏ. Page Up, Page Down: sang trang khác.",
  stampRole: "hình chữ ký dời được",
  fieldPage: "Trang",
  fieldLeft: "Cách mép trái (mm)",
  fieldBottom: "Cách mép dưới (mm)",
  fieldWidth: "Rộng (mm)",
  height: (mm: string) => `cao ${mm} mm`,
  where: (page: number, left: string, bottom: string, width: string, height: string) =>
    `trang ${page}, cách mép trái ${left} mm, cách mép dưới ${bottom} mm, rộng ${width} mm, cao ${height} mm`,
  putBack: "Đưa về chỗ ban đầu",
  toAll: "Đặt như vậy ở mọi tài liệu",
  showStamp: "Xem chỗ đặt",
  settling: "Đang kiểm tra vị trí",
  placed: (where: string) => `Đã đặt hình chữ ký: ${where}.`,

  earlier: "Chữ ký đã có",
  noEarlier: "Tài liệu chưa có chữ ký số nào.",
  judging: "Đang kiểm tra các chữ ký đã có",
  judgeLater: "Được kiểm tra sau khi đọc hết tài liệu.",

  viewer: (name: string) => `Nội dung: ${name}`,
  page: (n: number, of: number) => `Trang ${n} trên ${of}`,
  pageShort: (of: number) => `/ ${of}`,
  pageField: "Trang đang xem",
  zoomIn: "Phóng to",
  zoomOut: "Thu nhỏ",
  zoomFit: "Vừa bề ngang",
  noView: "Không hiển thị được tài liệu này ở đây.",
  noViewHelp: "Tài liệu có thể được bảo vệ bằng mật khẩu hoặc có cấu trúc lạ. Hãy bấm “Xem” trong cửa sổ Kyso để mở đúng tài liệu sẽ ký bằng chương trình xem của máy.",
  noPage: (n: number) => `Không hiển thị được trang ${n}.`,
  opening: "Đang mở tài liệu",
  pageText: "Chữ trên trang",

  confirm: "Tiếp tục ký",
  refuse: "Từ chối",
  progress: (done: number, of: number, percent: number) => (of > 1 ? `Đang đọc để đối chiếu: ${done} trên ${of} tài liệu, ${percent}%` : `Đang đọc để đối chiếu: ${percent}%`),
  waitView: "Đang hiển thị tài liệu",
  ready: "Đã đọc đủ. Xem kỹ rồi bấm “Tiếp tục ký”; mã PIN chỉ nhập ở cửa sổ Kyso.",
  broken30: "Mất liên lạc với Kyso, đang nối lại",
  resumed: "Đã nối lại với Kyso.",

  confirmed: "Đang chuyển sang cửa sổ Kyso",
  asking: "Mời xem cửa sổ Kyso và so các từ",
  askingHelp: "Cửa sổ Kyso phải hiện đúng các từ dưới đây. Khác một từ cũng phải bấm “Từ chối” ở cửa sổ đó.",
  close: "Đóng trang này",
  closing: "Trang này sẽ tự đóng.",
  outcome: {
    signed: "Đã ký xong. Trang web đang nhận tài liệu đã ký.",
    refused: "Đã từ chối. Không có gì được ký.",
    cancelled: "Yêu cầu ký đã bị hủy hoặc hết thời gian chờ. Không có gì được ký.",
    failed: "Việc ký không thành công. Lý do được ghi trên trang web đã xin chữ ký.",
  } satisfies Record<Outcome, string>,
  stopped: "Không xem lại được",
  code: "Mã",
};

export type Strings = typeof vi;

const en: Strings = {
  pageTitle: "Review before signing – Kyso",
  title: "Review before signing",
  skip: "Skip to the document",
  connecting: "Getting the documents from Kyso on this computer",

  site: "The web site that asks for your signature",
  plainSite: "Note: this site does not use an encrypted connection (http).",
  signer: "Signer",
  issuer: "Issuing authority",
  until: (date) => `valid until ${date}`,
  chooseLater: "Choose the certificate in Kyso's window",
  level: "Signature level",
  levels: { "B-B": "B-B: no timestamp", "B-T": "B-T: with a timestamp", "B-LT": "B-LT: with a timestamp and evidence for later validation", "B-LTA": "B-LTA: with a timestamp and evidence for archiving" },
  profile: "Signing as",
  profiles: {
    "": "Not named by the site",
    none: "A signature without a stamp",
    personal: "The authorised person",
    agency: "The agency (seal)",
    attachment: "An attached document",
    copy: "A copy",
    archive: "A digitised record",
  },
  template: (name) => `stamp template “${name}”`,

  documents: (n) => `Documents to sign (${n})`,
  filter: "Filter by name",
  found: (n, of) => `${n} of ${of} documents`,
  leftOut: (n) => `Cannot be signed (${n})`,
  pages: (n) => (n === 1 ? "1 page" : n ? `${n} pages` : "number of pages unknown"),
  unsigned: "no signature yet",
  signed: (n) => (n === 1 ? "1 signature" : `${n} signatures`),
  broken: (n) => `WARNING: ${n} ${n === 1 ? "signature is" : "signatures are"} no longer valid`,
  notices: "Notes",
  noticed: (n) => (n === 1 ? "1 note" : `${n} notes`),
  read: "read",
  reading: (percent) => `reading, ${percent}%`,
  different: "DIFFERS from what Kyso is about to sign",

  words: "Words to compare",
  ownWords: "The document shown here",
  agentWords: "Kyso's window will show exactly these words",
  wordsLater: "Known once the whole document is read",
  mismatch: "The document shown here DIFFERS from the one Kyso is about to sign",
  mismatchHelp: "You cannot continue. Press “Refuse” and tell your IT staff.",

  stamp: "Stamp",
  noStamp: "This document is signed without a stamp.",
  stampAway: "The stamp cannot stand there.",
  unplaced: "The stamp has no place in this document yet. Put it where it belongs.",
  placeHere: "Place it on the page shown",
  stampFixed: "The site or a signature field lays down the place; it cannot be changed here.",
  stampKeys: "Arrow keys move by 1 point, with Shift by 10. + and − change the size. Page Up and Page Down go to another page.",
  stampRole: "movable stamp",
  fieldPage: "Page",
  fieldLeft: "From the left edge (mm)",
  fieldBottom: "From the bottom edge (mm)",
  fieldWidth: "Width (mm)",
  height: (mm) => `${mm} mm high`,
  where: (page, left, bottom, width, height) => `page ${page}, ${left} mm from the left edge, ${bottom} mm from the bottom edge, ${width} mm wide, ${height} mm high`,
  putBack: "Put back",
  toAll: "Place it so in all documents",
  showStamp: "Show the place",
  settling: "Checking the place",
  placed: (where) => `Stamp placed: ${where}.`,

  earlier: "Earlier signatures",
  noEarlier: "The document has no digital signature yet.",
  judging: "Checking the earlier signatures",
  judgeLater: "Checked once the whole document is read.",

  viewer: (name) => `Content: ${name}`,
  page: (n, of) => `Page ${n} of ${of}`,
  pageShort: (of) => `/ ${of}`,
  pageField: "Page shown",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  zoomFit: "Fit width",
  noView: "This document cannot be shown here.",
  noViewHelp: "It may need a password, or have an unusual structure. Press “View” in Kyso's window to open exactly what will be signed with this computer's viewer.",
  noPage: (n) => `Page ${n} cannot be shown.`,
  opening: "Opening the document",
  pageText: "Text of the page",

  confirm: "Continue",
  refuse: "Refuse",
  progress: (done, of, percent) => (of > 1 ? `Reading to compare: ${done} of ${of} documents, ${percent}%` : `Reading to compare: ${percent}%`),
  waitView: "Showing the document",
  ready: "All is read. Look carefully, then press “Continue”; the PIN is typed in Kyso's window only.",
  broken30: "The connection to Kyso was lost; connecting again",
  resumed: "Connected to Kyso again.",

  confirmed: "Going on to Kyso's window",
  asking: "Look at Kyso's window and compare the words",
  askingHelp: "Kyso's window must show exactly the words below. If a single word differs, press “Refuse” there.",
  close: "Close this page",
  closing: "This page will close by itself.",
  outcome: {
    signed: "Signed. The web site is receiving the signed documents.",
    refused: "Refused. Nothing was signed.",
    cancelled: "The request was cancelled or timed out. Nothing was signed.",
    failed: "Signing did not succeed. The web site that asked says why.",
  },
  stopped: "No review is possible",
  code: "Code",
};

export const strings = { vi, en } as const satisfies Record<string, Strings>;

/** The words of a report, where they speak of the citizen's page said anew. */
export const reports: Record<"vi" | "en", ReportStrings> = {
  vi: {
    ...reportStrings.vi,
    basis: () => "Dựa trên các chứng thư số gốc trong kho tin cậy của Kyso trên máy này.",
    noAnchor: "Kho tin cậy của Kyso trên máy này chưa có chứng thư số gốc nào, nên không thể xác định nơi cấp chứng thư số có đáng tin hay không. Bộ phận công nghệ thông tin thêm bằng lệnh kyso trust import.",
    noRevocation: "Chưa biết chứng thư số có bị thu hồi hay không: tài liệu không kèm thông tin thu hồi, và trang xem lại không tự hỏi máy chủ của nơi cấp.",
  },
  en: {
    ...reportStrings.en,
    basis: () => "Based on the root certificates in Kyso's trust store on this computer.",
    noAnchor: "Kyso's trust store on this computer has no root certificate, so nothing tells whether the certificate's issuer can be trusted. IT staff add them with kyso trust import.",
    noRevocation: "It is not known whether the certificate was revoked: the document carries no revocation information, and the review page does not ask the authority's servers.",
  },
};

/** A day for a person, or nothing where there is none. */
export const dayOf = (iso: string): string => (iso && !Number.isNaN(Date.parse(iso)) ? day(iso) : "");

/** Millimetres with at most one digit after the point. */
export const millimetres = (points: number, language: string): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format((points * 25.4) / 72);
