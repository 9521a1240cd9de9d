// What the extension itself finds wrong, for pages and for its own.

import type { Failure } from "./native.js";

const failure = (code: string, vi: string, en: string, remedyVi: string, remedyEn: string): Failure =>
  ({ code, message: { vi, en }, remedy: { vi: remedyVi, en: remedyEn } });

export const failures = {
  hostMissing: failure("HOST_MISSING",
    "Tiện ích Kyso chưa tìm thấy chương trình Kyso trên máy này.", "The Kyso extension did not find the Kyso program on this computer.",
    "Cài Kyso rồi thử lại. Nếu Kyso đã được cài, hãy cài lại hoặc báo bộ phận công nghệ thông tin: trình duyệt này chưa biết chương trình Kyso.",
    "Install Kyso and try again. If it is installed, install it anew or tell your IT staff: this browser does not know the Kyso program."),
  hostRefused: failure("HOST_REFUSED",
    "Chương trình Kyso trên máy này không dành cho tiện ích này.", "The Kyso program on this computer is not for this extension.",
    "Chỉ dùng tiện ích Kyso do cơ quan cung cấp. Nếu đúng là tiện ích đó, hãy nhờ quản trị viên thêm mã của nó vào extension.ids.",
    "Use only the Kyso extension your organisation provides. If it is that one, ask an administrator to add its id to extension.ids."),
  hostFailed: failure("HOST_FAILED",
    "Chương trình Kyso đã dừng hoặc trả lời không đúng.", "The Kyso program ended, or did not answer as Kyso does.",
    "Thử lại. Nếu vẫn vậy, hãy cài lại Kyso hoặc báo bộ phận công nghệ thông tin.",
    "Try again. If it goes on, install Kyso anew or tell your IT staff."),
  agentSilent: failure("AGENT_NOT_FOUND",
    "Kyso trên máy này không trả lời.", "Kyso on this computer does not answer.",
    "Kiểm tra xem Kyso có đang chạy không rồi thử lại.", "Check that Kyso is running, then try again."),
  siteNotAllowed: failure("ORIGIN_REFUSED",
    "Kyso chưa được phép dùng trên trang này.", "Kyso is not allowed on this site.",
    "Nhờ quản trị viên thêm trang này vào danh sách cho phép.", "Ask an administrator to add this site to the allowed list."),
  permissionMissing: failure("PERMISSION_DENIED",
    "Trình duyệt chưa cho tiện ích hoạt động trên trang này.", "The browser does not let the extension run on this site.",
    "Bật lại trang này và chọn Cho phép khi trình duyệt hỏi.", "Switch the site on again and choose Allow when the browser asks."),
  badRequest: failure("BAD_REQUEST",
    "Tiện ích không hiểu yêu cầu này.", "The extension does not understand this request.",
    "Tải lại trang rồi thử lại.", "Reload the page and try again."),
} as const;

/** What is thrown where a Failure is the reason. */
export class Refusal extends Error {
  constructor(
    readonly failure: Failure,
    /** The agent itself has answered so. */
    readonly byAgent = false,
  ) {
    super(failure.message.en);
  }
}
