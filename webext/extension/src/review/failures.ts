// What the page itself has to say when something does not work.
import type { Failure } from "../shared/native.js";

const table = {
  NO_TICKET: [
    "Trang này chỉ mở được khi có tài liệu cần xem lại trước khi ký.",
    "This page opens only when there are documents to review before signing.",
    "Hãy đóng trang này. Yêu cầu ký bắt đầu từ trang web của cơ quan.",
    "Close this page. Signing begins on the agency's web site.",
  ],
  AGENT_GONE: [
    "Mất liên lạc với Kyso trên máy này, nên việc xem lại đã dừng.",
    "The connection to Kyso on this computer was lost, so the review has stopped.",
    "Nếu cửa sổ Kyso đang hỏi thì vẫn trả lời ở đó được. Nếu không, hãy đóng trang này rồi ký lại từ trang web.",
    "If Kyso's window is asking, you can still answer there. Otherwise close this page and sign again from the web site.",
  ],
  BAD_FRAME: [
    "Kyso trên máy này trả lời không đúng quy cách, nên việc xem lại đã dừng.",
    "Kyso on this computer answered in a way this page does not accept, so the review was stopped.",
    "Tiện ích và Kyso có thể khác phiên bản: hãy cập nhật cả hai. Nếu vẫn vậy, báo cho bộ phận công nghệ thông tin.",
    "The extension and Kyso may have different versions: update both. If it happens again, tell your IT staff.",
  ],
} as const;

/** The words for one of the page's own failures. */
export function text(code: keyof typeof table): Failure {
  const [vi, en, remedyVi, remedyEn] = table[code];
  return { code, message: { vi, en }, remedy: { vi: remedyVi, en: remedyEn } };
}
