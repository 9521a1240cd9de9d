import { agentOver } from "./agent.js";
import { insecure, Obstacles, permission } from "./browser.js";
import { Connection } from "./connection.js";
import { blockedError, clientError, KysoError } from "./errors.js";
import { pair } from "./handshake.js";
import { pinAgent, pinnedAgent } from "./keys.js";
import { extensionPresent, extensionRoad, RoadClosed } from "./extension.js";
import { defaultPorts } from "./protocol.js";
import { directRoad, opened, socketTo } from "./socket.js";
import type { Line } from "./socket.js";
import type { Agent, Connect, ConnectOptions, Diagnosis, ErrorCode, Language } from "./types.js";

/**
 * Milliseconds between the starts of two attempts: the agent, nearly always on
 * the first port, answers sooner, and browsers slow down a page whose
 * connections fail in numbers.
 */
const stagger = 60;

/** How long to look, in milliseconds, and how long a person may take to answer the browser. */
const lookTimeout = 4000;
const askTimeout = 60_000;

/** How long the extension and the agent behind it may take until they know each other, in milliseconds. */
const extensionTimeout = 20_000;

/** A person cannot have answered, or closed, the browser's question sooner than this, in milliseconds: it was not asked. */
const answerTime = 1000;

/** The port the agent was found on last. */
let lastPort: number | undefined;

/** What of the direct road tells less than what the extension said. */
const unreached: readonly ErrorCode[] = ["AGENT_NOT_FOUND", "PERMISSION_NEEDED", "PERMISSION_DENIED", "BLOCKED"];

export const connect: Connect = (options = {}) => reach(options, { present: false });

/** Connects, and notes what is seen of the extension. */
export async function reach(options: ConnectOptions, extension: Seen): Promise<Agent> {
  const { language = "vi", signal, onPairing, road } = options;
  if (insecure()) throw blockedError("insecure-page", language);
  const pinned = options.acceptNewAgent ? undefined : await pinnedAgent();
  let connection: Connection | undefined;
  if (road !== "direct") {
    extension.present = extensionPresent();
    if (extension.present) connection = await throughExtension(pinned, language, extension, road === "extension", signal);
    else if (road === "extension") throw clientError("EXTENSION_NOT_FOUND", language);
  }
  try {
    connection ??= await straight(options, pinned, language);
  } catch (error) {
    throw extension.error && error instanceof KysoError && unreached.includes(error.code) ? extension.error : error;
  }
  try {
    if (connection.introduction.standing === "unpaired") {
      if (!onPairing) throw clientError("PAIRING_NEEDED", language);
      await pair(connection, language, onPairing, signal ? { signal } : {});
    }
    await pinAgent(connection.introduction.transcript.agentKey);
  } catch (error) {
    connection.close();
    throw error;
  }
  return agentOver(connection, language);
}

/** What was seen of the extension on the way. */
export type Seen = { -readonly [K in keyof Diagnosis["extension"]]: Diagnosis["extension"][K] };

/** The connection through the extension; none when it reaches no agent and another road may be tried. */
async function throughExtension(pinned: string | undefined, language: Language, seen: Seen, only: boolean, signal?: AbortSignal): Promise<Connection | undefined> {
  const road = extensionRoad(language);
  let line: Line | undefined;
  const stop = (): void => line?.socket.close();
  const timer = setTimeout(stop, extensionTimeout);
  signal?.addEventListener("abort", stop);
  try {
    line = await road.dial(signal);
    return await Connection.open(line, road, pinned, language);
  } catch (error) {
    if (signal?.aborted) throw clientError("CANCELLED", language);
    if (error instanceof KysoError && error.code !== "CONNECTION_LOST" && error.code !== "AGENT_NOT_FOUND") throw error;
    seen.error = error instanceof RoadClosed ? error.error : clientError("AGENT_NOT_FOUND", language);
    if (only || (error instanceof RoadClosed && error.reached)) throw seen.error;
    return undefined;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** The connection without an extension, where the browser lets the page. */
async function straight(options: ConnectOptions, pinned: string | undefined, language: Language): Promise<Connection> {
  const before = await permission();
  const listed = options.ports ?? defaultPorts;
  const ports = lastPort !== undefined && listed.includes(lastPort) ? [lastPort, ...listed.filter((p) => p !== lastPort)] : listed;
  const timeout = options.timeout ?? (before === "prompt" ? askTimeout : lookTimeout);
  const obstacles = new Obstacles();
  const start = Date.now();
  try {
    return await look(ports, timeout, pinned, language, options.signal);
  } catch (error) {
    if (!(error instanceof KysoError) || error.code !== "AGENT_NOT_FOUND") throw error;
    const asked = Date.now() - start > answerTime;
    const cause = await obstacles.cause();
    if (cause) throw blockedError(cause, language);
    const after = await permission();
    throw clientError(after === "denied" ? "PERMISSION_DENIED" : after === "prompt" && asked ? "PERMISSION_NEEDED" : "AGENT_NOT_FOUND", language);
  } finally {
    obstacles.end();
  }
}

/** Tries the ports one shortly after the other; the first agent wins. */
function look(ports: readonly number[], timeout: number, pinned: string | undefined, language: Language, signal?: AbortSignal): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const sockets: WebSocket[] = [];
    let done = false;
    let left = ports.length;
    // What an agent had to say is worth more to tell than nothing at all.
    let reason = clientError("AGENT_NOT_FOUND", language);
    const finish = (winner: WebSocket | undefined, settle: () => void): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      starts.forEach(clearTimeout);
      signal?.removeEventListener("abort", abort);
      for (const s of sockets) if (s !== winner) s.close();
      settle();
    };
    const abort = (): void => finish(undefined, () => reject(clientError("CANCELLED", language)));
    const timer = setTimeout(() => finish(undefined, () => reject(reason)), timeout);
    const attempt = async (port: number): Promise<void> => {
      try {
        const socket = socketTo(port);
        sockets.push(socket);
        await opened(socket);
        const connection = await Connection.open({ socket, port }, directRoad(port), pinned, language);
        lastPort = port;
        finish(socket, () => resolve(connection));
      } catch (error) {
        if (error instanceof KysoError && error.code !== "CONNECTION_LOST" && error.code !== "AGENT_NOT_FOUND") reason = error;
        if (--left === 0) finish(undefined, () => reject(reason));
      }
    };
    const starts = ports.map((port, i) => setTimeout(() => void attempt(port), i * stagger));
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    else if (left === 0) finish(undefined, () => reject(reason));
  });
}
