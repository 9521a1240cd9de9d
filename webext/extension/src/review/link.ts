// The review connection to the agent: one WebSocket, opened with a capability
// that the background gets for this ticket, and opened anew when it breaks.
import { text } from "./failures.js";
import type { Failure } from "../shared/native.js";
import { FrameError, parse } from "./frames.js";
import type { AgentFrame, Outcome, Review } from "./frames.js";

/** What the background gives for a ticket. */
export interface Permit {
  readonly capability: string;
  readonly port: number;
}

/** What the page hears without having asked. */
export interface Events {
  /** The agent's account of what is to be signed; the latest one counts. */
  readonly review: (review: Review) => void;
  readonly asking: () => void;
  /** The agent does not go on as it was told to by confirm. */
  readonly refused: (why: Failure) => void;
  readonly ended: (outcome: Outcome) => void;
  /** The connection is gone and is being opened anew. */
  readonly broken: () => void;
  /** It could not be. */
  readonly lost: (why: Failure) => void;
}

/** An answer that is a refusal, with words for the person. */
export class Refused extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message.en);
  }
}

/** The most bytes of one read. */
export const maxRead = 262_144;
// The agent allows eight; the pages on the screen come before the digest.
const maxReads = 8;
const maxBackground = 5;
/** How long the agent keeps a review whose connection broke. */
const patience = 30_000;
// The first frame follows at once; an agent that hangs must not hang the page.
const greeting = 10_000;

interface Read {
  readonly document: number;
  readonly offset: number;
  readonly length: number;
  readonly urgent: boolean;
  readonly resolve: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (why: unknown) => void;
}

/** A question that has one answer at a time: where the stamp goes, what it looks like. */
interface Ask {
  readonly frame: Readonly<Record<string, unknown>>;
  readonly wanted: "review" | "stamp";
  readonly resolve: (frame: AgentFrame) => void;
  readonly reject: (why: unknown) => void;
}

export class Link {
  private socket: WebSocket | undefined;
  private greeted = false;
  private finished = false;
  private brokenSince = 0;
  private refusing = false;
  private lastId = 0;
  private readonly sent = new Map<number, Read>();
  private waiting: Read[] = [];
  private asks: Ask[] = [];

  /** permit asks the background; it rejects with Refused when there is nothing to review any more. */
  constructor(private readonly permit: () => Promise<Permit>, private readonly events: Events) {
    this.brokenSince = Date.now();
    void this.connect();
  }

  /** Bytes of a frozen document, at most maxRead. Urgent ones come first. */
  read(document: number, offset: number, length: number, urgent: boolean): Promise<Uint8Array<ArrayBuffer>> {
    if (length < 1 || length > maxRead) throw new RangeError(`a read of ${length} bytes`);
    return new Promise((resolve, reject) => {
      const read = { document, offset, length, urgent, resolve, reject };
      const firstPatient = urgent ? this.waiting.findIndex((one) => !one.urgent) : -1;
      if (firstPatient < 0) this.waiting.push(read);
      else this.waiting.splice(firstPatient, 0, read);
      this.pump();
    });
  }

  /** Puts the stamp of a document, or of all (-1), somewhere else; events.review tells the truth before this resolves. */
  async place(document: number, place: string, profile?: string): Promise<void> {
    await this.ask({ type: "place", document, place, ...(profile !== undefined && { profile }) }, "review");
  }

  /** What the stamp will look like: a PNG, base64. */
  async stamp(document: number): Promise<string> {
    const frame = await this.ask({ type: "stamp", document }, "stamp");
    if (frame.type !== "stamp" || frame.document !== document) throw new FrameError("a stamp nobody asked for");
    return frame.png;
  }

  confirm(): void {
    this.send({ type: "confirm" });
  }

  /** Refuses, as soon as the connection is there. */
  refuse(): void {
    this.refusing = true;
    this.send({ type: "refuse" });
  }

  /** Ends the connection for good. */
  close(): void {
    this.finish();
  }

