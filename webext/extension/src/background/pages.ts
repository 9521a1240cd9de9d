import { failures, Refusal } from "../shared/failures.js";
import type { PageDocument } from "../shared/native.js";
import { fromContent, isBytes, toBase64, weight, window } from "../shared/relay.js";
import type { FromPage, ToContent } from "../shared/relay.js";
import type { Channel } from "./native.js";
import { documentOf } from "./sender.js";
import type { Sites } from "./sites.js";

/** How many sockets pages may have in all; the agent has room for fewer. */
const maxPages = 128;

/** How long the agent may take to answer a WebSocket, in milliseconds. */
const openTimeout = 10_000;

/** As long as so many bytes wait in the socket, no more are asked for. */
const enough = 1 << 20;

/** How often a full socket is looked at again, in milliseconds. */
const lookAgain = 10;

/** The sockets of pages. */
export class Pages {
  #pages = new Set<Page>();

  constructor(private readonly channel: Pick<Channel, "hold" | "request">, private readonly sites: Pick<Sites, "allowed" | "refresh">) {}

  /** Takes the port of a content script. */
  take(port: chrome.runtime.Port): void {
    const page = documentOf(port.sender, chrome.runtime.id);
    if (!page || this.#pages.size >= maxPages) return port.disconnect();
    const release = this.channel.hold();
    const made = new Page(port, page, (document) => this.#open(document), () => {
      this.#pages.delete(made);
      release();
    });
    this.#pages.add(made);
  }

  /** Ends the sockets of sites that are no longer allowed: their tabs are open, and so is our script there. */
  async look(): Promise<void> {
    for (const page of [...this.#pages]) {
      if (page.opened && !(await this.sites.allowed(page.document.origin))) page.refuse();
    }
  }

  /** A WebSocket for the document, and what the page is told of it. Rejects with a Refusal. */
  async #open(document: PageDocument): Promise<Opening> {
    if (!(await this.sites.allowed(document.origin))) {
      await this.sites.refresh(); // it may have been listed since
      if (!(await this.sites.allowed(document.origin))) throw new Refusal(failures.siteNotAllowed, true);
    }
    const { capability, port, agentKey } = await this.channel.request("open", { document });
    return { socket: new WebSocket(`ws://127.0.0.1:${port}/kyso/v1`, ["kyso.v1", `kyso.capability.${capability}`]), port, agentKey };
  }
}

interface Opening {
  readonly socket: WebSocket;
  readonly port: number;
  readonly agentKey: string;
}

/** One socket of a page: its port on one side, a WebSocket to the agent on the other. */
class Page {
  #socket: WebSocket | undefined;
  #binary = false;
  #started = false;
  #open = false;
  #ended = false;
  /** Bytes the content script may still send. */
  #room = 0;
  /** Bytes that have come and are not granted anew. */
  #owed = 0;
  #looking: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly port: chrome.runtime.Port,
    readonly document: PageDocument,
    private readonly dial: (document: PageDocument) => Promise<Opening>,
    private readonly gone: () => void,
  ) {
    port.onMessage.addListener((message: unknown) => this.#receive(message));
    // The page was left, or ended the socket: what it asked for is cancelled.
    port.onDisconnect.addListener(() => this.#end());
  }

  /** Whether the agent was reached for it. */
  get opened(): boolean {
    return this.#open;
  }

  /** Ends it as the agent does what it does not want (RFC 6455, 7.4.1). */
  refuse(): void {
    this.#end({ t: "close", code: 1008 });
  }

  #say(message: ToContent): void {
    if (!this.#ended) this.port.postMessage(message);
  }

  #receive(raw: unknown): void {
    if (!this.#started) {
      this.#started = true;
      const { t, probe } = (raw ?? {}) as { t?: unknown; probe?: unknown };
      if (t !== "start") return this.#end();
      this.#binary = isBytes(probe);
      void this.#start();
      return;
    }
    const message = fromContent(raw);
    if (!message || message.t === "close") return this.#end();
    this.#room -= weight(message);
    if (this.#room < 0) return this.#end(); // our content script does not do that
    this.#forward(message);
  }

  #forward(message: Exclude<FromPage, { t: "close" }>): void {
    if (!this.#socket || !this.#open) return this.#end();
    this.#owed += weight(message);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message.t === "text" ? message.text : message.data);
    this.#grant();
  }

  /** Grants again what the socket has taken. */
  #grant(): void {
    if (this.#ended || this.#looking !== undefined || this.#owed < window / 4) return;
    if (this.#socket && this.#socket.bufferedAmount > enough) {
      this.#looking = setTimeout(() => {
        this.#looking = undefined;
        this.#grant();
      }, lookAgain);
      return;
    }
    this.#more(this.#owed);
    this.#owed = 0;
  }

  #more(bytes: number): void {
    this.#room += bytes;
    this.#say({ t: "more", bytes });
  }

  async #start(): Promise<void> {
    let opening: Opening;
    try {
      opening = await this.dial(this.document);
    } catch (error) {
      const { failure, byAgent } = error instanceof Refusal ? error : new Refusal(failures.agentSilent);
      return this.#end({ t: "fail", error: failure, reached: byAgent });
    }
    const { socket, port, agentKey } = opening;
    if (this.#ended) return socket.close();
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const silent = (): void => this.#end({ t: "fail", error: failures.agentSilent, reached: false });
    const timer = setTimeout(silent, openTimeout);
    socket.onopen = () => {
      clearTimeout(timer);
      if (socket.protocol !== "kyso.v1") return silent();
      this.#open = true;
      this.#say({ t: "open", port, agentKey, binary: this.#binary });
      this.#more(window);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      this.#say(typeof data === "string" ? { t: "text", text: data } : { t: "data", data: this.#binary ? data : toBase64(data) } as ToContent);
    socket.onclose = ({ code }) => {
      clearTimeout(timer);
      if (this.#open) this.#end({ t: "close", code });
      else silent();
    };
  }

  #end(last?: ToContent): void {
    if (this.#ended) return;
    if (last) this.#say(last);
    this.#ended = true;
    clearTimeout(this.#looking);
    this.#socket?.close(1000);
    // The content script ends the port when it was told why.
    if (!last) this.port.disconnect();
    this.gone();
  }
}
