// Words that the extension's small pages share.
import { day, moment } from "../../../../wasm/page/dom.js";
import type { AllowedBy } from "./messages.js";
import type { AgentCertificate, DoctorCheck, Language } from "./native.js";

// Less is said in the colour of a warning, so that a renewal comes in time.
const soon = 30; // days

const vi = {
  allowedBy: {
    managed: "quản trị viên cho phép, qua thiết đặt của trình duyệt",
    policy: "quản trị viên cho phép, qua thiết đặt của Kyso",
    list: "có trong danh sách cơ quan đã ký",
    paired: "đã ghép nối với Kyso trên máy này",
    person: "bạn đã cho phép",
  } satisfies Record<AllowedBy, string> as Record<AllowedBy, string>,
  status: { problem: "Lỗi", warning: "Lưu ý", unknown: "Chưa rõ", ok: "Tốt" } as Record<DoctorCheck["status"], string>,
  until: (date: string, days: number) => (days < 0 ? `Hết hạn từ ${date}` : days === 0 ? `Hết hạn hôm nay (${date})` : `Còn ${days} ngày, đến ${date}`),
  download: "tệp tải về, theo bản tải lại",
  readyNow: "Mọi thứ đã sẵn sàng để ký.",
  notReady: "Có việc cần xử lý trước khi ký được:",
  others: (n: number) => `Các mục khác (${n})`,
};

const en: typeof vi = {
  allowedBy: {
    managed: "allowed by the administrator, in the browser's settings",
    policy: "allowed by the administrator, in Kyso's settings",
    list: "on the list that the organisation has signed",
    paired: "paired with Kyso on this computer",
    person: "allowed by you",
  },
  status: { problem: "Problem", warning: "Note", unknown: "Unknown", ok: "Fine" },
  until: (date, days) => (days < 0 ? `Expired since ${date}` : days === 0 ? `Expires today (${date})` : `${days} ${days === 1 ? "day" : "days"} left, until ${date}`),
  download: "download, by the copy fetched again",
  readyNow: "Everything is ready for signing.",
  notReady: "This has to be dealt with before signing:",
  others: (n) => `Everything else (${n})`,
};

export const shared: Record<Language, typeof vi> = { vi, en };

/** How long a certificate is still good, and whether that is a warning. */
export function lifetime({ notAfter, daysLeft }: AgentCertificate, language: Language): { readonly text: string; readonly warn: boolean } {
  return { text: shared[language].until(day(notAfter), daysLeft), warn: daysLeft < soon };
}

const order = ["problem", "warning", "unknown", "ok"] as const;

/** What is wrong comes first; otherwise in the order they were made. */
export const worstFirst = (checks: readonly DoctorCheck[]): DoctorCheck[] => order.flatMap((status) => checks.filter((c) => c.status === status));

/** A moment that a stranger may have written. */
export const when = (time: string | number): string => (Number.isNaN(new Date(time).getTime()) ? "" : moment(new Date(time).toISOString()));
