import { agentOver } from "./agent.js";
import { insecure, Obstacles, permission } from "./browser.js";
import { Connection } from "./connection.js";
import { blockedError, clientError, KysoError } from "./errors.js";
import { pair } from "./handshake.js";
import { pinAgent, pinnedAgent } from "./keys.js";
import { defaultPorts } from "./protocol.js";
import { opened, socketTo } from "./socket.js";
import type { Connect, Language } from "./types.js";

/**
 * Milliseconds between the starts of two attempts: the agent, nearly always on
 * the first port, answers sooner, and browsers slow down a page whose
 * connections fail in numbers.
 */
const stagger = 60;

/** How long to look, in milliseconds, and how long a person may take to answer the browser. */
const lookTimeout = 4000;
const askTimeout = 60_000;

/** A person cannot have answered, or closed, the browser's question sooner than this, in milliseconds: it was not asked. */
const answerTime = 1000;

/** The port the agent was found on last. */
let lastPort: number | undefined;

export const connect: Connect = async (options = {}) => {
  const { language = "vi", signal, onPairing } = options;
  if (insecure()) throw blockedError("insecure-page", language);
  const before = await permission();
  const listed = options.ports ?? defaultPorts;
  const ports = lastPort !== undefined && listed.includes(lastPort) ? [lastPort, ...listed.filter((p) => p !== lastPort)] : listed;
  const timeout = options.timeout ?? (before === "prompt" ? askTimeout : lookTimeout);
  const obstacles = new Obstacles();
  const start = Date.now();
  let connection: Connection;
  try {
    const pinned = options.acceptNewAgent ? undefined : await pinnedAgent();
    connection = await look(ports, timeout, pinned, language, signal);
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
};

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
        const connection = await Connection.open(socket, port, pinned, language);
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
