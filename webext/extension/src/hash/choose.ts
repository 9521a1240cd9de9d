import type { Certificate, Language } from "../../../client/src/types.js";

const texts = {
  vi: { title: "Chọn chứng thư số để ký", until: "hạn dùng", cancel: "Hủy", note: "Cửa sổ Kyso sẽ hỏi lại trước khi ký." },
  en: { title: "Choose the certificate to sign with", until: "valid until", cancel: "Cancel", note: "The Kyso window asks again before anything is signed." },
} as const;

/**
 * Lets the person choose a certificate; undefined when they do not want to. It is
 * the page's own matter what is chosen here: the agent's window shows the
 * certificate once more, and takes the answer that counts.
 */
export function choose(all: readonly Certificate[], language: Language, signal?: AbortSignal): Promise<Certificate | undefined> {
  const text = texts[language];
  const dialog = document.createElement("dialog");
  dialog.lang = language;
  dialog.setAttribute("aria-label", text.title);
  // Set through the object model: a page's policy may forbid style attributes.
  dialog.style.cssText = "max-width:32rem;padding:1rem 1.25rem;background:#fff;color:#1a1a1a;border:2px solid #1f4e8c;border-radius:8px;" +
    "font:16px/1.5 system-ui,sans-serif;text-align:left";
  const line = (tag: string, words: string, css = ""): HTMLElement => {
    const e = document.createElement(tag);
    e.textContent = words;
    e.style.cssText = css;
    return e;
  };
  return new Promise((resolve) => {
    const done = (one?: Certificate): void => {
      signal?.removeEventListener("abort", stop);
      dialog.remove();
      resolve(one);
    };
    const stop = (): void => done();
    signal?.addEventListener("abort", stop);
    const button = (one: Certificate | undefined, ...lines: HTMLElement[]): HTMLElement => {
      const e = document.createElement("button");
      e.type = "button";
      e.style.cssText = "display:block;width:100%;margin:.5rem 0;padding:.5rem .75rem;font:inherit;text-align:left";
      e.append(...lines);
      e.addEventListener("click", () => done(one));
      return e;
    };
    const date = (rfc3339: string): string => new Intl.DateTimeFormat("vi-VN", { dateStyle: "short", timeZone: "Asia/Ho_Chi_Minh" }).format(new Date(rfc3339));
    dialog.append(
      line("strong", text.title),
      ...all.map((c) => button(c, line("b", c.holder, "display:block"), line("span", [c.organisation, c.issuer, `${text.until} ${date(c.notAfter)}`].filter(Boolean).join(" – ")))),
      line("p", text.note, "margin:.5rem 0"),
      button(undefined, line("span", text.cancel)),
    );
    dialog.addEventListener("close", stop); // Escape
    (document.body ?? document.documentElement).append(dialog);
    dialog.showModal();
  });
}
