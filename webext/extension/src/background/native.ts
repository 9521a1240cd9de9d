import { failures, Refusal } from "../shared/failures.js";
import type { AgentHello, AgentMessage, Failure, HelloParams, Methods } from "../shared/native.js";
import { agentMessage, isResult } from "./check.js";

/** What of a native port is used. */
export interface NativePort {
  postMessage(message: object): void;
  disconnect(): void;
  readonly onMessage: { addListener(told: (message: unknown) => void): void };
  readonly onDisconnect: { addListener(told: (port: NativePort) => void): void };
  /** Firefox. */
  readonly error?: { readonly message: string } | null;
}

export interface ChannelOptions {
  readonly dial: () => NativePort;
  readonly hello: () => Promise<HelloParams>;
  /** What the browser says of why a port ended. */
  readonly why: (port: NativePort) => string;
  readonly told: (event: Extract<AgentMessage, { type: "event" }>) => void;
  /** Called when the agent was reached, or is no more. */
  readonly changed: () => void;
}

// Milliseconds.
/** The host starts the agent when it has to, and waits 10 s for it. */
const readyTimeout = 15_000;
const requestTimeout = 20_000;
const doctorTimeout = 90_000;
/** How long the channel stays open when nobody needs it: an open one keeps worker, host and agent. */
const idleTime = 30_000;
const firstWait = 1000;
const longestWait = 60_000;

interface Pending {
  readonly method: keyof Methods;
  readonly settle: (outcome: { result: unknown } | { error: Refusal }) => void;
}

/**
 * The native messaging channel to the agent. It is opened when somebody needs
 * it, opened again when it ends too soon, less and less often, and ended when
 * nobody needs it.
 */
export class Channel {
  #port: NativePort | undefined;
  #ready: Promise<AgentHello> | undefined;
  #agent: AgentHello | undefined;
  #pending = new Map<string, Pending>();
  #lastId = 0;
  #holders = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #wait = firstWait;
  #failed: { readonly why: Refusal; readonly until: number } | undefined;
  #hosted: (() => void) | undefined;
  #ended: ((why: Refusal) => void) | undefined;

  constructor(private readonly o: ChannelOptions) {}

  /** The agent that was reached; undefined when there is no channel to it. */
  get agent(): AgentHello | undefined {
    return this.#agent;
  }

  /**
   * Opens the channel if it is not. Rejects with a Refusal, at once while the
   * last failure is young, unless again is set: the person has asked.
   */
  ready({ again = false } = {}): Promise<AgentHello> {
    if (this.#ready) return this.#ready;
    if (this.#failed && !again && Date.now() < this.#failed.until) return Promise.reject(this.#failed.why);
    const opening = this.#open();
    this.#ready = opening;
    opening.then(() => (this.#wait = firstWait), () => {});
    return opening;
  }

  /** Asks the agent; rejects with a Refusal. */
  async request<M extends keyof Methods>(method: M, params?: Methods[M]["params"]): Promise<Methods[M]["result"]> {
    const release = this.hold();
    try {
      await this.ready();
      return await this.#send(method, params, method === "doctor" ? doctorTimeout : requestTimeout);
    } finally {
      release();
    }
  }

  /** Keeps the channel open until the function it gives is called. */
  hold(): () => void {
    this.#holders++;
    clearTimeout(this.#idle);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders--;
      this.#rest();
    };
  }

  /** Ends the channel after a while, unless somebody needs it. */
  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#holders === 0 && this.#port) this.#idle = setTimeout(() => this.close(), idleTime);
  }

  /** Ends the channel; the next who needs it opens another. */
  close(): void {
    if (!this.#port) return;
    this.#finish(this.#port, new Refusal(failures.agentSilent));
    this.#failed = undefined;
  }

  async #open(): Promise<AgentHello> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ended = new Promise<never>((_, reject) => {
      this.#ended = reject;
      timer = setTimeout(() => this.#port && this.#finish(this.#port, new Refusal(failures.agentSilent)), readyTimeout);
    });
    const hosted = new Promise<void>((resolve) => (this.#hosted = resolve));
    let port: NativePort;
    try {
      port = this.#port = this.o.dial();
    } catch (error) {
      clearTimeout(timer);
      const why = new Refusal(failureOf(String(error)));
      this.#fail(why);
      throw why;
    }
    port.onMessage.addListener((message) => this.#receive(port, message));
    port.onDisconnect.addListener(() => this.#finish(port, new Refusal(failureOf(this.o.why(port)))));
    try {
      await Promise.race([hosted, ended]);
      this.#agent = await Promise.race([this.#send("hello", await this.o.hello(), readyTimeout), ended]);
      this.o.changed();
      this.#rest();
      return this.#agent;
    } catch (error) {
      const why = new Refusal(error instanceof Refusal ? error.failure : failures.hostFailed);
      this.#finish(port, why);
      throw why;
    } finally {
      clearTimeout(timer);
    }
  }

  #send<M extends keyof Methods>(method: M, params: Methods[M]["params"], timeout: number): Promise<Methods[M]["result"]> {
    return new Promise((resolve, reject) => {
      const port = this.#port;
      if (!port) return reject(new Refusal(failures.agentSilent));
      const id = String(++this.#lastId);
      const timer = setTimeout(() => pending.settle({ error: new Refusal(failures.agentSilent) }), timeout);
      const pending: Pending = {
        method,
        settle: (outcome) => {
          clearTimeout(timer);
          this.#pending.delete(id);
          if ("error" in outcome) return reject(outcome.error);
          if (isResult(method, outcome.result)) return resolve(outcome.result);
          const why = new Refusal(failures.hostFailed);
          reject(why);
          this.#finish(port, why);
        },
      };
      this.#pending.set(id, pending);
      port.postMessage({ id, type: "request", method, ...(params !== undefined && { params }) });
    });
  }

  #receive(port: NativePort, raw: unknown): void {
    if (port !== this.#port) return;
    const message = agentMessage(raw);
    if (!message) return this.#finish(port, new Refusal(failures.hostFailed));
    if ("host" in message) return this.#hosted?.();
    switch (message.type) {
      case "event":
        return this.#agent && this.o.told(message);
      case "error":
        if (message.id === undefined) return this.#finish(port, new Refusal(message.error));
        return this.#pending.get(message.id)?.settle({ error: new Refusal(message.error, true) });
      case "result":
        return this.#pending.get(message.id)?.settle({ result: message.result });
    }
  }

  #finish(port: NativePort, why: Refusal): void {
    if (port !== this.#port) return;
    const known = this.#agent !== undefined;
    this.#port = this.#agent = undefined;
    clearTimeout(this.#idle);
    try {
      port.disconnect();
    } catch {
      // It has gone by itself.
    }
    this.#fail(why);
    this.#ended?.(why);
    for (const p of [...this.#pending.values()]) p.settle({ error: why });
    if (known) this.o.changed();
  }

  #fail(why: Refusal): void {
    this.#ready = undefined;
    const wait = this.#wait;
    this.#failed = { why, until: Date.now() + wait };
    this.#wait = Math.min(2 * wait, longestWait);
    if (this.#holders > 0) setTimeout(() => this.#holders > 0 && this.ready().catch(() => {}), wait + 10);
  }
}

/** What the browsers' words about a native port's end mean. */
export function failureOf(said: string): Failure {
  if (/not found|no such native application/i.test(said)) return failures.hostMissing;
  if (/forbidden|not have permission/i.test(said)) return failures.hostRefused;
  return failures.hostFailed;
}
