// Where the document comes from: fetches it, asks for what is missing, and says
// what went wrong. Everything is tried once, and again only on a click.
import { button, element, get } from "../../../../wasm/page/dom.js";
import { documentName, originOf, reach, type Wanted } from "../shared/address.js";
import { DocumentError, fetchDocument, type Trouble } from "../shared/document.js";
import { pattern } from "../shared/messages.js";
import { troubleWords } from "../shared/trouble.js";
import type { PanelStrings } from "./strings.js";

type State =
  | { readonly is: "nothing" }
  | { readonly is: "fetching" | "fetched" | "asking" | "denied" }
  | { readonly is: "trouble"; readonly trouble: Trouble; readonly detail: string };

export class Source {
  /** The fetched document. */
  file: File | undefined;
  private state: State = { is: "nothing" };
  private wanted: Wanted = { url: "", granted: false };
  private take: (file: File) => Promise<void> = () => Promise.resolve();
  private running: AbortController | undefined;
  /** The address of what was fetched, once the person has wanted to see it. */
  private copy: string | undefined;
  private readonly bar = element("progress", "");

  constructor(private readonly s: () => PanelStrings) {
    this.bar.setAttribute("aria-labelledby", "source-text");
  }

  /** Gets the document and hands it to take. */
  async open(wanted: Wanted, take: (file: File) => Promise<void>): Promise<void> {
    [this.wanted, this.take] = [wanted, take];
    const way = reach(wanted.url);
    // Without permission the server would be asked in vain, and an address that
    // works once would be used up.
    if (way.kind === "web" && !(wanted.granted && clickReads()) && !(await permitted(way.origin))) return this.show({ is: "asking" });
    await this.fetch();
  }

  private async fetch(): Promise<void> {
    this.show({ is: "fetching" });
    this.copy = undefined;
    this.running = new AbortController();
    try {
      this.file = await fetchDocument(this.wanted.url, {
        signal: this.running.signal,
        final: this.wanted.tab !== undefined, // what a tab shows
        onProgress: (done, total) => total > 0 && (this.bar.value = Math.min(1, done / total)),
      });
    } catch (error) {
      const { trouble, detail } = error instanceof DocumentError ? error : { trouble: "network" as const, detail: String(error) };
      return this.show(trouble === "permission" ? { is: "asking" } : { is: "trouble", trouble, detail });
    }
    this.show({ is: "fetched" });
    await this.take(this.file);
  }

  private show(state: State): void {
    this.state = state;
    this.draw();
    if (state.is !== "fetching" && state.is !== "fetched") get("source-title").focus();
  }

  /** Draws the state in the language of now. */
  draw(): void {
    const s = this.s();
    const box = get("source");
    box.hidden = this.state.is === "nothing";
    const text = (words: string): HTMLElement => {
      const made = element("p", "", words);
      made.id = "source-text";
      return made;
    };
    const again = (): HTMLElement => element("p", "actions", button(s.again, s.again, () => void this.fetch()));
    const title = element("h2", "", s.sourceTitle);
    title.id = "source-title";
    title.tabIndex = -1;
    box.replaceChildren(title, ...this.parts(s, text, again));
  }

  private parts(s: PanelStrings, text: (words: string) => HTMLElement, again: () => HTMLElement): HTMLElement[] {
    const { url } = this.wanted;
    switch (this.state.is) {
      case "nothing":
        return [];
      case "fetching":
        return [text(s.fetching(documentName(url))), this.bar, element("p", "actions", button(s.cancel, s.cancel, () => this.running?.abort()))];
      case "fetched":
        return [text(s.fetched(this.file?.name ?? "", originOf(url) || s.thisComputer)), ...(originOf(url) ? [element("p", "hint", s.copy), element("p", "actions", button(s.openCopy, s.openCopy, () => this.openCopy()))] : [])];
      case "trouble": {
        const { message, remedy } = troubleWords(this.state.trouble, document.documentElement.lang === "en" ? "en" : "vi");
        const code = this.state.trouble === "refused" ? ` (HTTP ${this.state.detail})` : "";
        const box = element("div", "failure", element("p", "", element("strong", "", s.couldNotLook)), text(message + code), element("p", "", remedy));
        return ["refused", "network", "file-access", "cancelled"].includes(this.state.trouble) ? [box, again()] : [box];
      }
      case "asking":
      case "denied":
        return this.question(s, text);
    }
  }

  /**
   * Shows the very bytes that were checked, which a site cannot exchange; as a PDF
   * and nothing else, since they come from anywhere and have this page's origin.
   */
  private openCopy(): void {
    if (!this.file) return;
    this.copy ??= URL.createObjectURL(new Blob([this.file], { type: "application/pdf" }));
    open(this.copy, "_blank", "noopener");
  }

  /** The question for the permission of the document's site. */
  private question(s: PanelStrings, text: (words: string) => HTMLElement): HTMLElement[] {
    const way = reach(this.wanted.url);
    if (way.kind !== "web" || !way.askable) {
      const { message, remedy } = troubleWords("permission", document.documentElement.lang === "en" ? "en" : "vi");
      return [element("div", "failure", element("p", "", element("strong", "", s.couldNotLook)), text(message), element("p", "", remedy))];
    }
    const allow = element("button", "", s.allow(way.origin));
    allow.type = "button";
    allow.addEventListener("click", () => {
      // Called in the click itself, as browsers want it.
      chrome.permissions.request({ origins: [pattern(way.origin)] }).then(
        (given) => (given ? this.fetch() : this.show({ is: "denied" })),
        () => this.show({ is: "denied" }),
      );
    });
    const denied = this.state.is === "denied" ? [element("p", "unknown", s.denied)] : [];
    return [...denied, text(s.ask(way.origin)), element("p", "actions", allow)];
  }
}

/** Whether a click on the extension lets it read from the tab's site: not so in Firefox, which lets it only run scripts there. */
const clickReads = (): boolean => !chrome.runtime.getURL("").startsWith("moz-");

const permitted = (origin: string): Promise<boolean> => chrome.permissions.contains({ origins: [pattern(origin)] });
