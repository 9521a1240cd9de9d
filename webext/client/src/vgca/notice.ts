// The little that has to be shown in a page which knows nothing of Kyso.

function box(title: string, ...lines: HTMLElement[]): HTMLElement {
  const e = document.createElement("div");
  e.setAttribute("role", "dialog");
  e.setAttribute("aria-label", title);
  e.lang = "vi";
  // Set through the object model: a page's policy may forbid style attributes.
  e.style.cssText = "position:fixed;z-index:2147483647;top:1rem;right:1rem;max-width:24rem;padding:1rem 1.25rem;background:#fff;color:#1a1a1a;" +
    "border:2px solid #1f4e8c;border-radius:8px;box-shadow:0 4px 24px #0006;font:16px/1.5 system-ui,sans-serif;text-align:left";
  e.append(text("strong", title), ...lines);
  document.body.append(e);
  return e;
}

function text(tag: string, words: string): HTMLElement {
  const e = document.createElement(tag);
  e.textContent = words;
  if (tag === "strong") e.style.display = "block";
  return e;
}

/** Shows the words to compare; the function it gives takes them away. */
export function showWords(words: readonly string[]): () => void {
  const shown = text("div", words.join(" – "));
  shown.dataset["kysoWords"] = words.join(" ");
  shown.style.cssText = "margin:.5rem 0;font-size:1.35rem;font-weight:700";
  const e = box("Ghép nối trang này với Kyso", shown, text("div", "So với sáu từ trong cửa sổ Kyso. Nếu giống hệt, hãy đồng ý ở đó; nếu khác, hãy từ chối."));
  return () => e.remove();
}

/** Says something until the person closes it. */
export function tell(words: string): void {
  const close = text("button", "Đóng") as HTMLButtonElement;
  close.type = "button";
  close.style.cssText = "margin-top:.5rem";
  const e = box("Kyso", text("div", words), close);
  close.addEventListener("click", () => e.remove());
  close.focus();
}
