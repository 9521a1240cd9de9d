// Draws a part of a page anew under the hands of a person.

/** What tells an element from others before and after: its words may be in another language then. */
function mark(e: Element): string {
  const { name = "", value = "" } = e as HTMLInputElement;
  const same = e.parentElement?.querySelectorAll(`:scope > ${e.localName}`) ?? [];
  return e.id || (name && `${name}=${value}`) || e.getAttribute("aria-label") || `${e.localName} ${[...same].indexOf(e)} ${e.textContent}`;
}

/**
 * Replaces what is in box. What had the focus has it again, what was typed is
 * still there, and what was unfolded is unfolded.
 */
export function refill(box: HTMLElement, ...parts: (Node | string)[]): void {
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const typed = [...box.querySelectorAll<HTMLInputElement>("input[type=text]")].map((e) => [mark(e), e.value] as const);
  const open = [...box.querySelectorAll("details")].map((e) => e.open);
  const wanted = focused ? mark(focused) : "";
  box.replaceChildren(...parts);
  for (const [which, value] of typed) {
    const now = [...box.querySelectorAll<HTMLInputElement>("input[type=text]")].find((e) => mark(e) === which);
    if (now) now.value = value;
  }
  [...box.querySelectorAll("details")].forEach((e, i) => (e.open = open[i] ?? false));
  if (focused) [...box.querySelectorAll<HTMLElement>("button, input, summary, a")].find((e) => mark(e) === wanted)?.focus();
}
