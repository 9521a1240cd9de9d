import type { Failure } from "./protocol.js";
import type { ClientErrorCode, DocumentResult, ErrorCode, KysoError as KysoErrorShape, Language, Text } from "./types.js";

export class KysoError extends Error implements KysoErrorShape {
  readonly remedy: string;
  readonly documents?: readonly DocumentResult[];

  constructor(readonly code: ErrorCode, readonly messages: Text, readonly remedies: Text, language: Language = "vi") {
    super(messages[language]);
    this.name = "KysoError";
    this.remedy = remedies[language];
  }
}

// The texts of what is found out without the agent. All others come from it.
const texts: Record<ClientErrorCode | "CANCELLED", readonly [message: Text, remedy: Text]> = {
  AGENT_NOT_FOUND: [
    { vi: "Không kết nối được với Kyso trên máy này.", en: "Kyso could not be reached on this computer." },
    {
      vi: "Kiểm tra xem Kyso đã được cài và đang chạy chưa. Nếu đang chạy, hãy nhờ quản trị viên thêm trang này vào danh sách cho phép.",
      en: "Check that Kyso is installed and running. If it is, ask an administrator to add this site to the allowed list.",
    },
  ],
  PERMISSION_NEEDED: [
    { vi: "Trình duyệt chưa được phép kết nối với Kyso trên máy này.", en: "The browser has not been allowed to reach Kyso on this computer." },
    {
      vi: "Thử lại và chọn Cho phép khi trình duyệt hỏi về ứng dụng trên thiết bị này. Nếu trình duyệt không hỏi, hãy kiểm tra xem Kyso đang chạy chưa.",
      en: "Try again and choose Allow when the browser asks about apps on this device. If it does not ask, check that Kyso is running.",
    },
  ],
  PERMISSION_DENIED: [
    { vi: "Trình duyệt đang chặn trang này kết nối với Kyso trên máy.", en: "The browser blocks this site from reaching Kyso on this computer." },
    {
      vi: "Mở cài đặt của trang (biểu tượng bên trái địa chỉ), cho phép truy cập ứng dụng trên thiết bị rồi tải lại trang. Trang phải dùng https.",
      en: "Open the site's settings (the icon left of the address), allow access to apps on the device, then reload. The site must use https.",
    },
  ],
  CONNECTION_LOST: [
    { vi: "Mất kết nối với Kyso.", en: "The connection to Kyso was lost." },
    { vi: "Kiểm tra xem Kyso còn chạy không, rồi thực hiện lại.", en: "Check that Kyso is still running, then start again." },
  ],
  FILE_UNREADABLE: [
    { vi: "Trình duyệt không đọc được tài liệu.", en: "The browser could not read the document." },
    { vi: "Chọn lại tệp rồi thực hiện lại.", en: "Choose the file again and start over." },
  ],
  CANCELLED: [
    { vi: "Yêu cầu đã được hủy.", en: "The request was cancelled." },
    { vi: "Thực hiện lại khi cần.", en: "Start again when needed." },
  ],
};

/** The error the agent tells, with those of the documents it tells of. */
export function agentError(failure: Failure, language: Language): KysoError {
  const error = new KysoError(failure.code, failure.message, failure.remedy, language);
  const documents = failure.documents?.map(({ name, error }) => ({ name, error: agentError(error, language) }));
  return documents === undefined ? error : Object.assign(error, { documents });
}

/** The error of something found out on this side. */
export function clientError(code: keyof typeof texts, language: Language): KysoError {
  const [message, remedy] = texts[code];
  return new KysoError(code, message, remedy, language);
}
