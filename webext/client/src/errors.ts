import type { Failure } from "./protocol.js";
import type { BlockedCause, ClientErrorCode, DocumentResult, ErrorCode, KysoError as KysoErrorShape, Language, Text } from "./types.js";

export class KysoError extends Error implements KysoErrorShape {
  readonly remedy: string;
  declare readonly documents?: readonly DocumentResult[];
  declare readonly retryAfter?: number;
  declare readonly cause?: BlockedCause;

  constructor(readonly code: ErrorCode, readonly messages: Text, readonly remedies: Text, language: Language = "vi") {
    super(messages[language]);
    this.name = "KysoError";
    this.remedy = remedies[language];
  }
}

type Words = readonly [messageVi: string, messageEn: string, remedyVi: string, remedyEn: string];

// The texts of what is found out without the agent. All others come from it.
const texts: Record<Exclude<ClientErrorCode, "BLOCKED" | `HOST_${string}`> | "CANCELLED" | "PAIRING_NEEDED" | "BUSY" | "NO_TOKEN", Words> = {
  AGENT_NOT_FOUND: [
    "Không kết nối được với Kyso trên máy này.", "Kyso could not be reached on this computer.",
    "Kiểm tra xem Kyso đã được cài và đang chạy chưa. Nếu đang chạy, hãy nhờ quản trị viên thêm trang này vào danh sách cho phép.",
    "Check that Kyso is installed and running. If it is, ask an administrator to add this site to the allowed list.",
  ],
  EXTENSION_NOT_FOUND: [
    "Tiện ích Kyso không hoạt động trên trang này.", "The Kyso extension is not at work on this page.",
    "Cài tiện ích Kyso cho trình duyệt, bật tiện ích cho trang này, rồi tải lại trang.",
    "Install the Kyso extension in the browser, switch it on for this site, then reload the page.",
  ],
  PERMISSION_NEEDED: [
    "Trình duyệt chưa được phép kết nối với Kyso trên máy này.", "The browser has not been allowed to reach Kyso on this computer.",
    "Thử lại và chọn Cho phép khi trình duyệt hỏi về ứng dụng trên thiết bị này. Nếu trình duyệt không hỏi, hãy kiểm tra xem Kyso đang chạy chưa.",
    "Try again and choose Allow when the browser asks about apps on this device. If it does not ask, check that Kyso is running.",
  ],
  PERMISSION_DENIED: [
    "Trình duyệt đang chặn trang này kết nối với Kyso trên máy.", "The browser blocks this site from reaching Kyso on this computer.",
    "Mở cài đặt của trang (biểu tượng bên trái địa chỉ), cho phép truy cập ứng dụng trên thiết bị rồi tải lại trang.",
    "Open the site's settings (the icon left of the address), allow access to apps on the device, then reload.",
  ],
  AGENT_CHANGED: [
    "Chương trình trả lời không phải là Kyso mà trang này đã biết.", "The program that answers is not the Kyso this site knows.",
    "Nếu Kyso vừa được cài lại, hãy chọn ghép nối lại trên trang. Nếu không, đừng tiếp tục và hãy báo bộ phận công nghệ thông tin.",
    "If Kyso was just installed anew, choose to pair it again on the page. If not, do not go on, and tell your IT staff.",
  ],
  CONNECTION_LOST: [
    "Mất kết nối với Kyso.", "The connection to Kyso was lost.",
    "Kiểm tra xem Kyso còn chạy không và tài liệu đã được ký chưa, rồi thực hiện lại.",
    "Check that Kyso is still running and whether the document has been signed, then start again.",
  ],
  FILE_UNREADABLE: [
    "Trình duyệt không đọc được tài liệu.", "The browser could not read the document.",
    "Chọn lại tệp rồi thực hiện lại.", "Choose the file again and start over.",
  ],
  CANCELLED: ["Yêu cầu đã được hủy.", "The request was cancelled.", "Thực hiện lại khi cần.", "Start again when needed."],
  PAIRING_NEEDED: [
    "Trang web này chưa được ghép nối với Kyso trên máy này.", "This website is not paired with Kyso on this computer.",
    "Chọn ghép nối trên trang, rồi so sáu từ trên trang với sáu từ trong cửa sổ Kyso.",
    "Choose to pair on the page, then compare the six words there with those in Kyso's window.",
  ],
  BUSY: [
    "Kyso đang bận với một yêu cầu khác.", "Kyso is busy with another request.",
    "Hoàn tất hoặc đóng yêu cầu đó trong cửa sổ Kyso, hoặc đợi rồi thử lại.", "Finish or close that request in Kyso's window, or wait and try again.",
  ],
  NO_TOKEN: ["Chưa thấy thiết bị ký số.", "No signing token was found.", "Cắm thiết bị ký số rồi thử lại.", "Plug in the token and try again."],
};

const blocked: Record<BlockedCause, Words> = {
  "insecure-page": [
    "Trang này dùng http nên trình duyệt không cho kết nối với Kyso trên máy.", "This page uses http, so the browser keeps it from Kyso on this computer.",
    "Mở trang bằng địa chỉ https. Nếu trang không có https, hãy báo đơn vị quản lý trang web.",
    "Open the page at an https address. If it has none, tell whoever runs the website.",
  ],
  "permissions-policy": [
    "Trang này nằm trong một trang khác không cho nó kết nối với Kyso trên máy.", "This page is inside another one that keeps it from Kyso on this computer.",
    "Mở trang trong một thẻ riêng, hoặc nhờ đơn vị quản lý trang web thêm allow=\"loopback-network\" vào khung.",
    "Open the page in a tab of its own, or ask whoever runs the website to add allow=\"loopback-network\" to the frame.",
  ],
  "content-security-policy": [
    "Chính sách bảo mật của trang không cho kết nối với Kyso trên máy.", "The page's own security policy keeps it from Kyso on this computer.",
    "Nhờ đơn vị quản lý trang web thêm ws://127.0.0.1:* vào connect-src của Content-Security-Policy.",
    "Ask whoever runs the website to add ws://127.0.0.1:* to connect-src in its Content-Security-Policy.",
  ],
};

/** The error the agent tells, with those of the documents it tells of. */
export function agentError(failure: Failure, language: Language): KysoError {
  const error = new KysoError(failure.code, failure.message, failure.remedy, language);
  const documents = failure.documents?.map(({ name, error }) => ({ name, error: agentError(error, language) }));
  return Object.assign(error, documents && { documents }, failure.retryAfter !== undefined && { retryAfter: failure.retryAfter });
}

function ours(code: ErrorCode, [messageVi, messageEn, remedyVi, remedyEn]: Words, language: Language): KysoError {
  return new KysoError(code, { vi: messageVi, en: messageEn }, { vi: remedyVi, en: remedyEn }, language);
}

/** The error of something found out on this side. */
export const clientError = (code: keyof typeof texts, language: Language): KysoError => ours(code, texts[code], language);

/** The error of a page that can never connect as it is. */
export const blockedError = (cause: BlockedCause, language: Language): KysoError =>
  Object.assign(ours("BLOCKED", blocked[cause], language), { cause });