  private async connect(): Promise<void> {
    for (let pause = 250; !this.finished; pause = Math.min(pause * 2, 4000)) {
      try {
        return this.open(await this.permit());
      } catch (error) {
        if (error instanceof Refused || Date.now() - this.brokenSince + pause > patience) {
          return this.lose(error instanceof Refused ? error.failure : text("AGENT_GONE"));
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private open({ capability, port }: Permit): void {
    if (this.finished) return;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/kyso/review/1`, ["kyso.review.1", `kyso.capability.${capability}`]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.greeted = false;
    const late = setTimeout(() => socket.close(), greeting);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (this.socket !== socket) return;
      try {
        if (typeof data === "string") this.text(parse(data));
        else this.bytes(new Uint8Array(data));
        if (this.greeted) clearTimeout(late);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.lose(text("BAD_FRAME"));
      }
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (this.socket === socket && !this.finished) this.again();
    };
  }

  /** Opens anew what broke; the reads that were under way are sent once more. */
  private again(): void {
    if (this.greeted) {
      this.brokenSince = Date.now();
      this.events.broken();
    }
    this.socket = undefined;
    this.waiting = [...this.sent.values(), ...this.waiting];
    this.sent.clear();
    const [asked, ...later] = this.asks;
    this.asks = later;
    asked?.reject(new Refused(text("AGENT_GONE")));
    if (Date.now() - this.brokenSince > patience) return this.lose(text("AGENT_GONE"));
    setTimeout(() => void this.connect(), 250);
  }

  private text(frame: AgentFrame): void {
    if (!this.greeted && frame.type !== "review" && frame.type !== "ended") throw new FrameError(`first frame ${frame.type}`);
    switch (frame.type) {
      case "review": {
        const first = !this.greeted;
        this.greeted = true;
        if (first && this.refusing) this.refuse();
        if (first) this.askNext(); // what was asked before there was a connection
        this.events.review(frame.review);
        if (!first) this.answer(frame);
        return this.pump();
      }
      case "stamp":
        return this.answer(frame);
      case "error":
        return this.refusal(frame.id, new Refused(frame.error));
      case "asking":
        return this.events.asking();
      case "ended":
        this.finish();
        return this.events.ended(frame.outcome);
    }
  }

  private answer(frame: AgentFrame): void {
    const [ask] = this.asks;
    if (ask?.wanted !== frame.type) {
      if (frame.type === "review") return; // the agent may tell by itself what changed
      throw new FrameError(`${frame.type} nobody asked for`);
    }
    this.asks.shift();
    ask.resolve(frame);
    this.askNext();
  }

  private refusal(id: number | null, why: Refused): void {
    const read = id === null ? undefined : this.sent.get(id);
    if (id !== null && read) {
      this.sent.delete(id);
      read.reject(why);
      return this.pump();
    }
    const ask = this.asks.shift();
    if (!ask) return this.events.refused(why.failure);
    ask.reject(why);
    this.askNext();
  }

  private bytes(frame: Uint8Array<ArrayBuffer>): void {
    if (!this.greeted || frame.length < 4) throw new FrameError("bytes without a number");
    const id = new DataView(frame.buffer).getUint32(0);
    const read = this.sent.get(id);
    if (!read || frame.length - 4 !== read.length) throw new FrameError(`${frame.length - 4} bytes for read ${id}`);
    this.sent.delete(id);
    read.resolve(frame.subarray(4));
    this.pump();
  }

  private pump(): void {
    if (!this.greeted || !this.socket) return;
    for (;;) {
      const next = this.waiting[0];
      if (!next || this.sent.size >= (next.urgent ? maxReads : maxBackground)) return;
      this.waiting.shift();
      const id = (this.lastId = (this.lastId + 1) >>> 0);
      this.sent.set(id, next);
      this.send({ type: "read", id, document: next.document, offset: next.offset, length: next.length });
    }
  }

  private ask(frame: Ask["frame"], wanted: Ask["wanted"]): Promise<AgentFrame> {
    return new Promise((resolve, reject) => {
      this.asks.push({ frame, wanted, resolve, reject });
      if (this.asks.length === 1) this.askNext();
    });
  }

  private askNext(): void {
    const [ask] = this.asks;
    if (ask && this.greeted) this.send(ask.frame);
  }

  private send(frame: Readonly<Record<string, unknown>>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private lose(why: Failure): void {
    if (this.finished) return;
    this.finish();
    this.events.lost(why);
  }

  private finish(): void {
    this.finished = true;
    const gone = new Refused(text("AGENT_GONE"));
    for (const one of [...this.sent.values(), ...this.waiting, ...this.asks]) one.reject(gone);
    this.sent.clear();
    this.waiting = [];
    this.asks = [];
    this.socket?.close();
  }
}
