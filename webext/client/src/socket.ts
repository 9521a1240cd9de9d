import type { RoadName } from "./types.js";

/** What a connection uses of a WebSocket. */
export type Socket = Pick<WebSocket, "binaryType" | "readyState" | "send" | "close" | "addEventListener">;

/** An open socket to the agent. */
export interface Line {
  readonly socket: Socket;
  /** The agent's, on this computer. */
  readonly port: number;
  /** The key the agent must have, where somebody else than the agent has told it. */
  readonly agentKey?: string;
}

/** A way to the agent. */
export interface Road {
  readonly name: RoadName;
  /** Goes to the agent, or to the same again. */
  dial(signal?: AbortSignal): Promise<Line>;
}

/** How long a socket may take to open when an agent that was found is dialled again, in milliseconds. */
const dialTimeout = 2000;

/** A WebSocket to the agent on a port of this computer. */
export const socketTo = (port: number): WebSocket => new WebSocket(`ws://127.0.0.1:${port}/kyso/v1`);

/** Straight from the page, where the browser lets it. */
export const directRoad = (port: number): Road => ({
  name: "direct",
  async dial() {
    const socket = socketTo(port);
    try {
      await opened(socket, dialTimeout);
    } catch (error) {
      socket.close();
      throw error;
    }
    return { socket, port };
  },
});

/** Waits until a socket is open, for so many milliseconds at most. */
export function opened(socket: Socket, patience?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = patience === undefined ? undefined : setTimeout(() => reject(new Error("no answer")), patience);
    const settle = (act: () => void) => (): void => {
      clearTimeout(timer);
      act();
    };
    socket.addEventListener("open", settle(resolve), { once: true });
    for (const type of ["close", "error"]) socket.addEventListener(type, settle(() => reject(new Error(type))), { once: true });
  });
}
