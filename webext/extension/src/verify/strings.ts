// The words of the page that checks documents: the citizen's page's, and what
// only the extension has to say.
import { strings as desk, type Strings } from "../../../../wasm/page/strings.js";
import type { Language } from "../shared/native.js";

const vi = {
  ...desk.vi,
  skip: "Đến kết quả hoặc chỗ chọn tệp",
  private: "Tệp không được gửi đi đâu: việc kiểm tra diễn ra ngay trong trình duyệt này.",
  basis: (roots: string) => `Dựa trên chứng thư số gốc được tin trên máy này: ${roots}.`,
  sourceTitle: "Tài liệu đang kiểm tra",
  fetching: (name: string) => `Đang tải lại ${name} từ địa chỉ của nó`,
  fetched: (name: string, where: string) => `${name}, lấy từ ${where}`,
  copy: "Kết quả là của bản vừa tải lại. Trang web có thể hiển thị cho bạn một bản khác: muốn chắc thì mở bản vừa kiểm tra để xem, hoặc thả chính tệp bạn có vào đây.",
  openCopy: "Mở bản vừa kiểm tra",
  thisComputer: "máy này",
  ask: (site: string) => `Để kiểm tra, Kyso cần đọc tệp này từ ${site}. Trình duyệt sẽ hỏi bạn một lần cho riêng trang đó.`,
  allow: (site: string) => `Cho phép đọc từ ${site}`,
  denied: "Bạn chưa cho phép. Có thể tải tệp về máy rồi thả vào trang này.",
  again: "Thử lại",
  trustTitle: "Chứng thư số gốc",
  trustWaiting: "Đang hỏi Kyso trên máy này về chứng thư số gốc được tin…",
  trustNone: "Trình duyệt này chưa có chứng thư số gốc nào được tin, nên chưa thể kết luận ai là người ký. Hãy mở Kyso trên máy này và nhờ quản trị viên thêm chứng thư số gốc vào kho tin cậy (lệnh kyso trust import), hoặc thả chứng thư số gốc (.crt, .cer, .pem) lấy từ trang chính thức của nơi cấp vào trang này.",
  trustSome: (n: number) => `Đang dùng ${n} chứng thư số gốc:`,
  byAgent: "kho tin cậy của Kyso trên máy này",
  byManaged: "do quản trị viên đặt cho trình duyệt",
  manyRoots: (n: number) => `${n} chứng thư số gốc trong danh sách ở cuối trang`,
};

export type PanelStrings = typeof vi;

const en: PanelStrings & Strings = {
  ...desk.en,
  skip: "To the result or the file chooser",
  private: "The file is sent nowhere: it is checked inside this browser.",
  basis: (roots) => `Based on root certificates trusted on this computer: ${roots}.`,
  sourceTitle: "The document being checked",
  fetching: (name) => `Fetching ${name} from its address`,
  fetched: (name, where) => `${name}, from ${where}`,
  copy: "This is the result of the copy just fetched. A website can show you another one: to be sure, open the copy that was checked and look, or drop the very file you have here.",
  openCopy: "Open the copy that was checked",
  thisComputer: "this computer",
  ask: (site) => `To check it, Kyso has to read this file from ${site}. The browser asks you once, for that site alone.`,
  allow: (site) => `Allow reading from ${site}`,
  denied: "It was not allowed. You can download the file and drop it on this page.",
  again: "Try again",
  trustTitle: "Root certificates",
  trustWaiting: "Asking Kyso on this computer for the root certificates it trusts…",
  trustNone: "This browser has no trusted root certificate, so nothing can be concluded about who signed. Open Kyso on this computer and have a root certificate added to its trust store (kyso trust import), or drop a root certificate (.crt, .cer, .pem) from the authority's official site on this page.",
  trustSome: (n) => (n === 1 ? "In use is 1 root certificate:" : `In use are ${n} root certificates:`),
  byAgent: "trusted by Kyso on this computer",
  byManaged: "set by the administrator of this browser",
  manyRoots: (n) => `${n} root certificates, listed at the end of this page`,
};

export const strings: Record<Language, PanelStrings> = { vi, en };
